// The console in headless Chromium, used by clicking alone. Settings: JSON in argv[2]; prints what each window shows, as JSON.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { consoleUrl, screenshots } = JSON.parse(process.argv[2]);
const INSTALLED = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

// An installed browser, or the one from npm (x86-64 Linux), which is made for Lambda: it unpacks itself into the temporary
// folder, brings the libraries that a bare machine lacks where it believes to be there, and looks for its fonts in /tmp.
async function browser() {
  const installed = INSTALLED.find((file) => file && existsSync(file));
  if (installed) return installed;
  const folder = join(import.meta.dirname, 'node_modules', '.cache', 'chromium');
  const unpacked = join(folder, 'fonts.conf');
  if (!existsSync(unpacked)) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.env.TMPDIR = folder;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
  const executable = await (await import('@sparticuz/chromium')).default.executablePath();
  // Without fonts text has no size, and nothing can be clicked.
  writeFileSync(unpacked, `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/cache</cachedir></fontconfig>`);
  process.env.FONTCONFIG_FILE = unpacked;
  return executable;
}

const running = await chromium.launch({
  executablePath: await browser(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});
// With AUTH=1 users sign in over TLS, at the embedded cloud's own certificate.
const page = await running.newPage({ viewport: { width: 1400, height: 900 }, ignoreHTTPSErrors: true });
page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

const open = (name) => page.getByText(name, { exact: true }).first().click();
const send = () => page.locator('.send-request__button:visible').click();
// An editor holds no more lines of a long result than it shows.
const shown = async (name) => {
  const result = page.locator('.cm-content:visible').filter({ hasText: '"data"' });
  await result.waitFor();
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
  return (await result.locator('.cm-line').allTextContents()).join('\n');
};
const sent = async (name) => {
  await open(name);
  await send();
  return shown(name);
};

await page.goto(consoleUrl);
await page.locator('.window-switcher__item--active').filter({ hasText: 'Create a task' }).waitFor();
await page.screenshot({ path: join(screenshots, 'First visit.png') });
const subscribed = page.waitForEvent('websocket').then((socket) =>
  socket.waitForEvent('framereceived', ({ payload }) => payload.includes('start_ack')));
await open('Listen to completions');
await send();
await subscribed;
const created = await sent('Create a task');
const completed = await sent('Complete the task');
await open('Listen to completions');
const heard = await shown('Listen to completions');
const listed = await sent('List tasks');
const signedIn = await sent('Sign in as alice');

process.stdout.write(JSON.stringify({ created, completed, heard, listed, signedIn }), () => process.exit(0));
