// The people who use the board in headless Chromium, and the programs that use the API meanwhile. argv[2] holds the
// settings as JSON.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, connect } from 'node:net';
import { launch } from './browser.mjs';

export const { boardUrl, graphqlUrl, cognitoUrl, apiKey, users, screenshots, only } = JSON.parse(process.argv[2]);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = Number(process.env.PATIENCE ?? 30_000); // milliseconds: a machine that is busy with other tests is slow
const sub = (username) => users.find((user) => user.username === username).sub;
const browser = await launch();
mkdirSync(screenshots, { recursive: true });

export async function signIn(page, username) {
  await page.getByRole('button', { name: username, exact: true }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

// The visitors of one scenario, each with a browser context of its own. Each user signs in once in all scenarios. Later
// visitors have a copy of the first one's session, as a tab has that was duplicated.
const sessions = {};
export function cast() {
  const contexts = [];
  async function visitor(url = boardUrl, options = {}) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 }, ...options });
    contexts.push(context);
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }
  async function signedIn(username) {
    const page = await visitor(sessions[username] ? 'about:blank' : boardUrl);
    if (sessions[username]) {
      await page.addInitScript((session) => {
        if (sessionStorage.length === 0) for (const [name, value] of session) sessionStorage.setItem(name, value);
      }, sessions[username]);
      await page.goto(boardUrl);
      await page.getByText('Live', { exact: true }).waitFor();
    } else {
      await signIn(page, username);
      sessions[username] = await page.evaluate(() => Object.entries(sessionStorage).filter(([name]) => name.startsWith('Cognito')));
    }
    return page;
  }
  return { contexts, visitor, signedIn };
}

export const column = (page, name) => page.getByRole('region', { name: new RegExp(`^${name}\\b`) });
export const card = (page, title, within) => (within ? column(page, within) : page).getByRole('article', { name: title, exact: true });
export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const notices = (page) => page.locator('.notices .problem .toast-text');
export const dialog = (page, name) => page.getByRole('dialog', { name, exact: true });

// Chooses an action in the menu of a task.
export async function act(page, title, ...path) {
  await button(page, `Actions for ${title}`).click();
  for (const name of path) await page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).or(page.getByRole('menuitemradio', { name: new RegExp(`^${name}`) })).click();
}
// Waits until a task is stored that the page made.
export const isStored = (page, title) => page.locator(`input:enabled[aria-label="Complete ${title}"]`).waitFor();
export const check = (page, title) => page.getByRole('checkbox', { name: `Complete ${title}`, exact: true });

// An administrator opens somebody's board.
export async function openBoardOf(page, name) {
  await page.getByRole('button', { name: /^Board of/ }).click();
  await page.getByPlaceholder('A name, or a user id').fill(name);
  await dialog(page, 'Whose board').getByRole('option').first().click();
}

export async function signOut(page) {
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

// What screen readers are told. The next event, which may be a late one of another task, replaces it.
export const listen = (page) => page.evaluate(() => {
  globalThis.told = [];
  const region = document.querySelector('output.for-screen-readers');
  new MutationObserver(() => globalThis.told.push(region.textContent)).observe(region, { subtree: true, childList: true, characterData: true });
});
export async function told(page, start) {
  const found = await page.waitForFunction((wanted) => globalThis.told.find((text) => text.startsWith(wanted)), start);
  return found.jsonValue();
}

// Amplify corrects for clock drift. This drift makes it treat the access token as expired.
export const expireToken = (page) => page.evaluate(() => {
  const drift = Object.keys(sessionStorage).find((name) => name.endsWith('.clockDrift'));
  sessionStorage.setItem(drift, String(7_200_000));
});

export const newTask = (page) => page.getByRole('form', { name: 'New task' }).getByLabel('Title');

export async function addTask(page, title) {
  await newTask(page).fill(title);
  await newTask(page).press('Enter');
}

// Another program, which a board cannot tell from another user.
async function api(query, variables) {
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
  const answer = await fetch(graphqlUrl, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

export const create = async (username, title, description = '', details = {}) =>
  (await api('mutation($input: CreateTaskInput!) { createTask(input: $input) { id version } }', { input: { userId: sub(username), title, description, ...details } })).createTask;
const move = (by) => (id) => api(`mutation($id: ID!) { ${by}Task(id: $id) { id } }`, { id });
export const [start, complete, cancel] = ['start', 'complete', 'cancel'].map(move);
export const rename = (id, title) => api('mutation($input: UpdateTaskInput!) { updateTask(input: $input) { id } }', { input: { id, title } });
export const remove = (id) => api('mutation($id: ID!) { deleteTask(id: $id) { id } }', { id });
export async function clear(username) {
  const query = 'query($userId: ID!) { tasksByUser(userId: $userId, limit: 100) { items { id } } }';
  const { tasksByUser } = await api(query, { userId: sub(username) });
  for (const { id } of tasksByUser.items) await remove(id);
}

// A board as people have it. `board-1280-light.png`, which the scenario `looks` makes of it, is docs/board.png.
const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
export const TASKS = [
  ['Return the library books', 'Two are on the shelf in the hall', {}, cancel],
  ['Rent a van', 'A neighbor lends us hers', {}, cancel],
  ['Book the dentist', 'Before the holidays', { labels: ['health'] }, complete],
  ['Renew the passport', '', { due: { date: day(3) }, priority: 'HIGH' }, start, complete],
  ['Water the plants', 'All of them', { labels: ['home'] }, start, complete],
  ['Paint the fence', 'Second coat\nThe gate needs one too', { due: { date: day(4) }, labels: ['garden', 'home'] }, start],
  ['Write the quarterly report', 'Figures by Thursday', { due: { date: day(-2) }, priority: 'URGENT', labels: ['work'] }, start],
  ['Plan the summer trip', '', { priority: 'LOW', labels: ['family'] }],
  ['Call the landlord', 'About the heating', { due: { at: `${day(1)}T09:30:00Z`, timeZone: 'UTC' }, remindAt: `${day(1)}T09:00:00Z`, priority: 'MEDIUM' }],
  ['Buy milk', 'And bread', { due: { date: day(0) }, priority: 'HIGH', labels: ['home', 'shopping'] }],
];

export const isMutation = (name) => (request) => request.method() === 'POST' && (request.postData() ?? '').includes(`mutation ${name}`);

// A proxy between the browser and the gateway whose connections can be cut.
export async function wire() {
  const target = new URL(graphqlUrl);
  const open = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => { open.delete(from); to.destroy(); });
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const cut = () => { isCut = true; for (const socket of open) socket.destroy(); };
  const mend = () => { isCut = false; };
  return { url: `http://127.0.0.1:${server.address().port}/board/`, cut, mend };
}

export async function serious(page) {
  await page.evaluate(AXE); // which the page's content security policy does not see
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  const counted = violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html.slice(0, 120)) }));
  return { violations: counted, passes: passes.length };
}
