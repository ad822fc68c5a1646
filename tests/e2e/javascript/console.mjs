// Uses the console in headless Chromium only by clicking. argv[2] holds the settings as JSON; the script prints what
// each window shows as JSON.
import { join } from 'node:path';
import { launch } from './browser.mjs';

const { consoleUrl, screenshots } = JSON.parse(process.argv[2]);
const running = await launch();
// With AUTH=1, users sign in over TLS with the embedded cloud's own certificate.
const page = await running.newPage({ viewport: { width: 1400, height: 900 }, ignoreHTTPSErrors: true });
page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow

const open = (name) => page.getByText(name, { exact: true }).first().click();
const send = () => page.locator('.send-request__button:visible').click();
// The editor only holds the visible lines of a long result.
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
