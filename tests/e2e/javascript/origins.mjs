// Tries in Chromium what pages of several origins reach on this machine. argv[2] holds the settings as JSON. The script
// prints a JSON list of {origin, door, method, reached, statuses}, in which `reached` is what the page itself observed.
import { createServer } from 'node:http';
import { launch } from './browser.mjs';

const { graphqlUrl, tlsGraphqlUrl, consoleUrl, awsEndpointUrl, apiKey, clientId, username, password } = JSON.parse(process.argv[2]);
const FOREIGN = 'evil.example';

// One server has several names. The name in a page's address decides its origin.
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>a page</title>'));
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address();
const running = await launch(`--host-resolver-rules=MAP ${FOREIGN} 127.0.0.1, MAP localhost 127.0.0.1`);
const context = await running.newContext({ ignoreHTTPSErrors: true });

// This function runs in the page. Each attempt has its own address, by which the script finds the browser's record of
// the answer.
const attempts = ({ urls, apiKey, signIn, frontend }) => {
  const query = JSON.stringify({ query: '{ __typename }' });
  const json = { 'content-type': 'application/json', 'x-api-key': apiKey };
  const fetched = async (url, options, read = (answer) => answer.json()) =>
    Boolean(await read(await fetch(url, options)));
  const opened = (url) => new Promise((resolve, reject) => {
    const header = btoa(JSON.stringify({ host: new URL(url).host, 'x-api-key': apiKey }));
    const socket = new WebSocket(`${url}${url.includes('?') ? '&' : '?'}header=${header}&payload=e30=`, 'graphql-ws');
    socket.onopen = () => { socket.close(); resolve(true); };
    socket.onerror = () => reject(new Error('no WebSocket'));
  });
  const loaded = (tag, url) => new Promise((resolve, reject) => {
    const element = document.createElement(tag);
    element.onload = () => resolve(tag !== 'iframe'); // a refusal loads as well: the status tells
    element.onerror = () => reject(new Error(`no ${tag}`));
    element.src = url;
    document.body.append(element);
  });
  const posted = (url) => new Promise((resolve) => {
    const target = `frame-${Math.random()}`;
    const frame = document.createElement('iframe');
    const form = document.createElement('form');
    Object.assign(frame, { name: target, onload: () => resolve(false) });
    Object.assign(form, { method: 'post', action: url, target, enctype: 'text/plain' });
    document.body.append(frame, form);
    form.submit();
  });
  const simple = { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: query };
  const opaque = (url, options = {}) => fetched(url, { mode: 'no-cors', ...options }, () => false);
  const api = (door, url) => [
    [door, 'POST', url, (own) => fetched(own, { method: 'POST', headers: json, body: query })],
    [door, 'GET', `${url}?query={__typename}`, (own) => fetched(own, { headers: json })],
    [door, 'WebSocket', url.replace(/^http/, 'ws'), opened],
    [door, 'WebSocket', url.replace(/^http/, 'ws') + '/realtime', opened],
  ];
  const signingIn = ['embedded cloud', 'POST', urls.cloud, (own) => fetched(own, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' },
    body: JSON.stringify(signIn),
  }, async (answer) => (await answer.json()).AuthenticationResult.AccessToken)];
  const forFrontends = [...api('gateway', urls.graphql), ...api('TLS port', urls.tls), signingIn];
  const rest = [
    ...['graphql', 'tls'].flatMap((name) => {
      const door = { graphql: 'gateway', tls: 'TLS port' }[name];
      const at = (path) => new URL(path, urls[name]).href;
      return [
        [door, 'POST text/plain', at('/_reload'), (own) => opaque(own, simple)],
        [door, 'POST by form', at('/_reload'), posted],
        [door, 'POST', at('/_reload'), (own) => fetched(own, { method: 'POST' })],
        [door, 'GET', at('/'), (own) => fetched(own, {}, (answer) => answer.text())],
        [door, 'GET no-cors', at('/'), opaque],
        [door, 'iframe', at('/'), (own) => loaded('iframe', own)],
        [door, 'script', at('/config.json'), (own) => loaded('script', own)],
        [door, 'img', at('/board/config.json'), (own) => loaded('img', own)],
      ];
    }),
    ['embedded cloud', 'POST text/plain', `${urls.cloud}2015-03-31/functions`, (own) => opaque(own, simple)],
    ['embedded cloud', 'POST by form', `${urls.cloud}2015-03-31/functions`, posted],
    ['embedded cloud', 'POST', `${urls.cloud}2015-03-31/functions`, (own) => fetched(own, { method: 'POST', headers: json, body: query })],
    ['embedded cloud', 'DELETE', `${urls.cloud}2015-03-31/functions/x`, (own) => fetched(own, { method: 'DELETE' })],
    ['embedded cloud', 'PUT', `${urls.cloud}a-bucket`, (own) => fetched(own, { method: 'PUT' })],
    ['embedded cloud', 'GET', `${urls.cloud}_ministack/health`, fetched],
    ['embedded cloud', 'GET no-cors', `${urls.cloud}?Action=ListTopics&Version=2010-03-31`, opaque],
    ['embedded cloud', 'img', `${urls.cloud}?Action=ListTopics&Version=2010-03-31`, (own) => loaded('img', own)],
  ];
  const chosen = frontend === undefined ? [...forFrontends, ...rest] : frontend ? forFrontends : rest;
  return Promise.all(chosen.map(async ([door, method, url, attempt], index) => {
    // Sign-in accepts no query string, and its address is already unique.
    const own = url === urls.cloud ? url : `${url}${url.includes('?') ? '&' : '?'}attempt=${index}`;
    return { door, method, url: own, reached: await attempt(own).catch(() => false) };
  }));
};

const urls = { graphql: graphqlUrl, tls: tlsGraphqlUrl, cloud: `${awsEndpointUrl}/` };
const signIn = { ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD: password } };
const tried = async (origin, frontend, prepare = async () => undefined) => {
  const page = await context.newPage();
  const statuses = {};
  page.on('response', (answer) => { (statuses[answer.url()] ??= []).push(answer.status()); });
  await page.goto(origin);
  await prepare(page);
  // The frame is the page itself, or the frame that was inserted into it.
  const found = await page.frames().at(-1).evaluate(attempts, { urls, apiKey, signIn, frontend });
  await page.waitForTimeout(200); // the browser's record may come after the page's own
  await page.close();
  return found.map(({ url, ...attempt }) => ({ origin, ...attempt, statuses: statuses[new URL(url).href] ?? [] }));
};
const sandboxed = (page) => page.evaluate(() => new Promise((loaded) => {
  const frame = document.createElement('iframe');
  Object.assign(frame, { sandbox: 'allow-scripts allow-forms', srcdoc: '<body></body>', onload: loaded });
  document.body.append(frame);
}));

const foreign = [
  ...(await tried(`http://${FOREIGN}:${port}/`)),
  ...(await tried(`http://127.0.0.1:${port}/`, undefined, sandboxed)).map((attempt) => ({ ...attempt, origin: 'null' })),
];
const locally = [`http://localhost:${port}/`, `http://127.0.0.1:${port}/`];
const frontends = (await Promise.all(locally.map((origin) => tried(origin, true)))).flat();
const elsewhere = (await Promise.all(locally.map((origin) => tried(origin, false)))).flat();

// A foreign name that now resolves to this machine (DNS rebinding). By its address, the page has the port's own origin.
const rebound = [];
for (const [door, url] of [['gateway', consoleUrl], ['TLS port', tlsGraphqlUrl], ['embedded cloud', `${awsEndpointUrl}/_ministack/health`]]) {
  const page = await context.newPage();
  const answer = await page.goto(Object.assign(new URL(url), { hostname: FOREIGN }).href);
  rebound.push({ origin: 'rebound', door, method: 'GET', reached: false, statuses: [answer.status()] });
  await page.close();
}
process.stdout.write(JSON.stringify({ foreign: [...foreign, ...rebound], frontends, elsewhere }), () => process.exit(0));
