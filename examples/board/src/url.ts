// What AWS's links use of Node's `url`, by the browser's own URL: the package of that name is 20 KB (see vite.config.ts).
export function parse(address: string): { host: string; path: string } {
  const { host, pathname, search } = new URL(address);
  return { host, path: pathname + search };
}

export default { parse };
