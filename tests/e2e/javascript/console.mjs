// The console in headless Chromium, used by clicking alone. Settings: JSON in argv[2]; prints what each window shows, as JSON.
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
import { existsSync, mkdirSync } from 'node:fs';
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
import { join } from 'node:path';
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
import { chromium } from 'playwright-core';
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const { consoleUrl, screenshots } = JSON.parse(process.argv[2]);
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const INSTALLED = [
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  process.env.CHROMIUM,
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  '/usr/bin/chromium',
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  '/usr/bin/google-chrome',
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
];
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
// An installed browser, or the one from npm (x86-64 Linux). That one unpacks itself into the temporary folder, and
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
// brings the libraries that a bare machine lacks where it believes to be on Lambda.
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
async function browser() {
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  const installed = INSTALLED.find((file) => file && existsSync(file));
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  if (installed) return installed;
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  process.env.TMPDIR = join(import.meta.dirname, 'node_modules', '.cache', 'chromium');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  mkdirSync(process.env.TMPDIR, { recursive: true });
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  return (await import('@sparticuz/chromium')).default.executablePath();
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
}
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const running = await chromium.launch({
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  executablePath: await browser(),
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  args: ['--no-sandbox', '--no-zygote', '--single-process', '--disable-gpu'],
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
});
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
// With AUTH=1 users sign in over TLS, at the embedded cloud's own certificate.
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const page = await running.newPage({ viewport: { width: 1400, height: 900 }, ignoreHTTPSErrors: true });
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const open = (name) => page.getByText(name, { exact: true }).first().click();
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const send = () => page.locator('.send-request__button:visible').click();
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
// An editor holds no more lines of a long result than it shows.
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const shown = async (name) => {
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  const result = page.locator('.cm-content:visible').filter({ hasText: '"data"' });
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  await result.waitFor();
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  return (await result.locator('.cm-line').allTextContents()).join('\n');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
};
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const sent = async (name) => {
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  await open(name);
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  await send();
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  return shown(name);
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
};
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
await page.goto(consoleUrl);
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const subscribed = page.waitForEvent('websocket').then((socket) =>
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  socket.waitForEvent('framereceived', ({ payload }) => payload.includes('start_ack')));
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
await open('Listen to completions');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
await send();
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
await subscribed;
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const created = await sent('Create a task');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const completed = await sent('Complete the task');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
await open('Listen to completions');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const heard = await shown('Listen to completions');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const listed = await sent('List tasks');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
const signedIn = await sent('Sign in as alice');
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
process.stdout.write(JSON.stringify({ created, completed, heard, listed, signedIn }), () => process.exit(0));
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
