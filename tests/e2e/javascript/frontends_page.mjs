// Bundles a folder's frontends.mjs and runs it in headless Chromium in a page on a loopback port. argv[2] holds the
// settings as JSON: `folder` and the arguments of `run`. The script prints what `run` returns.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { launch } from './browser.mjs';

const { folder, ...user } = JSON.parse(process.argv[2]);
const { outputFiles: [bundle] } = await build({
  entryPoints: [join(folder, 'frontends.mjs')],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  write: false,
  logLevel: 'error',
});
const page404 = (response) => response.writeHead(404).end();
const server = createServer(({ url }, response) => {
  if (url === '/') response.setHeader('content-type', 'text/html').end('<!doctype html><title>a frontend</title>');
  else if (url === '/frontends.js') response.setHeader('content-type', 'text/javascript').end(bundle.text);
  else page404(response);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const running = await launch();
const page = await running.newPage({ ignoreHTTPSErrors: true });
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const seen = await page.evaluate(async (told) => (await import('/frontends.js')).run(told), user);
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
