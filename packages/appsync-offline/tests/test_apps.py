"""Four apps of the shapes that people deploy are served from their templates, every field of them.

Rooms: NONE data sources with filters. Notes: one resolver whose code is an asset. Library: schema and code by location,
seven pipelines and an authorizer, as SAM makes them. (Shop, two tables with pipelines: test_dynamodb.py.)
"""

from pathlib import Path
from typing import Any

import pytest
from appsync_offline.authentication.authenticator import AuthenticationFailed, Credentials
from appsync_offline.cloud_formation.reader import CloudFormationTemplates
from appsync_offline.control_plane.deployed_api import DeployedApi
from appsync_offline.testing.apis import API_KEY, Function, a_gateway, ask
from appsync_offline.testing.serving import served

APPS = Path(__file__).parent / "apps"


def read(app: str, name: str | None = None) -> DeployedApi:
    return CloudFormationTemplates(APPS / app, region="eu-west-1", api_key=API_KEY).read(name)


async def test_rooms_deliver_messages_to_the_listeners_that_the_filter_lets_through() -> None:
    async with served(read("rooms")) as server, server.connected() as client:
        assert await server.run("{ rooms }") == {"data": {"rooms": ["kitchen", "hall"]}}
        started = await client.start("1", 'subscription { onMessage(room: "hall", atLeast: 2) { text } }')
        assert started["type"] == "start_ack"
        for room, text, priority in (("hall", "low", 1), ("kitchen", "elsewhere", 5), ("hall", "high", 2)):
            arguments = f'room: "{room}", text: "{text}", priority: {priority}'
            await server.run(f"mutation {{ send({arguments}) {{ room text priority }} }}")

        assert (await client.next())["payload"] == {"data": {"onMessage": {"text": "high"}}}


async def test_notes_run_the_code_of_their_asset_with_the_api_s_variables() -> None:
    api = read("notes")

    assert api.name == "notes-eu-west-1"
    assert await ask(api, '{ note(name: "Emma") }') == {"data": {"note": "Hello, Emma"}}


class TestLibrary:
    API = read("library/template.yaml")

    async def test_all_seven_pipelines_run(self) -> None:
        book = {"id": "1", "title": "Emma", "reader": None}
        answers: dict[str, Any] = {"books": [book], "authors": ["Austen"]}
        function = Function(lambda payload: answers.get(payload["field"], book))
        gateway = a_gateway(
            self.API, Function(lambda _event: {"isAuthorized": True, "resolverContext": {"reader": "x"}})
        )
        caller = await gateway.authenticate(Credentials({"authorization": "anna"}, "/graphql", b"", "127.0.0.1"))
        calls = {
            "query": ['book(id: "1") { title }', "books { title }", "authors"],
            "mutation": [
                'addBook(title: "Emma") { title }',
                'renameBook(id: "1", title: "Emma") { title }',
                'lendBook(id: "1", reader: "x") { title }',
                'removeBook(id: "1") { title }',
            ],
        }

        for kind, fields in calls.items():
            for field in fields:
                answer = await ask(self.API, f"{kind} {{ {field} }}", function, caller=caller)
                assert "errors" not in answer, answer
        assert len(function.payloads) == len(self.API.resolvers) == 7
        assert {payload["reader"] for payload in function.payloads} == {"x"}

    async def test_its_authorizer_decides(self) -> None:
        function = Function(lambda event: {"isAuthorized": event["authorizationToken"] == "anna"})
        gateway = a_gateway(self.API, function)

        await gateway.authenticate(Credentials({"authorization": "anna"}, "/graphql", b"", "127.0.0.1"))
        with pytest.raises(AuthenticationFailed):
            await gateway.authenticate(Credentials({"authorization": "bert"}, "/graphql", b"", "127.0.0.1"))

    def test_names_come_of_parameters_and_conditions(self) -> None:
        assert self.API.name == "library-dev"
        assert self.API.introspection_enabled
        arn = "arn:aws:lambda:eu-west-1:000000000000:function:books-dev"
        assert self.API.data_sources["Books"].lambda_arn == arn
        assert self.API.auth[0].authorizer_uri == arn.replace("books", "authorizer")
