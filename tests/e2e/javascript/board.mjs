// Uses the board in headless Chromium as people do. argv[2] holds the settings as JSON. The script prints what each
// scenario observed, by its name, or why it failed, as JSON.
import { join } from 'node:path';
import { cast, clear, only, screenshots, users } from './board_people.mjs';
import { scenarios } from './board_scenarios.mjs';

// Two lanes run side by side. The first changes the tasks of alice, the second those of ada. Both add tasks of bob, so no
// scenario counts his.
const LANES = [
  ['signing_in', 'two_people', 'lost_connection', 'events_out_of_order', 'strangers', 'optimism', 'two_tabs', 'looks'],
  ['stack_not_running', 'cognito_does_not_answer', 'what_others_do_meanwhile', 'long_title', 'expired_session', 'planning', 'wishes', 'by_hand', 'people', 'airplane_mode', 'many_tasks', 'keyboard'],
];

async function observe(name) {
  const before = Date.now();
  const people = cast();
  try {
    seen[name] = await scenarios[name](people);
  } catch (fault) {
    const pages = people.contexts.flatMap((context) => context.pages());
    await Promise.all(pages.map((page, index) => page.screenshot({ path: join(screenshots, `failed-${name}-${index}.png`) }).catch(() => {})));
    seen[name] = { failed: fault.message.slice(0, 1500) };
  }
  await Promise.all(people.contexts.map((context) => context.close()));
  process.stderr.write(`${name} ${Date.now() - before} ms\n`);
}

// The tasks of other tests would disturb the scenarios.
for (const { username } of users) await clear(username);
const seen = {};
const started = Date.now();
await Promise.all(LANES.map(async (names) => {
  for (const name of names) if (!only || only.includes(name)) await observe(name);
}));
process.stderr.write(`${Date.now() - started} ms\n`);
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
