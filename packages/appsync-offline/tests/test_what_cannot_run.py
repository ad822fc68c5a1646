"""Only the resolver that the gateway cannot run fails, and the log says so.

An API that cannot be served gives the reason.
"""

import dataclasses
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import aiohttp
import pytest
from appsync_offline.__main__ import main
from appsync_offline.control_plane.deployed_api import DataSource, PipelineFunction, Resolver
from appsync_offline.control_plane.reader import CannotRead, ControlPlane
from appsync_offline.gateway import CannotLoad
from appsync_offline.testing.apis import Function, an_api, ask, code, coded, direct, pipeline, step
from appsync_offline.testing.serving import served

SDL = "type Query { good: Int bad: Int }"
GOOD = coded("Query.good", response="return 1")
HELPERS = "import { get } from '@aws-appsync/utils/rds';\n" + code("return get({})")
CANNOT_RUN: list[Any] = [
    pytest.param(
        dataclasses.replace(direct("Query.bad"), has_templates=True), (), "VTL", id="VTL, which is no direct Lambda"
    ),
    pytest.param(
        Resolver("Query", "bad", data_source="NONE", code=HELPERS), (), "utils/rds", id="another source's helpers"
    ),
    pytest.param(coded("Query.bad", request="while (1) {}"), (), "while is not supported", id="no APPSYNC_JS"),
    pytest.param(coded("Query.bad", source="TABLE"), (), "RELATIONAL_DATABASE", id="a data source of another type"),
    pytest.param(coded("Query.bad", source="GONE"), (), "GONE does not exist", id="no such data source"),
    pytest.param(Resolver("Query", "bad", data_source="NONE"), (), "needs some", id="no code for a NONE source"),
    pytest.param(
        pipeline("Query.bad", "gone"), (), "gone is not among the API's functions", id="a function that is not listed"
    ),
    pytest.param(
        Resolver("Query", "bad", data_source="LAMBDA", missing="its code is gone"),
        (),
        "its code is gone",
        id="lost code",
    ),
    pytest.param(
        pipeline("Query.bad", "lost"),
        (PipelineFunction("lost", "lost", "LAMBDA", missing="its code is gone"),),
        "function lost: its code is gone",
        id="a function whose code is lost",
    ),
    pytest.param(
        pipeline("Query.bad", "vtl"),
        (PipelineFunction("vtl", "vtl", "LAMBDA", has_templates=True),),
        "function vtl: its mapping templates are VTL",
        id="a function in VTL",
    ),
]


@pytest.mark.parametrize(("bad", "functions", "why"), CANNOT_RUN)
async def test_a_resolver_that_cannot_run_fails_alone(
    bad: Resolver, functions: tuple[PipelineFunction, ...], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    api = an_api(SDL, GOOD, bad, functions=functions)
    sources = {**api.data_sources, "TABLE": DataSource("TABLE", "RELATIONAL_DATABASE")}
    function = Function(lambda _payload: 7)

    with caplog.at_level(logging.WARNING):
        answer = await ask(dataclasses.replace(api, data_sources=sources), "{ good bad }", function)

    assert answer["data"] == {"good": 1, "bad": None}
    (error,) = answer["errors"]
    assert (error["path"], error["errorType"]) == (["bad"], "NotRunnable")
    assert error["message"].startswith("The local AppSync cannot run the resolver of Query.bad: ")
    assert why in error["message"]
    assert function.payloads == []
    assert [why in line for line in caplog.messages if line.startswith("Query.bad answers an error: ")] == [True]


async def test_a_subscription_whose_resolver_cannot_run_does_not_start() -> None:
    sdl = (
        'type Query { a: Int } type Mutation { b: Int } type Subscription { on: Int @aws_subscribe(mutations: ["b"]) }'
    )
    vtl = Resolver("Subscription", "on", data_source="NONE", has_templates=True)
    async with served(an_api(sdl, vtl)) as server, server.connected() as client:
        refusal = await client.start("1", "subscription { on }")

    assert refusal["type"] == "error"
    assert "VTL" in refusal["payload"]["errors"][0]["message"]


async def test_a_function_without_code_is_a_direct_Lambda_within_a_pipeline() -> None:
    api = an_api(
        "type Query { a: Int }",
        pipeline("Query.a", "first", "second", before="ctx.stash.start = 1; return { n: 2 }"),
        functions=[
            PipelineFunction("first", "first", "LAMBDA"),
            step("second", request="return { payload: ctx.prev.result + 1 }"),
        ],
    )
    function = Function(lambda payload: payload["prev"]["result"]["n"] + payload["stash"]["start"])

    assert await ask(api, "{ a }", function) == {"data": {"a": 4}}


async def test_a_subscription_field_without_directive_starts_and_hears_nothing() -> None:
    sdl = "type Query { a: Int } type Mutation { b: Int } type Subscription { on: Int }"
    async with served(an_api(sdl)) as server, server.connected() as client:
        assert (await client.start("1", "subscription { on }"))["type"] == "start_ack"


SPELLINGS = [
    "type Query @aws_lambda { a: Int }",
    "type Query { a: Int @aws_lambda }",
    "type Query { a: Int @aws_lambda @aws_api_key }",
    "interface Named @aws_lambda { a: Int } type Query implements Named @aws_lambda { a: Int }",
    "directive @aws_lambda on OBJECT | FIELD_DEFINITION scalar AWSDate type Query { a: Int @aws_lambda b: AWSDate }",
]


@pytest.mark.parametrize("sdl", SPELLINGS)
async def test_every_spelling_of_a_directive_that_AppSync_takes_is_served(sdl: str) -> None:
    assert "data" in await ask(an_api(sdl), "{ __typename }")


@pytest.fixture
def control_plane() -> Iterator[tuple[str, dict[str, tuple[int, str]]]]:
    """Yields an endpoint, and its answers by path."""
    answers: dict[str, tuple[int, str]] = {}

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path.partition("?")[0], (404, '{"message": "not found"}'))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's parameter name
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()
    thread.join()


def deployed(answers: dict[str, tuple[int, str]], sdl: str) -> None:
    """Give the endpoint an API `books` with the id 1."""
    api = {"apiId": "1", "name": "books", "arn": "arn:aws:appsync:eu-west-1:1:apis/1", "authenticationType": "API_KEY"}
    answers |= {
        "/v1/apis": (200, json.dumps({"graphqlApis": [api, {**api, "apiId": "2", "name": "films"}]})),
        "/v1/apis/1": (200, json.dumps({"graphqlApi": api})),
        "/v1/apis/1/schema": (200, sdl),
        **{f"/v1/apis/1/{name.lower()}": (200, json.dumps({name: []})) for name in ("apiKeys", "functions")},
        "/v1/apis/1/datasources": (200, json.dumps({"dataSources": [{"name": "NONE", "type": "NONE"}]})),
        "/v1/apis/1/environmentVariables": (200, "{}"),
        "/v1/apis/1/types/Query/resolvers": (
            200,
            json.dumps({"resolvers": [{"fieldName": "a", "dataSourceName": "NONE", "requestMappingTemplate": "{}"}]}),
        ),
    }


def test_an_api_is_found_by_its_name(control_plane: tuple[str, dict[str, tuple[int, str]]]) -> None:
    url, answers = control_plane
    deployed(answers, "type Query { a: Int }")

    api = ControlPlane(url).read(ControlPlane(url).api_id("books"))

    assert (api.id, api.name, api.region) == ("1", "books", "eu-west-1")
    assert api.resolvers["Query", "a"].has_templates


@pytest.mark.parametrize(
    ("resolver", "why"),
    [
        ({"dataSourceName": "NONE", "runtime": {"name": "APPSYNC_JS"}}, "its code is not in the control plane"),
        ({"kind": "PIPELINE", "code": "…", "pipelineConfig": {"functions": ["f"]}}, "FunctionConfiguration"),
    ],
    ids=["code from S3", "functions of CloudFormation"],
)
def test_what_the_embedded_cloud_has_lost_of_a_resolver_is_missing(
    control_plane: tuple[str, dict[str, tuple[int, str]]], resolver: dict[str, Any], why: str
) -> None:
    url, answers = control_plane
    deployed(answers, "type Query { a: Int }")
    described = {"fieldName": "a", **resolver}
    answers["/v1/apis/1/types/Query/resolvers"] = (200, json.dumps({"resolvers": [described]}))
    answers["/v1/apis/1/types/Query/resolvers/a"] = (200, json.dumps({"resolver": described}))

    missing = ControlPlane(url).read("1").resolvers["Query", "a"].missing

    assert why in missing
    assert missing.endswith("Serve the templates instead, with --cdk-out.")


def test_a_schema_that_the_embedded_cloud_has_lost_is_a_sentence(
    control_plane: tuple[str, dict[str, tuple[int, str]]],
) -> None:
    url, answers = control_plane
    deployed(answers, "")

    with pytest.raises(CannotRead, match=r"is empty\. MiniStack drops what CloudFormation takes from S3"):
        ControlPlane(url).read("1")


def test_a_name_that_no_api_has_lists_those_that_there_are(
    control_plane: tuple[str, dict[str, tuple[int, str]]],
) -> None:
    url, answers = control_plane
    deployed(answers, "type Query { a: Int }")

    with pytest.raises(CannotRead, match=r"There is no API called songs at .*; there is books, films"):
        ControlPlane(url).api_id("songs")


@pytest.mark.parametrize(
    ("sdl", "api", "sentence"),
    [
        ("type Query { a: Int }", "9", "There is no API 9 at http://127.0.0.1:"),
        ("type Query { a: ", "1", "The schema of API 1 cannot be used: Syntax Error"),
        ("type Query { a: Nothing }", "1", "cannot be used: Query fields cannot be resolved. Unknown type"),
        ("scalar Money type Query { a: Money }", "1", "AppSync has no custom scalars"),
    ],
    ids=["an unknown id", "a schema that does not parse", "a schema with an unknown type", "a custom scalar"],
)
def test_an_api_that_cannot_be_served_ends_the_start_with_a_sentence(
    control_plane: tuple[str, dict[str, tuple[int, str]]],
    sdl: str,
    api: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, answers = control_plane
    deployed(answers, sdl)
    monkeypatch.setattr("sys.argv", ["appsync_offline", "serve", "--aws-endpoint", url, "--api-id", api, "--port", "1"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert sentence in str(ended.value.code)
    assert len(str(ended.value.code).splitlines()) == 1


def test_an_endpoint_that_does_not_answer_is_a_sentence_too() -> None:
    with pytest.raises(CannotRead, match=r"http://127\.0\.0\.1:9 does not answer"):
        ControlPlane("http://127.0.0.1:9").read("1")


async def test_a_reload_that_fails_says_why_and_the_api_goes_on() -> None:
    api = an_api("type Query { a: Int }", coded("Query.a", response="return 1"))

    def fail() -> None:
        raise CannotLoad("The schema of API 1 cannot be used: Syntax Error")

    async with served(api) as server:
        server.gateway._load = fail  # type: ignore[assignment] # what the next reload does
        async with (
            aiohttp.ClientSession() as session,
            session.post(server.url.replace("/graphql", "/_reload")) as answer,
        ):
            body = await answer.json()

        assert answer.status == 409
        assert body["errors"][0]["message"] == "The schema of API 1 cannot be used: Syntax Error"
        assert await server.run("{ a }") == {"data": {"a": 1}}
