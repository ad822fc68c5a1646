// Uses the console in headless Chromium only by clicking and typing. argv[2] holds the settings as JSON; the script
// prints what a person sees as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { launch } from './browser.mjs';

const { consoleUrl, screenshots } = JSON.parse(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const running = await launch();
const requested = new Set(); // hosts

// Returns a page in a browser that has never seen the console.
async function newPage(options) {
  // The editors hold only the lines that a person would see, so that the page is high. With AUTH=1, users sign in over
  // TLS with the embedded cloud's own certificate.
  const page = await running.newPage({ viewport: { width: 1920, height: 2400 }, ignoreHTTPSErrors: true, reducedMotion: 'reduce', ...options });
  page.setDefaultTimeout(80_000); // milliseconds: a machine that is busy with other tests is slow
  page.faults = [];
  page.on('request', (request) => requested.add(new URL(request.url()).hostname));
  page.on('response', (answer) => answer.status() >= 400 && page.faults.push(`${answer.status()} ${answer.url()}`));
  page.on('pageerror', (fault) => page.faults.push(fault.message));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  return page;
}

async function open(url = consoleUrl, options = {}) {
  const page = await newPage(options);
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  return page;
}

const tabs = (page) => page.locator('[role=tab] button[title]');
const titles = (page) => tabs(page).evaluateAll((buttons) => buttons.map((button) => button.title));
const choose = (page, title) => page.locator(`[role=tab] button[title="${title}"]`).click();
const runAs = (page) => page.getByLabel('Run as');
const panel = (page, name) => page.locator('.graphiql-sidebar').getByRole('button', { name }).click();
const text = (lines) => lines.innerText().then((shown) => shown.replaceAll('\u00a0', ' '));

// Returns the response that the tab shows after its operation ran.
async function run(page, title, caller) {
  await choose(page, title);
  if (caller) await runAs(page).selectOption({ label: caller });
  await page.locator('.graphiql-execute-button').click();
  const response = page.locator('.graphiql-response .view-lines');
  await response.filter({ hasText: '}' }).waitFor();
  await page.screenshot({ path: join(screenshots, `${title}.png`) });
  return text(response);
}

// GraphiQL stores which tab is active half a second later.
const isStored = (page, active) => page.waitForFunction((title) => {
  const key = Object.keys(localStorage).find((name) => name.endsWith('graphiql:tabState'));
  const { tabs: stored, activeTabIndex } = JSON.parse(localStorage[key] ?? '{"tabs":[]}');
  return stored[activeTabIndex]?.title === title;
}, active);

const live = (page) => page.getByRole('region', { name: 'Live updates' });

async function event(page, subscription) {
  const item = live(page).locator('ol li', { hasText: subscription }).first();
  return JSON.parse(await item.locator('pre').innerText());
}

// A person runs the prepared tabs in their order.
async function story() {
  const page = await open();
  await page.getByText('Root Types').waitFor();
  const first = {
    titles: await titles(page),
    types: await page.locator('.graphiql-doc-explorer-content a').evaluateAll((links) => links.slice(0, 3).map((link) => link.textContent)),
    callers: {},
  };
  for (const title of first.titles) {
    await choose(page, title);
    first.callers[title] = await runAs(page).inputValue();
  }
  const asked = await run(page, 'CompleteTask');
  const created = await run(page, 'CreateTask');
  const listening = await run(page, 'ListenToCompletions');
  const completed = await run(page, 'CompleteTask');
  const announced = await event(page, 'ListenToCompletions');
  const listed = await run(page, 'ListTasks');
  await run(page, 'CreateTask'); // an open task to move
  const moved = [await run(page, 'MoveTask'), await run(page, 'MoveTask')];
  const changes = await run(page, 'WhatChanged');
  await run(page, 'ListenAsAlice');
  const alices = await run(page, 'CreateAsAlice');
  const announcedToAlice = await event(page, 'ListenAsAlice');
  const eventsOfAlice = await live(page).locator('ol li', { hasText: 'ListenAsAlice' }).count();
  const bobs = await run(page, 'WhatBobMaySee');
  const adas = await run(page, 'AdaSeesAll');
  const services = await run(page, 'StatisticsAsService');
  const switched = await run(page, 'WhatBobMaySee', 'alice');
  const subscriptions = await live(page).locator('ul li').count();
  await live(page).getByRole('button', { name: 'Stop ListenToCompletions' }).click();
  const left = await live(page).locator('ul li').allInnerTexts();
  const { faults } = page;

  page.faults = []; // an answer without credentials is a refusal
  const unsigned = await run(page, 'ListTasks', 'headers only');
  await isStored(page, 'ListTasks');
  await page.reload();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  const remembered = await runAs(page).inputValue();
  await page.close();
  return {
    first, asked, created, listening, completed, announced, listed, moved, changes, alices, announcedToAlice, eventsOfAlice, bobs, adas,
    services, switched, subscriptions, left, faults, unsigned, remembered,
  };
}

// Another person builds a query with the explorer, and types with completion.
async function build() {
  const page = await open();
  await panel(page, 'Show GraphiQL Explorer');
  const fields = page.locator('.graphiql-explorer-field-view');
  await fields.filter({ hasText: 'completeTask' }).waitFor();
  const explorer = await fields.allInnerTexts();
  await run(page, 'CreateTask');
  await panel(page, 'Show History');
  const history = await page.locator('.graphiql-history-item-label').allInnerTexts();
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('query { ta');
  const suggestions = page.locator('.suggest-widget .monaco-list-row .label-name');
  await suggestions.filter({ hasText: 'tasksByUser' }).waitFor();
  const completions = await suggestions.allInnerTexts();
  await page.keyboard.press('Escape');
  const isSignIn = (request) => request.headers()['x-amz-target']?.endsWith('InitiateAuth');
  await page.route('**', (route) => (isSignIn(route.request())
    ? route.fulfill({ status: 403, headers: { 'access-control-allow-origin': '*' }, body: 'Not from this computer.' })
    : route.continue()));
  const unknown = await run(page, 'AdaSeesAll', 'alice');
  await page.close();
  return { explorer, history, completions, unknown };
}

// A link of somebody else tries to plant an operation and another endpoint.
async function planted() {
  const values = 'query=mutation%20Planted%7BdeleteTask(id%3A%22x%22)%7Bid%7D%7D&endpoint=http%3A%2F%2F127.0.0.2%3A1%2F&graphqlUrl=http%3A%2F%2F127.0.0.2%3A1%2F&operationName=Planted';
  const page = await open(`${consoleUrl}?${values}#${values}`);
  await page.getByText('Root Types').waitFor();
  const shown = { titles: await titles(page), url: page.url() };
  await page.close();
  return shown;
}

// Returns the violations that axe finds in each view, and whether the page is wider than the window.
async function looks() {
  const views = {};
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [360, 1280, 1920]) {
      const page = await open(consoleUrl, { viewport: { width, height: 900 }, colorScheme });
      await page.evaluate(axe);
      const look = async (name) => {
        const view = `${name} ${width} ${colorScheme}`;
        await page.screenshot({ path: join(screenshots, `${view}.png`) });
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        views[view] = {
          violations: violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html.slice(0, 160)}`)),
          overflow: await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        };
      };
      await run(page, 'CreateTask');
      await look('docs');
      await run(page, 'ListenToCompletions');
      await run(page, 'CompleteTask');
      await event(page, 'ListenToCompletions');
      await panel(page, 'Show GraphiQL Explorer');
      await page.locator('.graphiql-explorer-field-view').first().waitFor();
      await look('explorer');
      await page.close();
    }
  }
  return views;
}

const [shown, built, plantedLink] = await Promise.all([story(), build(), planted()]);
const views = await looks();
process.stdout.write(JSON.stringify({ ...shown, ...built, planted: plantedLink, views, requested: [...requested] }), () => process.exit(0));
