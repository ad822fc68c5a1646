// Uses the console in headless Chromium only by clicking and typing. argv[2] holds the settings as JSON; the script
// prints what the windows show as JSON.
import { join } from 'node:path';
import { launch } from './browser.mjs';

const { consoleUrl, awsUrl, screenshots } = JSON.parse(process.argv[2]);
const running = await launch();

// Returns the console in a browser that has never seen it.
const firstVisit = async () => {
  // With AUTH=1, users sign in over TLS with the embedded cloud's own certificate.
  const page = await running.newPage({ viewport: { width: 1400, height: 900 }, ignoreHTTPSErrors: true });
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  await page.goto(consoleUrl);
  await page.addStyleTag({ content: '* { animation: none !important; transition: none !important; backdrop-filter: none !important }' });
  await page.locator('.window-switcher__item--active').filter({ hasText: 'Create a task' }).waitFor();
  return page;
};

const open = (page, name) => page.getByText(name, { exact: true }).first().click();
const send = (page) => page.locator('.send-request__button:visible').click();
const results = (page) => page.locator('app-query-result .cm-content:visible');
// The editor only holds the visible lines of a long result.
const shown = async (page, name) => {
  await open(page, name);
  await results(page).first().waitFor();
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
  return (await results(page).first().locator('.cm-line').allTextContents()).join('\n');
};
const sent = async (page, name) => {
  await open(page, name);
  const earlier = page.locator('[track-id=clear_result]:visible');
  if (await earlier.isVisible()) await earlier.click();
  await send(page);
  return shown(page, name);
};
// The text that a person sees where the result will be: the page's head replaces Altair's own.
const waits = (page) => page.locator('.query-result__none-subtext:visible').evaluate((text) => {
  const own = getComputedStyle(text).fontSize === '0px' ? '' : text.textContent.trim();
  return own + JSON.parse(getComputedStyle(text, '::after').content);
});
const listen = async (page, name) => {
  await open(page, name);
  await send(page);
  await page.getByText('Listening', { exact: true }).waitFor();
  await page.screenshot({ path: join(screenshots, `${name}, at first.png`) });
  return waits(page);
};

const visit = async () => {
  const page = await firstVisit();
  const refused = [];
  page.on('response', (answer) => answer.status() >= 400 && refused.push(`${answer.status()} ${answer.url()}`));
  const first = await waits(page);
  await page.screenshot({ path: join(screenshots, 'First visit.png') });

  // While bob's sign-in takes its time, the script of another window runs and ends.
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route(`${awsUrl}/**`, async (route) => {
    await released;
    await route.continue();
  });
  await open(page, 'List as bob');
  await send(page);
  const asked = await sent(page, 'Complete the task');
  release();
  const bobs = await shown(page, 'List as bob');

  const listening = [await listen(page, 'Listen'), await listen(page, 'Listen as alice')];
  const created = await sent(page, 'Create a task');
  const completed = await sent(page, 'Complete the task');
  const heard = await shown(page, 'Listen');
  const listed = await sent(page, 'List tasks');
  const alices = await sent(page, 'Create as alice');
  const heardByAlice = await shown(page, 'Listen as alice');
  const eventsOfAlice = await results(page).count();
  const seenByAda = await sent(page, 'List as ada');
  await page.setViewportSize({ width: 360, height: 800 });
  const button = await page.locator('.send-request__button:visible').boundingBox();
  const buttonEnds = button.x + button.width;
  await page.screenshot({ path: join(screenshots, 'At 360 pixels.png') });
  return {
    first, asked, bobs, listening, created, completed, heard, listed, alices, heardByAlice, eventsOfAlice, seenByAda, buttonEnds, refused,
  };
};

// Returns the documented types and the completions of `ta` in each window.
const learn = async () => {
  const page = await firstVisit();
  const windows = page.locator('.window-switcher__item').filter({ hasText: '×' });
  const learned = {};
  for (const text of await windows.allTextContents()) {
    const title = text.replace('×', '').trim();
    await open(page, title);
    await page.locator('.url-box__button:visible').filter({ hasText: 'Docs' }).click();
    const types = page.locator('.doc-viewer-item .no-link-link:visible');
    await types.first().waitFor();
    await page.locator('app-query-editor .cm-content:visible').first().click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('query { ta');
    const completions = page.locator('.cm-tooltip-autocomplete .cm-completionLabel');
    await completions.filter({ hasText: 'tasksByUser' }).waitFor(); // the word `query` has completions of its own before
    learned[title] = { types: (await types.allTextContents()).slice(0, 3), completions: await completions.allTextContents() };
  }
  return learned;
};

const [visited, learned] = await Promise.all([visit(), learn()]);
process.stdout.write(JSON.stringify({ ...visited, learned }), () => process.exit(0));
