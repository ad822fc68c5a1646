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
// visitors have the session of the first, as in another tab.
const sessions = {};
export function cast() {
  const contexts = [];
  async function visitor(url = boardUrl, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    contexts.push(context);
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }
  async function signedIn(username) {
    const page = await visitor(boardUrl, { storageState: sessions[username] });
    if (sessions[username]) await page.getByText('Live', { exact: true }).waitFor();
    else sessions[username] = await (await signIn(page, username)).context().storageState();
    return page;
  }
  return { contexts, visitor, signedIn };
}

export const column = (page, name) => page.getByRole('region', { name: new RegExp(`^${name}\\b`) });
export const card = (page, title, within) => (within ? column(page, within) : page).getByRole('article', { name: title, exact: true });
export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const notices = (page) => page.locator('.notices');

// What screen readers are told. The next event, which may be a late one of another task, replaces it.
export const listen = (page) => page.evaluate(() => {
  globalThis.told = [];
  const region = document.querySelector('.for-screen-readers');
  new MutationObserver(() => globalThis.told.push(region.textContent)).observe(region, { subtree: true, childList: true, characterData: true });
});
export async function told(page, start) {
  const found = await page.waitForFunction((wanted) => globalThis.told.find((text) => text.startsWith(wanted)), start);
  return found.jsonValue();
}

// Amplify corrects for clock drift. This drift makes it treat the access token as expired.
export const expireToken = (page) => page.evaluate(() => {
  const drift = Object.keys(localStorage).find((name) => name.endsWith('.clockDrift'));
  localStorage.setItem(drift, String(7_200_000));
});

export async function addTask(page, title, description = '') {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Description').fill(description);
  await button(page, 'Add task').click();
}

// Another program, which a board cannot tell from another user.
async function api(query, variables) {
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
  const answer = await fetch(graphqlUrl, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

export const create = async (username, title, description = '') =>
  (await api('mutation($input: CreateTaskInput!) { createTask(input: $input) { id version } }', { input: { userId: sub(username), title, description } })).createTask;
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
export const TASKS = [
  ['Return the library books', 'Two are on the shelf in the hall', cancel],
  ['Rent a van', 'A neighbor lends us hers', cancel],
  ['Book the dentist', 'Before the holidays', complete],
  ['Renew the passport', '', start, complete],
  ['Water the plants', 'All of them', start, complete],
  ['Paint the fence', 'Second coat', start],
  ['Write the quarterly report', 'Figures by Thursday', start],
  ['Plan the summer trip', ''],
  ['Call the landlord', 'About the heating'],
  ['Buy milk', 'And bread'],
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
