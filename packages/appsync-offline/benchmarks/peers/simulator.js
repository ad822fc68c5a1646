/**
 * Serves our schema by AWS's own simulator, in front of the same deployed Lambda.
 *
 * The environment names PORT, SCHEMA, API_KEY and FUNCTION_NAME, and where AWS is. Prints one line when it listens.
 * The simulator has neither APPSYNC_JS nor a way to invoke a deployed function: the templates and `invoke` below are
 * what its users would write. It knows no subscription filters, so subscriptions have no resolver.
 */
import { readFileSync } from "node:fs";
import simulator from "@aws-amplify/amplify-appsync-simulator";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const { PORT, SCHEMA, API_KEY, FUNCTION_NAME } = process.env;
const LAMBDA_FIELDS = {
  Query: ["task", "tasksByUser", "taskStatistics"],
  Mutation: ["createTask", "updateTask", "startTask", "completeTask", "cancelTask", "deleteTask"],
};
const CONTEXT = `{
  "arguments": $util.toJson($ctx.arguments), "identity": $util.toJson($ctx.identity),
  "source": $util.toJson($ctx.source), "request": $util.toJson($ctx.request),
  "prev": null, "info": $util.toJson($ctx.info), "stash": {}
}`;
const request = (operation) => `{ "version": "2018-05-29", "operation": "${operation}", "payload": ${CONTEXT} }`;
const ENVELOPE = `
#if($ctx.error)
  $util.error("The request could not be completed. Please try again.", "InternalError")
#end
#if($ctx.result.error)
  $util.error($ctx.result.error.message, $ctx.result.error.type, null, $ctx.result.error.info)
#end
$util.toJson($ctx.result.data)`;

const lambda = new LambdaClient();

async function invoke(payload) {
  const answer = await lambda.send(new InvokeCommand({ FunctionName: FUNCTION_NAME, Payload: JSON.stringify(payload) }));
  const result = JSON.parse(answer.Payload.transformToString());
  if (answer.FunctionError) {
    throw new Error(result.errorMessage);
  }
  return result;
}

function unit(typeName, fieldName, dataSourceName, requestMappingTemplate, responseMappingTemplate) {
  return { kind: "UNIT", typeName, fieldName, dataSourceName, requestMappingTemplate, responseMappingTemplate };
}

const api = new simulator.AmplifyAppSyncSimulator({ port: Number(PORT) });
api.init({
  schema: { content: readFileSync(SCHEMA, "utf8"), path: "schema.graphql" },
  appSync: {
    name: "tasks",
    apiKey: API_KEY,
    defaultAuthenticationType: { authenticationType: "API_KEY" },
    additionalAuthenticationProviders: [{ authenticationType: "AWS_IAM" }],
  },
  dataSources: [
    { type: "AWS_LAMBDA", name: "Resolver", invoke },
    { type: "NONE", name: "Publish" },
  ],
  resolvers: [
    ...Object.entries(LAMBDA_FIELDS).flatMap(([type, fields]) =>
      fields.map((field) => unit(type, field, "Resolver", request("Invoke"), ENVELOPE)),
    ),
    unit("Task", "history", "Resolver", request("BatchInvoke"), "$util.toJson($ctx.result.data)"),
    ...[["publishTaskCompleted", "task"], ["publishTaskChange", "change"]].map(([field, argument]) =>
      unit(
        "Mutation", field, "Publish",
        `{ "version": "2018-05-29", "payload": $util.toJson($ctx.arguments.${argument}) }`, "$util.toJson($ctx.result)",
      ),
    ),
  ],
});
// By default the simulator listens on every address of the machine. Restrict it to loopback.
const server = api._server._httpServer;
const listen = server.listen.bind(server);
server.listen = (port) => listen(port, "127.0.0.1");
await api.start();
console.log(`listening on ${PORT}`);
