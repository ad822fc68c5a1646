// Implements the parts of Node's `url` that AWS's links use with the browser's URL. The package `url` has 20 KB
// (vite.config.ts).
export function parse(address: string): { host: string; path: string } {
  const { host, pathname, search } = new URL(address);
  return { host, path: pathname + search };
}

export default { parse };
