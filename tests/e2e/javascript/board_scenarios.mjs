// What people do on the board. Each scenario returns what it observed.
import { join } from 'node:path';
import {
  act, addTask, boardUrl, button, cancel, card, check, clear, cognitoUrl, column, complete, create, dialog, expireToken, graphqlUrl,
  isMutation, isStored, listen, newTask, notices, openBoardOf, remove, rename, screenshots, serious, signIn, signOut, TASKS, told, wire,
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
    await newTask(page).fill('Half a thou');
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
    const draft = await newTask(page).inputValue();
    const token = () => page.evaluate(() => Object.entries(sessionStorage).find(([name]) => name.endsWith('.accessToken'))[1]);
    const first = await token();
    await expireToken(page);
    await addTask(page, 'With a fresh token');
    await card(page, 'With a fresh token', 'Pending').waitFor();
    await page.waitForFunction((old) => !Object.values(sessionStorage).includes(old), first);
    await signOut(page);
    await button(page, 'Sign in').waitFor();
    const left = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((name) => name.endsWith('Token')).length);
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
    await newTask(page).fill('Typed before');
    await down(graphqlUrl);
    await page.routeWebSocket(/realtime/, (socket) => socket.close());
    await page.reload();
    await page.getByText('No connection.').waitFor();
    const columns = await page.getByRole('region').getByRole('alert').allTextContents();
    const draft = await newTask(page).inputValue();
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
    await newTask(page).fill('Typed before');
    await expireToken(page);
    await inSilence(() => page.reload());
    await signIn(page, 'alice');
    return { message, typed, draft: await newTask(page).inputValue() };
  },

  async two_people({ signedIn }) {
    const [alice, ada, bob] = await Promise.all([signedIn('alice'), signedIn('ada'), signedIn('bob')]);
    await openBoardOf(ada, 'alice');
    await ada.getByText('You see the board of alice').waitFor();
    await ada.getByText('Live', { exact: true }).waitFor();
    await addTask(alice, 'Water the plants');
    await card(ada, 'Water the plants', 'Pending').waitFor();
    await act(alice, 'Water the plants', 'Start');
    await card(ada, 'Water the plants', 'In progress').waitFor();
    await alice.waitForTimeout(SETTLED);
    await listen(alice);
    await check(ada, 'Water the plants').click();
    await card(alice, 'Water the plants', 'Completed').waitFor();
    const announced = await told(alice, '“Water the plants”');
    await button(alice, 'Water the plants').click();
    await alice.locator('.history li').nth(3).waitFor(); // events may be processed in any order
    const history = await alice.locator('.history li').evaluateAll((items) => items.map((item) => item.firstChild.textContent));
    await alice.keyboard.press('Escape');
    await addTask(bob, 'Of bob'); // what bob sees of his own tells that he would have seen alice's by now
    await card(bob, 'Of bob', 'Pending').waitFor();
    const seenByBob = await card(bob, 'Water the plants').count();
    await button(ada, 'Activity').click();
    const activity = ada.getByRole('complementary', { name: 'Activity' });
    await activity.getByText('Completed by an administrator').first().waitFor();
    const happened = await activity.getByRole('listitem').first().locator('button bdi').textContent();
    await act(alice, 'Water the plants', 'Delete');
    await card(alice, 'Water the plants').waitFor({ state: 'detached' });
    await button(alice, 'Undo').click();
    await card(alice, 'Water the plants', 'Completed').waitFor();
    await act(alice, 'Water the plants', 'Delete');
    await addTask(alice, 'Another'); // what was deleted is stored when its message closes
    await act(alice, 'Another', 'Start');
    await card(ada, 'Water the plants').waitFor({ state: 'detached' });
    return { announced, history, seenByBob, happened };
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
    await act(page, 'Changed on both sides', 'Start');
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
    await isStored(page, 'Typed without connection');
    return { navigations: navigations.length, notices: await notices(page).count() };
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

  async strangers({ visitor }) {
    const page = await visitor();
    const faults = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    const deliveries = [];
    await page.routeWebSocket(/realtime/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((text) => {
        const message = JSON.parse(text);
        if (message.type === 'data') deliveries.push((change) => socket.send(JSON.stringify({ ...message, payload: { data: { onTaskChanged: change(message.payload.data.onTaskChanged) } } })));
        socket.send(text);
      });
    });
    await signIn(page, 'alice');
    await create('alice', 'From the future');
    await card(page, 'From the future', 'Pending').waitFor();
    const deliver = (change) => deliveries.at(-1)(change);
    deliver(({ task }) => ({ event: 'PAUSED', task: { ...task, status: 'ON_HOLD', priority: 'WHENEVER', version: task.version + 1 } }));
    await card(page, 'From the future', 'Other').waitFor();
    const shown = await card(page, 'From the future').locator('.fact:not(.when)').allTextContents();
    await page.route(graphqlUrl, (route) => (route.request().postData().includes('TaskHistory')
      ? route.fulfill({ json: { data: { task: { history: [{ id: '1', type: 'PAUSED_BY_RULE', timestamp: '2026-01-01T00:00:00.000Z', version: 2, status: 'ON_HOLD' }] } } } })
      : route.fallback()));
    await button(page, 'From the future').click();
    const history = await page.locator('.history li span').textContent();
    await page.keyboard.press('Escape');
    deliver(() => ({ event: 'CREATED', task: null })); // no schema allows it
    await create('alice', 'From today');
    await card(page, 'From today', 'Pending').waitFor();
    return { shown, history, faults: faults.length, isLive: await page.getByText('Live', { exact: true }).isVisible() };
  },

  async two_tabs({ visitor }) {
    const alice = await signIn(await visitor(), 'alice');
    const ada = await alice.context().newPage(); // the same browser
    await ada.goto(boardUrl);
    await signIn(ada, 'ada');
    await openBoardOf(ada, 'alice');
    await ada.getByText('You see the board of alice').waitFor();
    await addTask(alice, 'By alice');
    await card(ada, 'By alice', 'Pending').waitFor();
    await check(ada, 'By alice').click();
    await card(alice, 'By alice', 'Completed').waitFor();
    await ada.reload();
    await ada.getByText('Live', { exact: true }).waitFor();
    const whoIs = (page) => page.getByRole('button', { name: /^Signed in as/ }).getAttribute('aria-label');
    const names = [await whoIs(alice), await whoIs(ada)];
    const titles = [await alice.title(), await ada.title()];
    await signOut(ada);
    await button(ada, 'Sign in').waitFor();
    await addTask(alice, 'Still alice');
    await isStored(alice, 'Still alice');
    return { names, titles };
  },

  async people({ visitor }) {
    const page = await signIn(await visitor(), 'ada');
    await create('bob', 'Listed by this'); // a person who is listed
    const offered = async () => {
      await page.getByRole('button', { name: /^Board of/ }).click();
      const names = await dialog(page, 'Whose board').getByRole('option').locator('bdi').allTextContents();
      await page.keyboard.press('Escape');
      return names;
    };
    const listed = await offered();
    await openBoardOf(page, 'nobody-at-all');
    const refusal = await page.getByText('There is no such user').textContent();
    await page.keyboard.press('Escape');
    await openBoardOf(page, 'bob');
    await card(page, 'Listed by this', 'Pending').waitFor();
    await page.getByText('You see the board of bob').waitFor();
    await button(page, 'My board').click();
    await page.getByText('You see the board of bob').waitFor({ state: 'detached' });
    await page.getByText('Live', { exact: true }).waitFor();
    return { listed, refusal, left: await card(page, 'Listed by this').count() };
  },

  async planning({ visitor }) {
    await clear('ada');
    const page = await signIn(await visitor(), 'ada');
    await button(page, 'Due date').click();
    await button(page, 'Tomorrow').click();
    await page.getByRole('form', { name: 'New task' }).getByLabel('Priority').selectOption('High');
    await addTask(page, 'Plan it');
    await isStored(page, 'Plan it');
    await create('ada', 'Long overdue', 'Café', { due: { date: '2020-02-29' }, labels: ['home'] });
    await create('ada', 'Some day', '\u202eevil');
    await card(page, 'Some day').waitFor();
    const facts = await card(page, 'Plan it').locator('.fact:not(.when)').allTextContents();
    const overdue = await card(page, 'Long overdue').locator('.is-overdue').textContent();
    const titles = () => column(page, 'Pending').getByRole('article').getByRole('heading').allTextContents();
    const pendingAre = (count) => column(page, 'Pending').locator('.count', { hasText: String(count) }).waitFor();
    await page.getByLabel('Order', { exact: true }).selectOption('By due date');
    const byDue = await titles();
    await page.getByLabel('Search').fill('CAFE');
    await pendingAre(1);
    const found = await titles();
    await button(page, 'Clear filter').click();
    await pendingAre(3);
    await page.getByLabel('Label', { exact: true }).selectOption('home');
    await pendingAre(1);
    const labelled = await titles();
    await button(page, 'Clear filter').click();
    await act(page, 'Some day', 'Priority', 'Urgent');
    await card(page, 'Some day').getByText('Urgent').waitFor();
    await act(page, 'Plan it', 'Due', 'No date');
    await card(page, 'Plan it').locator('.due').waitFor({ state: 'detached' });
    await act(page, 'Plan it', 'Edit');
    await button(dialog(page, 'Edit task'), 'Reminder').click();
    await dialog(page, 'Reminder').getByLabel('Date and time').fill('2099-12-31T17:30');
    await button(dialog(page, 'Reminder'), 'Done').click();
    await dialog(page, 'Edit task').getByLabel('Labels').fill('garden');
    await page.keyboard.press('Enter');
    await button(dialog(page, 'Edit task'), 'Save').click();
    await card(page, 'Plan it').getByText('garden').waitFor();
    await page.reload();
    await card(page, 'Plan it').getByText('garden').waitFor();
    const kept = await card(page, 'Plan it').locator('.facts > :not(.when)').allTextContents();
    await act(page, 'Plan it', 'Edit');
    await dialog(page, 'Edit task').getByRole('button', { name: /^Reminder: / }).click();
    await button(page, 'No reminder').click();
    await button(dialog(page, 'Edit task'), 'Save').click();
    await card(page, 'Plan it').locator('.reminder').waitFor({ state: 'detached' });
    return { facts, overdue, byDue, found, labelled, kept };
  },

  async wishes({ visitor }) {
    const page = await signIn(await visitor(), 'bob');
    const sheet = dialog(page, 'Settings');
    const open = async () => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('Settings');
      await page.keyboard.press('Enter');
      await sheet.getByLabel(/^Time zone/).waitFor();
      return { zone: await sheet.getByLabel(/^Time zone/).inputValue(), reminders: await sheet.getByLabel('Reminders').isChecked() };
    };
    const save = async (zone) => {
      await sheet.getByLabel(/^Time zone/).selectOption(zone);
      await sheet.getByLabel('Reminders').press('Space');
      await page.keyboard.press('Enter');
      await sheet.waitFor({ state: 'detached' });
    };
    const before = await open();
    await save('Asia/Tokyo');
    const after = await open();
    await save(before.zone);
    return { before, after };
  },

  async by_hand({ visitor }) {
    await clear('ada');
    const [one, other] = [await create('ada', 'One'), await create('ada', 'Other one')];
    const page = await signIn(await visitor(), 'ada');
    await card(page, 'One', 'Pending').waitFor();
    const watcher = await signIn(await visitor(), 'ada'); // somebody who sees the same order
    const ordered = async (...titles) => {
      for (const window of [page, watcher]) {
        await window.waitForFunction((wanted) => [...document.querySelectorAll('.column .title')].map((title) => title.textContent).join() === wanted, titles.join());
      }
    };
    await ordered('Other one', 'One');
    await card(page, 'One').dragTo(card(page, 'Other one'), { targetPosition: { x: 100, y: 3 } });
    await ordered('One', 'Other one');
    await button(page, 'One').press('Alt+ArrowDown');
    await ordered('Other one', 'One');
    await act(page, 'One', 'Move up');
    await ordered('One', 'Other one');
    await card(page, 'One').dragTo(column(page, 'In progress'));
    await card(page, 'One', 'In progress').waitFor();
    await button(page, 'Undo').click(); // by cancelling and reopening it
    await card(page, 'One', 'Pending').waitFor();
    await button(page, 'Select').click();
    for (const title of ['One', 'Other one']) await page.getByLabel(`Select ${title}`, { exact: true }).click();
    const together = page.waitForRequest(isMutation('ChangeTasks'));
    await button(page.getByRole('toolbar', { name: 'Selected tasks' }), 'Complete').click();
    await together;
    await card(page, 'One', 'Completed').waitFor();
    await card(page, 'Other one', 'Completed').waitFor();
    await complete(one.id).catch(() => {}); // it is, so this is refused as soon as the board's change is stored
    await remove(other.id);
    await card(page, 'Other one').waitFor({ state: 'detached' });
    await card(page, 'One', 'Completed').dragTo(column(page, 'Cancelled'));
    await card(page, 'One', 'Cancelled').waitFor();
    return { notices: await notices(page).count() };
  },

  async airplane_mode({ visitor }) {
    await clear('ada');
    const kept = await create('ada', 'Before the flight');
    const page = await signIn(await visitor(), 'ada');
    await card(page, 'Before the flight').waitFor();
    const network = async (mode) => {
      await page.getByRole('button', { name: /^Connection/ }).click();
      await page.getByRole('radio', { name: mode }).check();
    };
    await network('Offline');
    await page.getByText('No connection.').waitFor();
    await page.keyboard.press('Escape');
    await check(page, 'Before the flight').click();
    await addTask(page, 'In the clouds');
    await page.getByText('2 waiting').waitFor();
    await rename(kept.id, 'After the flight');
    await network('Online');
    const catchUp = page.getByText('Last catch-up');
    await catchUp.waitFor();
    await card(page, 'After the flight', 'Completed').waitFor({ state: 'attached' });
    await page.getByText('Everything is stored.').waitFor();
    return { catchUp: await catchUp.textContent() };
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
    await check(page, 'Hope for the best').click();
    const end = await asked; // the answer is still out
    await card(page, 'Hope for the best', 'Completed').waitFor();
    await end();
    await card(page, 'Hope for the best', 'Pending').waitFor();
    const message = await notices(page).textContent();
    const focused = await page.evaluate(() => document.activeElement.textContent);
    await page.unroute(graphqlUrl);
    let failures = 0; // the first attempt gets no answer
    await page.route(graphqlUrl, (route) => (isMutation('CompleteTask')(route.request()) && !failures++ ? route.abort() : route.continue()));
    await check(page, 'Hope for the best').click();
    await card(page, 'Hope for the best', 'Completed').waitFor();
    await page.waitForResponse((response) => isMutation('CompleteTask')(response.request()));
    await page.unroute(graphqlUrl);
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    await page.route(graphqlUrl, async (route) => {
      if (isMutation('ReopenTask')(route.request())) await released;
      await route.continue();
    });
    await act(page, 'Hope for the best', 'Reopen');
    const started = page.waitForResponse((response) => isMutation('StartTask')(response.request()));
    await act(page, 'Hope for the best', 'Start');
    await card(page, 'Hope for the best', 'In progress').waitFor();
    release();
    const { errors = [] } = await (await started).json();
    return { message, focused, failures, errors };
  },

  async what_others_do_meanwhile({ signedIn }) {
    const page = await signedIn('bob');
    const contested = await create('bob', 'Contested');
    await act(page, 'Contested', 'Edit');
    const edit = dialog(page, 'Edit task');
    await edit.getByLabel('Title').fill('Mine');
    await rename(contested.id, 'Theirs');
    await edit.getByText('Somebody changed this task meanwhile').first().waitFor(); // before anything is saved
    const offered = await edit.getByRole('region', { name: 'The newer version' }).locator('strong').textContent();
    await button(edit, 'Save').click();
    await edit.getByRole('alert').filter({ hasText: 'Somebody changed this task meanwhile' }).waitFor();
    const typed = await edit.getByLabel('Title').inputValue();
    // Somebody quick opens it again as soon as the dialog is closed.
    const openedAgain = page.evaluate(() => new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        const title = [...document.querySelectorAll('article .title')].find((one) => one.textContent === 'Mine');
        if (document.querySelector('[role=dialog]') || !title) return;
        observer.disconnect();
        title.click();
        resolve();
      }).observe(document.body, { subtree: true, childList: true });
    }));
    await button(edit, 'Save mine over it').click();
    await openedAgain;
    await edit.getByLabel('Description').fill('Worth keeping');
    await remove(contested.id);
    await edit.getByText('Somebody deleted this task').waitFor();
    const kept = await edit.getByLabel('Description').inputValue();
    await button(edit, 'Create it again with this text').click();
    await card(page, 'Mine', 'Pending').getByText('Worth keeping').waitFor();
    return { offered, typed, kept };
  },

  async long_title({ signedIn }) {
    const page = await signedIn('bob');
    const long = 'x'.repeat(201);
    await newTask(page).fill(long);
    await button(page, 'More details').click();
    const form = dialog(page, 'New task');
    await form.getByLabel('Description').fill('Kept too');
    await button(form, 'Add task').click();
    const problem = form.getByRole('alert');
    await problem.getByText('title').waitFor();
    const title = form.getByLabel('Title');
    return {
      message: await problem.textContent(),
      typed: [(await title.inputValue()) === long, await form.getByLabel('Description').inputValue()],
      invalid: await title.getAttribute('aria-invalid'),
      cards: await page.locator('article', { hasText: long }).count(),
    };
  },

  async expired_session({ signedIn }) {
    const page = await signedIn('bob');
    await newTask(page).fill('Not lost');
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
    const signInAgain = dialog(page, 'Sign in again');
    await signInAgain.getByText('Your session has ended').waitFor();
    const shown = await page.locator('article', { hasText: 'Not lost' }).count();
    await page.unrouteAll();
    await button(signInAgain, 'Sign in').click();
    await signInAgain.waitFor({ state: 'hidden' });
    await isStored(page, 'Not lost');
    return { shown };
  },

  async many_tasks({ signedIn }) {
    await clear('ada');
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
    await act(page, 'Oldest', 'Reopen');
    await pending.getByText('23', { exact: true }).waitFor();
    const reopened = await card(page, 'Oldest').count();
    const focused = await page.evaluate(() => document.activeElement.textContent.trim());
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
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim());
    // Press Tab until the control with this name has the focus. The bound proves that no control is out of reach.
    const reach = async (name) => {
      for (let tabs = 0; tabs < 60; tabs++) {
        if ((await focused()) === name) return;
        await press('Tab');
      }
      throw new Error(`${name} cannot be reached by keyboard`);
    };
    const until = (name) => page.waitForFunction((wanted) => [document.activeElement.getAttribute('aria-label'), document.activeElement.textContent.trim()].includes(wanted), name);
    await reach('bob');
    await press('Enter');
    await reach('Sign in');
    await press('Enter');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await press('n');
    await page.keyboard.type('By keyboard');
    await press('Enter');
    await isStored(page, 'By keyboard');
    await reach('Actions for By keyboard');
    await press('Enter');
    await until('Edit E');
    for (let item = await focused(); item !== 'Start'; item = await focused()) {
      await press('ArrowDown');
      await page.waitForFunction((name) => ![document.activeElement.getAttribute('aria-label'), document.activeElement.textContent.trim()].includes(name), item);
    }
    await press('Enter');
    await card(page, 'By keyboard', 'In progress').waitFor();
    await until('By keyboard');
    const afterMove = await focused();
    await press('Enter');
    await dialog(page, 'Edit task').waitFor();
    await press('End');
    await page.keyboard.type(' alone');
    await press('Enter');
    await card(page, 'By keyboard alone', 'In progress').waitFor();
    await until('By keyboard alone');
    const afterDialog = await focused();
    await press('Alt+ArrowRight');
    await card(page, 'By keyboard alone', 'Completed').waitFor();
    await until('By keyboard alone');
    await press('z');
    await card(page, 'By keyboard alone', 'In progress').waitFor();
    await until('By keyboard alone');
    await press('Delete');
    await card(page, 'By keyboard alone').waitFor({ state: 'detached' });
    const afterDeletion = await focused();
    await press('Control+k');
    await page.keyboard.type('shortcuts');
    await press('Enter');
    await dialog(page, 'Keyboard shortcuts').waitFor();
    return { afterMove, afterDialog, afterDeletion };
  },

  async looks({ visitor }) {
    const found = {};
    await clear('alice');
    for (const [title, description, details, ...moves] of TASKS) {
      const { id } = await create('alice', title, description, details);
      for (const by of moves) await by(id);
    }
    const page = await visitor(boardUrl, { reducedMotion: 'reduce' });
    // Look at the view in both color schemes and at these widths, and leave it at the largest.
    const look = async (view, ...widths) => {
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        if (widths.length === 0) found[`${view} ${colorScheme}`] = await serious(page);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 800 });
          found[`${view} ${colorScheme} ${width}`] = await serious(page);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (overflow > 0) throw new Error(`${overflow} pixels do not fit at ${width}`);
          await page.screenshot({ path: join(screenshots, `${view}-${width}-${colorScheme}.png`) });
        }
      }
    };
    await button(page, 'Sign in').waitFor();
    await look('sign-in', 360, 1280);
    await signIn(page, 'ada');
    await openBoardOf(page, 'alice');
    await card(page, 'Buy milk', 'Pending').waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('.column .count')].map((count) => count.textContent).join() === '3,2,3,2');
    const close = () => page.keyboard.press('Escape');
    await look('board', 360, 1280);
    await page.getByRole('button', { name: /^Board of/ }).click();
    await look('people');
    await close();
    await button(page, 'Actions for Buy milk').click();
    await look('menu');
    await close();
    await act(page, 'Buy milk', 'Edit');
    await page.locator('.history li').first().waitFor();
    await look('dialog', 360, 1280);
    await button(page, 'Reminder').click();
    await look('reminder', 360, 1280);
    await close();
    await close();
    await page.keyboard.press('Control+k');
    await look('commands');
    await close();
    await page.getByRole('button', { name: /^Signed in as/ }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await dialog(page, 'Settings').getByLabel(/^Time zone/).waitFor();
    await look('settings', 360, 1280);
    await close();
    await page.keyboard.press('?');
    await look('shortcuts');
    await close();
    await button(page, 'Due date').click();
    await look('due');
    await close();
    await page.getByRole('button', { name: /^Connection/ }).click();
    await look('connection');
    await close();
    await button(page, 'Activity').click();
    await page.locator('.events li').first().waitFor();
    await look('activity');
    await button(page, 'Close the activity').click();
    await button(page, 'Select').click();
    await page.getByLabel('Select Buy milk').click();
    await look('selection');
    await button(page, 'End the selection').click();
    await check(page, 'Buy milk').click();
    await button(page, 'Undo').waitFor();
    await page.getByRole('button', { name: /^Signed in as/ }).click();
    await page.getByRole('menuitem', { name: /^GraphQL/ }).click();
    await look('graphql');
    await clear('alice');
    return found;
  },
};
