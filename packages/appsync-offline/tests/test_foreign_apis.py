"""The gateway runs three public AppSync samples that this project did not write, rebuilt from schema and documentation.

Powertools for AWS Lambda (Python), "GraphQL API": the todo API with a nested field, a batch and typed errors. AppSync
Developer Guide, "Pipeline resolvers (JavaScript)" and "Authorization": posts that only their author may edit. AppSync
Developer Guide, "Real-time data": a chat that sends messages to the members of a room; esbuild minified its code.
"""

from typing import Any

from appsync_offline.authentication.caller import Caller
from appsync_offline.back_ends.lambda_functions import FunctionFailed
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider, PipelineFunction, Resolver
from appsync_offline.testing.apis import Function, an_api, ask, code, coded, direct, pipeline
from appsync_offline.testing.serving import served
from aws_lambda_powertools.event_handler import AppSyncResolver

SCHEMA_OF_TODOS = """
schema { query: Query mutation: Mutation }
type Query { getTodo(id: ID!): Todo listTodos: [Todo] }
type Mutation { createTodo(title: String!): Todo }
type Todo { id: ID! userId: String title: String completed: Boolean comments: [Comment] }
type Comment { id: ID! body: String }
"""


def todo_function() -> Function:
    """Returns the Lambda of Powertools' guide, with a resolver for each field and a resolver for a whole batch."""
    app = AppSyncResolver()  # type: ignore[no-untyped-call] # its own types lack it
    todos = {number: {"id": number, "userId": "1", "title": f"todo {number}", "completed": False} for number in "12"}

    @app.resolver(type_name="Query", field_name="getTodo")
    def get_todo(id: str = "") -> Any:  # noqa: A002 # the schema's name
        if id not in todos:
            raise FunctionFailed(f"no todo {id}", "TodoNotFound")
        return todos[id]

    @app.resolver(type_name="Query", field_name="listTodos")
    def list_todos() -> Any:
        return list(todos.values())

    @app.resolver(type_name="Mutation", field_name="createTodo")
    def create_todo(title: str) -> Any:
        return {"id": "3", "title": title, "completed": False}

    @app.batch_resolver(type_name="Todo", field_name="comments")
    def comments(event: Any) -> Any:
        return [{"data": [{"id": f"c{todo.source['id']}", "body": "first"}]} for todo in event]

    return Function(lambda event: app.resolve(event, None))  # type: ignore[arg-type] # no context is needed


class TestPowertoolsTodos:
    API = an_api(
        SCHEMA_OF_TODOS,
        direct("Query.getTodo"),
        direct("Query.listTodos"),
        direct("Mutation.createTodo"),
        direct("Todo.comments", max_batch_size=10),
    )

    async def test_a_nested_list_comes_of_one_batch(self) -> None:
        function = todo_function()

        answer = await ask(self.API, "{ listTodos { id comments { id body } } }", function)

        assert answer == {
            "data": {
                "listTodos": [
                    {"id": "1", "comments": [{"id": "c1", "body": "first"}]},
                    {"id": "2", "comments": [{"id": "c2", "body": "first"}]},
                ]
            }
        }
        assert [type(payload) for payload in function.payloads] == [dict, list]

    async def test_an_exception_s_name_is_the_error_s_type(self) -> None:
        query = "query Get($id: ID!) { getTodo(id: $id) { id } }"

        answer = await ask(self.API, query, todo_function(), variables={"id": "9"})

        assert answer["data"] == {"getTodo": None}
        assert [(error["errorType"], error["message"]) for error in answer["errors"]] == [("TodoNotFound", "no todo 9")]

    async def test_a_mutation(self) -> None:
        answer = await ask(self.API, 'mutation { createTodo(title: "x") { id title completed } }', todo_function())

        assert answer == {"data": {"createTodo": {"id": "3", "title": "x", "completed": False}}}


class TestPostsOfTheDeveloperGuide:
    """A pipeline. The first function finds the post.

    The second refuses callers that are not the author, or stores the post.
    """

    SDL = """
    type Post @aws_cognito_user_pools @aws_api_key { id: ID! author: String title: String version: Int }
    type Query { getPost(id: ID!): Post @aws_api_key }
    type Mutation { updatePost(id: ID!, title: String!): Post @aws_cognito_user_pools }
    """
    FIND = PipelineFunction(
        "find", "find", "LAMBDA", code("return { operation: 'Invoke', payload: { get: ctx.args.id } }")
    )
    STORE = PipelineFunction(
        "store",
        "store",
        "LAMBDA",
        code(
            "const post = ctx.prev.result;"
            "if (!post) { runtime.earlyReturn(null, { skipTo: 'END' }); }"
            "if (post.author !== ctx.identity.username) { util.unauthorized(); }"
            "const put = { ...post, title: ctx.args.title, version: post.version + 1 };"
            "return { operation: 'Invoke', payload: { put } };"
        ),
    )
    API = an_api(
        SDL,
        pipeline("Mutation.updatePost", "find", "store", before="ctx.stash.at = util.time.nowISO8601(); return {}"),
        auth=(AuthProvider(AuthMode.API_KEY), AuthProvider(AuthMode.COGNITO, user_pool_id="pool")),
        functions=(FIND, STORE),
    )
    UPDATE = 'mutation { updatePost(id: "%s", title: "new") { id title version } }'

    async def updated_by(self, name: str, post_id: str = "1") -> dict[str, Any]:
        posts = {"1": {"id": "1", "author": "anna", "title": "old", "version": 1}}
        function = Function(lambda payload: payload.get("put") or posts.get(payload.get("get", "")))
        caller = Caller(AuthMode.COGNITO, name, {"sub": name, "username": name})
        return await ask(self.API, self.UPDATE % post_id, function, caller=caller)

    async def test_the_author_updates(self) -> None:
        assert await self.updated_by("anna") == {"data": {"updatePost": {"id": "1", "title": "new", "version": 2}}}

    async def test_another_user_may_not(self) -> None:
        answer = await self.updated_by("bob")

        assert answer["data"] == {"updatePost": None}
        assert answer["errors"][0]["errorType"] == "Unauthorized"

    async def test_a_post_that_is_not_there_ends_the_pipeline(self) -> None:
        assert await self.updated_by("anna", "2") == {"data": {"updatePost": None}}


class TestChatOfTheDeveloperGuide:
    SDL = """
    type Message { room: ID! text: String at: AWSDateTime }
    type Query { ping: String }
    type Mutation { send(room: ID!, text: String!): Message }
    type Subscription { onMessage(room: ID!): Message @aws_subscribe(mutations: ["send"]) }
    """
    SEND = (
        'import{util as t}from"@aws-appsync/utils";var n=e=>({payload:{...e.args,at:t.time.nowISO8601()}}),'
        "o=e=>e.result;export{n as request,o as response};"
    )
    ON_MESSAGE = coded(
        "Subscription.onMessage",
        request="return { payload: null }",
        response=(
            "extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter({ room: { eq: ctx.args.room } }));"
            "return null;"
        ),
    )

    async def test_a_message_reaches_its_room_alone(self) -> None:
        send = Resolver("Mutation", "send", data_source="NONE", code=self.SEND)
        async with (
            served(an_api(self.SDL, send, self.ON_MESSAGE)) as server,
            server.connected() as inside,
            server.connected() as outside,
        ):
            for client, room in ((inside, "a"), (outside, "b")):
                started = await client.start("1", f'subscription {{ onMessage(room: "{room}") {{ room text at }} }}')
                assert started["type"] == "start_ack"

            for room in "ab":
                await server.run(f'mutation {{ send(room: "{room}", text: "to {room}") {{ room text at }} }}')

            for client, room in ((inside, "a"), (outside, "b")):
                message = (await client.next())["payload"]["data"]["onMessage"]
                assert (message["room"], message["text"]) == (room, f"to {room}")
