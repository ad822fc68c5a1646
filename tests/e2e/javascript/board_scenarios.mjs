// What people do on the board. Each scenario returns what it observed.
import { join } from 'node:path';
import {
  addTask, boardUrl, button, cancel, card, clear, cognitoUrl, column, complete, create, expireToken, graphqlUrl,
  isMutation, listen, notices, remove, rename, screenshots, serious, signIn, TASKS, told, wire,
} from './board_people.mjs';

// Milliseconds. Within three seconds of being live, a board reads everything again, and announces no change that this brings.
const SETTLED = 5_000;
const LONG = 60_000; // milliseconds, by the page's clock: nobody waits that long

export const scenarios = {
  async signing_in({ visitor }) {
    const page = await visitor();
    await page.getByLabel('Password').fill('Not-the-password-1!');
    await button(page, 'Sign in').click();
    await page.getByText('is wrong').waitFor();
    const username = await page.getByLabel('User name').inputValue();
    const flows = [];
    page.on('request', (request) => flows.push(request.headers()['x-amz-target']?.split('.')[1]));
    await signIn(page, 'alice');
    await page.getByLabel('Title').fill('Half a thou');
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
    const draft = await page.getByLabel('Title').inputValue();
    const token = () => page.evaluate(() => Object.entries(localStorage).find(([name]) => name.endsWith('.accessToken'))[1]);
    const first = await token();
    await expireToken(page);
    await addTask(page, 'With a fresh token');
    await card(page, 'With a fresh token', 'Pending').waitFor();
    await page.waitForFunction((old) => !Object.values(localStorage).includes(old), first);
    await button(page, 'Sign out').click();
    await button(page, 'Sign in').waitFor();
    const left = await page.evaluate(() => Object.keys(localStorage).filter((name) => name.endsWith('Token')).length);
    return { username, draft, flows: flows.filter(Boolean), tokensLeft: left };
  },

  async stack_not_running({ visitor }) {
    const page = await visitor('about:blank');
    const down = (url) => page.route(url, (route) => route.abort('connectionrefused'));
    await down(`${boardUrl}config.json`);
    await page.goto(boardUrl);
    const opened = await page.getByText('cannot be loaded').textContent();

    await page.unrouteAll();
    await page.reload();
    await down(`${cognitoUrl}/**`);
    await page.getByLabel('User name').fill('alice');
    await page.getByLabel('Password').fill('Typed by hand');
    await button(page, 'Sign in').click();
    const refused = await page.getByRole('alert').filter({ hasText: /./ }).textContent();
    const typed = [await page.getByLabel('User name').inputValue(), await page.getByLabel('Password').inputValue()];

    await page.unrouteAll();
    await signIn(page, 'alice');
    await page.getByLabel('Title').fill('Typed before');
    await down(graphqlUrl);
    await page.routeWebSocket(/realtime/, (socket) => socket.close());
    await page.reload();
    await page.getByText('No connection.').waitFor();
    const columns = await page.getByRole('region').getByRole('alert').allTextContents();
    const draft = await page.getByLabel('Title').inputValue();
    await page.screenshot({ path: join(screenshots, 'stack-not-running.png') });
    return { opened, refused, typed, columns, draft };
  },

  async cognito_does_not_answer({ visitor }) {
    const page = await visitor();
    await page.clock.install();
    const problem = page.getByText('does not answer');
    // Do it while Cognito keeps every request, and let the time pass in which it might have answered.
    const inSilence = async (action) => {
      const asked = new Promise((resolve) => { void page.route(`${cognitoUrl}/**`, resolve); });
      await action();
      await asked;
      await page.clock.fastForward(LONG);
      await problem.waitFor();
      await page.unrouteAll();
    };
    await page.getByLabel('Password').fill('Typed by hand');
    await inSilence(() => button(page, 'Sign in').click());
    const [message, typed] = [await problem.textContent(), await page.getByLabel('Password').inputValue()];
    await signIn(page, 'alice');
    await page.getByLabel('Title').fill('Typed before');
    await expireToken(page);
    await inSilence(() => page.reload());
    await signIn(page, 'alice');
    return { message, typed, draft: await page.getByLabel('Title').inputValue() };
  },

  async two_people({ signedIn }) {
    const [alice, ada, bob] = await Promise.all([signedIn('alice'), signedIn('ada'), signedIn('bob')]);
    await ada.getByLabel('Board of').fill('alice');
    await button(ada, 'Show').click();
    await ada.getByText('Live', { exact: true }).waitFor();
    await addTask(alice, 'Water the plants', 'All of them');
    await card(ada, 'Water the plants', 'Pending').waitFor();
    await button(alice, 'Start Water the plants').click();
    await card(ada, 'Water the plants', 'In progress').waitFor();
    await alice.waitForTimeout(SETTLED);
    await listen(alice);
    await button(ada, 'Complete Water the plants').click();
    await card(alice, 'Water the plants', 'Completed').waitFor();
    const announced = await told(alice, '“Water the plants”');
    await button(alice, 'History of Water the plants').click();
    await alice.locator('.history li').nth(3).waitFor(); // events may be processed in any order
    const history = await alice.locator('.history li').evaluateAll((items) => items.map((item) => item.firstChild.textContent));
    await addTask(bob, 'Of bob'); // what bob sees of his own tells that he would have seen alice's by now
    await card(bob, 'Of bob', 'Pending').waitFor();
    const seenByBob = await card(bob, 'Water the plants').count();
    await button(alice, 'Delete Water the plants').click();
    await button(alice, 'Delete for good: Water the plants').click();
    await card(ada, 'Water the plants').waitFor({ state: 'detached' });
    return { announced, history, seenByBob };
  },

  async lost_connection({ visitor }) {
    const { url, cut, mend } = await wire();
    const page = await signIn(await visitor(url), 'alice');
    const [kept, gone] = [await create('alice', 'Meanwhile completed'), await create('alice', 'Meanwhile deleted')];
    const both = await create('alice', 'Changed on both sides');
    await card(page, 'Changed on both sides', 'Pending').waitFor();
    const navigations = [];
    page.on('framenavigated', () => navigations.push(1));
    cut();
    await page.getByText('No connection.').waitFor();
    await addTask(page, 'Typed without connection');
    await card(page, 'Typed without connection', 'Pending').waitFor();
    await button(page, 'Start Changed on both sides').click();
    await card(page, 'Changed on both sides', 'In progress').waitFor();
    await rename(both.id, 'Renamed meanwhile');
    await complete(kept.id);
    await remove(gone.id);
    await create('alice', 'Meanwhile created');
    mend();
    await card(page, 'Meanwhile created', 'Pending').waitFor();
    await card(page, 'Meanwhile completed', 'Completed').waitFor();
    await card(page, 'Meanwhile deleted').waitFor({ state: 'detached' });
    await page.getByText('No connection.').waitFor({ state: 'detached' });
    await card(page, 'Renamed meanwhile', 'In progress').waitFor();
    await page.locator('button:enabled[aria-label="Start Typed without connection"]').waitFor(); // it is stored
    return { navigations: navigations.length, notices: await notices(page).locator('span').count() };
  },

  async events_out_of_order({ visitor }) {
    const page = await visitor();
    const events = [];
    let deliver;
    await page.routeWebSocket(/realtime/, (socket) => {
      const server = socket.connectToServer();
      deliver = (text) => socket.send(text);
      server.onMessage((text) => {
        if (JSON.parse(text).type === 'data') events.push(text);
        socket.send(text);
      });
    });
    await signIn(page, 'alice');
    const { id } = await create('alice', 'Old news');
    await card(page, 'Old news', 'Pending').waitFor();
    await complete(id);
    await card(page, 'Old news', 'Completed').waitFor();
    deliver(events.find((text) => text.includes(id)));
    const later = await create('alice', 'Good news'); // what is shown after the old event tells that it was read
    await card(page, 'Good news', 'Pending').waitFor();
    const shown = await card(page, 'Old news', 'Completed').count();
    await remove(later.id);
    await card(page, 'Good news').waitFor({ state: 'detached' });
    deliver(events.find((text) => text.includes(later.id)));
    await rename((await create('alice', 'More news')).id, 'Newest news');
    await card(page, 'Newest news').waitFor();
    return { shown, deletedShown: await card(page, 'Good news').count() };
  },

  async optimism({ signedIn }) {
    const page = await signedIn('alice');
    await create('alice', 'Hope for the best');
    await card(page, 'Hope for the best', 'Pending').waitFor();
    let answer;
    const asked = new Promise((resolve) => { answer = resolve; });
    await page.route(graphqlUrl, async (route) => {
      if (!isMutation('CompleteTask')(route.request())) return route.continue();
      const errors = [{ errorType: 'Unauthorized', message: 'Not yours.', errorInfo: null, path: ['completeTask'] }];
      answer(() => route.fulfill({ json: { data: { completeTask: null }, errors } }));
    });
    await button(page, 'Complete Hope for the best').click();
    const end = await asked; // the answer is still out
    await card(page, 'Hope for the best', 'Completed').waitFor();
    await end();
    await card(page, 'Hope for the best', 'Pending').waitFor();
    const message = await notices(page).locator('span').textContent();
    const focused = await page.evaluate(() => document.activeElement.textContent);
    await page.unroute(graphqlUrl);
    let failures = 0; // the first attempt gets no answer
    await page.route(graphqlUrl, (route) => (isMutation('CompleteTask')(route.request()) && !failures++ ? route.abort() : route.continue()));
    await button(page, 'Complete Hope for the best').click();
    await card(page, 'Hope for the best', 'Completed').waitFor();
    await page.waitForResponse((response) => isMutation('CompleteTask')(response.request()));
    await page.unroute(graphqlUrl);
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    await page.route(graphqlUrl, async (route) => {
      if (isMutation('ReopenTask')(route.request())) await released;
      await route.continue();
    });
    await button(page, 'Reopen Hope for the best').click();
    const started = page.waitForResponse((response) => isMutation('StartTask')(response.request()));
    await button(page, 'Start Hope for the best').click();
    await card(page, 'Hope for the best', 'In progress').waitFor();
    release();
    const { errors = [] } = await (await started).json();
    return { message, focused, failures, errors };
  },

  async what_others_do_meanwhile({ signedIn }) {
    const page = await signedIn('bob');
    const contested = await create('bob', 'Contested');
    await button(page, 'Edit Contested').click();
    const dialog = page.getByRole('dialog', { name: 'Edit task' });
    await rename(contested.id, 'Theirs');
    await card(page, 'Theirs').waitFor({ state: 'attached' });
    await dialog.getByLabel('Title').fill('Mine');
    await button(dialog, 'Save').click();
    await dialog.getByText('Somebody changed this task meanwhile').waitFor();
    const offered = await dialog.getByRole('region', { name: 'The newer version' }).locator('strong').textContent();
    const typed = await dialog.getByLabel('Title').inputValue();
    // Somebody quick opens it again before the browser has told the page that the dialog closed.
    const openedAgain = page.evaluate(() => new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        if (document.querySelector('dialog[open]')) return;
        observer.disconnect();
        document.querySelector('[aria-label="Edit Mine"]').click();
        resolve();
      }).observe(document.body, { subtree: true, attributeFilter: ['open'] });
    }));
    await button(dialog, 'Save mine over it').click();
    await openedAgain;
    await dialog.getByLabel('Description').fill('Worth keeping');
    await remove(contested.id);
    await card(page, 'Mine').waitFor({ state: 'detached' });
    await button(dialog, 'Save').click();
    await dialog.getByText('Somebody deleted this task').waitFor();
    const kept = await dialog.getByLabel('Description').inputValue();
    await button(dialog, 'Create it again with this text').click();
    await card(page, 'Mine', 'Pending').getByText('Worth keeping').waitFor();
    return { offered, typed, kept };
  },

  async long_title({ signedIn }) {
    const page = await signedIn('bob');
    const long = 'x'.repeat(201);
    await addTask(page, long, 'Kept too');
    const problem = page.getByRole('form', { name: 'New task' }).getByRole('alert');
    await problem.getByText('title').waitFor();
    const title = page.getByLabel('Title');
    return {
      message: await problem.textContent(),
      typed: [(await title.inputValue()) === long, await page.getByLabel('Description').inputValue()],
      invalid: await title.getAttribute('aria-invalid'),
      cards: await card(page, long).count(),
    };
  },

  async expired_session({ signedIn }) {
    const page = await signedIn('bob');
    await page.getByLabel('Title').fill('Not lost');
    await expireToken(page);
    // The embedded cloud accepts any refresh token. Cognito gives this answer for an expired one.
    await page.route('**', (route) => (route.request().headers()['x-amz-target']?.endsWith('GetTokensFromRefreshToken')
      ? route.fulfill({
        status: 400,
        headers: { 'access-control-allow-origin': '*', 'x-amzn-errortype': 'NotAuthorizedException' },
        json: { __type: 'NotAuthorizedException', message: 'Refresh Token has expired' },
      })
      : route.fallback()));
    await button(page, 'Add task').click();
    const dialog = page.getByRole('dialog', { name: 'Sign in again' });
    await dialog.getByText('Your session has ended').waitFor();
    const shown = await page.locator('article', { hasText: 'Not lost' }).count();
    await page.unrouteAll();
    await button(dialog, 'bob').click();
    await button(dialog, 'Sign in').click();
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('button:enabled[aria-label="Start Not lost"]').waitFor(); // it is stored
    return { shown };
  },

  async many_tasks({ signedIn }) {
    const oldest = await create('ada', 'Oldest');
    await cancel(oldest.id);
    const old = await create('ada', 'Old');
    for (let number = 1; number <= 20; number++) await create('ada', `Number ${number}`);
    const page = await signedIn('ada');
    const pending = column(page, 'Pending');
    await pending.getByText('21', { exact: true }).waitFor();
    const cards = pending.getByRole('article');
    await cards.first().waitFor();
    const first = await cards.count();
    await rename(old.id, 'Old news');
    await create('ada', 'New'); // what is shown after the old task's event tells that it was read
    await card(page, 'New', 'Pending').waitFor();
    const oldNews = await card(page, 'Old news').count();
    await button(page, 'Reopen Oldest').click();
    await pending.getByText('23', { exact: true }).waitFor();
    const reopened = await card(page, 'Oldest').count();
    const focused = await page.evaluate(() => document.activeElement.textContent);
    await button(page, 'Load more: Pending').click();
    await card(page, 'Oldest', 'Pending').waitFor();
    const titles = await cards.getByRole('heading').allTextContents();
    const times = await cards.locator('time').evaluateAll((all) => all.map((time) => time.dateTime));
    return {
      first,
      oldNews,
      reopened,
      focused,
      all: titles.length,
      ends: [titles[0], ...titles.slice(-2)],
      isNewestFirst: times.every((time, index) => !index || time <= times[index - 1]),
    };
  },

  async keyboard({ visitor }) {
    const page = await visitor();
    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
    // Press Tab until the control with this name has the focus. The bound proves that no control is out of reach.
    const reach = async (name) => {
      for (let tabs = 0; tabs < 60; tabs++) {
        if ((await focused()) === name) return;
        await press('Tab');
      }
      throw new Error(`${name} cannot be reached by keyboard`);
    };
    await reach('bob');
    await press('Enter');
    await reach('Sign in');
    await press('Enter');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await reach('Sign out');
    await press('Tab');
    await page.keyboard.type('By keyboard');
    await press('Enter');
    await page.locator('button:enabled[aria-label="Start By keyboard"]').waitFor();
    await reach('Start By keyboard');
    await press('Enter');
    await card(page, 'By keyboard', 'In progress').waitFor();
    const afterMove = await focused();
    await reach('Edit By keyboard');
    await press('Enter');
    await page.keyboard.type(' alone');
    await press('Enter');
    await card(page, 'By keyboard alone', 'In progress').waitFor();
    await page.waitForFunction(() => document.activeElement.getAttribute('aria-label')?.startsWith('Edit'));
    const afterDialog = await focused();
    await reach('Delete By keyboard alone');
    await press('Enter', 'Enter');
    await card(page, 'By keyboard alone').waitFor({ state: 'detached' });
    return { afterMove, afterDialog, afterDeletion: await focused() };
  },

  async looks({ visitor }) {
    const found = {};
    await clear('alice');
    for (const [title, description, ...moves] of TASKS) {
      const { id } = await create('alice', title, description);
      for (const by of moves) await by(id);
    }
    const page = await visitor();
    // Look at the view in both color schemes and at these widths.
    const look = async (view, ...widths) => {
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        found[`${view} ${colorScheme}`] = await serious(page);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 800 });
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (overflow > 0) throw new Error(`${overflow} pixels do not fit at ${width}`);
          await page.screenshot({ path: join(screenshots, `${view}-${width}-${colorScheme}.png`) });
        }
      }
    };
    await button(page, 'Sign in').waitFor();
    await look('sign-in', 360, 1280);
    await signIn(page, 'ada');
    await page.getByLabel('Board of').fill('alice');
    await button(page, 'Show').click();
    await card(page, 'Buy milk', 'Pending').waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('.count')].map((count) => count.textContent).join() === '3,2,3,2');
    await button(page, 'History of Water the plants').click();
    await page.locator('.history li').first().waitFor();
    await look('board', 360, 1280);
    await button(page, 'Edit Buy milk').click();
    await look('dialog', 360, 1280);
    await clear('alice');
    return found;
  },
};
