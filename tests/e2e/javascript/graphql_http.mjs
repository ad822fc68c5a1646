// Runs the audits of graphql-http (GraphQL over HTTP) against a server and prints [{id, name, status, reason}].
import { serverAudits } from 'graphql-http';

const { url, apiKey } = JSON.parse(process.argv[2]);
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, 'x-api-key': apiKey } });
const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null });
}
process.stdout.write(JSON.stringify(results));
