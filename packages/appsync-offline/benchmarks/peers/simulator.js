/**
 * Serves the measured API by AWS's own simulator, in front of the same deployed Lambda.
 *
 * The environment names PORT, SCHEMA, API_KEY and FUNCTION_NAME, and where AWS is. Prints one line when it listens.
 * The simulator has neither APPSYNC_JS nor a way to invoke a deployed function: the templates and `invoke` below are
 * what its users would write. It knows no subscription filters, so subscriptions have no resolver.
 */
import { readFileSync } from "node:fs";
import simulator from "@aws-amplify/amplify-appsync-simulator";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const { PORT, SCHEMA, API_KEY, FUNCTION_NAME } = process.env;
const lambda = new LambdaClient();

async function invoke(payload) {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: FUNCTION_NAME, Payload: JSON.stringify(payload) }));
  const result = JSON.parse(answer.Payload.transformToString());
  if (answer.FunctionError) {
    throw new Error(result.errorMessage);
  }
  return result;
}

function unit(typeName, fieldName, dataSourceName, requestMappingTemplate) {
  const responseMappingTemplate = "$util.toJson($ctx.result)";
  return { kind: "UNIT", typeName, fieldName, dataSourceName, requestMappingTemplate, responseMappingTemplate };
}

const api = new simulator.AmplifyAppSyncSimulator({ port: Number(PORT) });
api.init({
  schema: { content: readFileSync(SCHEMA, "utf8"), path: "schema.graphql" },
  appSync: {
    name: "books",
    apiKey: API_KEY,
    defaultAuthenticationType: { authenticationType: "API_KEY" },
    additionalAuthenticationProviders: [],
  },
  dataSources: [
    { type: "AWS_LAMBDA", name: "Books", invoke },
    { type: "NONE", name: "Nothing" },
  ],
  resolvers: [
    unit(
      "Query", "book", "Books",
      `{ "version": "2018-05-29", "operation": "Invoke", "payload": { "arguments": $util.toJson($ctx.arguments) } }`,
    ),
    unit("Mutation", "announce", "Nothing", `{ "version": "2018-05-29", "payload": $util.toJson($ctx.arguments.book) }`),
  ],
});
// By default the simulator listens on every address of the machine. Restrict it to loopback.
const server = api._server._httpServer;
const listen = server.listen.bind(server);
server.listen = (port) => listen(port, "127.0.0.1");
await api.start();
console.log(`listening on ${PORT}`);
