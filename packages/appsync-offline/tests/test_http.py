"""HTTP clients receive the right statuses, bodies and headers."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from appsync_offline.testing.apis import API_KEY, Function, an_api, coded, direct
from appsync_offline.testing.serving import PATIENCE, Server, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = an_api(
    """
    type Query { book(id: ID): Book }
    type Mutation { addBook(id: ID): Book }
    type Subscription { onBook: Book @aws_subscribe(mutations: ["addBook"]) }
    type Book { id: ID }
    """,
    direct("Query.book"),
    coded("Mutation.addBook", request="return { payload: ctx.args }"),
)
KEY = {"x-api-key": API_KEY}
UNPARSABLE = {
    "errors": [{"errorType": "MalformedHttpRequestException", "message": "Unable to parse GraphQL query."}]
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    async with served(API, Function(lambda event: {"id": event["arguments"].get("id", "none")})) as server:
        yield server


class Answer:
    def __init__(self, status: int, headers: Any, body: Any) -> None:
        self.status, self.headers, self.body = status, headers, body


async def request(server: Server, method: str = "POST", *, headers: Any = KEY, **more: Any) -> Answer:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, server.url, headers=headers, **more) as response,
    ):
        text = await response.text()
        return Answer(response.status, response.headers, json.loads(text) if text.startswith("{") else text)


async def test_a_client_that_leaves_before_its_body_is_sent_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(API) as server, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.close()

    assert capsys.readouterr().err == ""


async def test_success(server: Server) -> None:
    answer = await request(server, json={"query": "{ book { id } }"})

    assert (answer.status, answer.body) == (200, {"data": {"book": {"id": "none"}}})
    assert answer.headers["content-type"].lower() == "application/json;charset=utf-8"
    assert answer.headers["x-amzn-requestid"]
    assert answer.headers["x-amzn-appsync-tokensconsumed"] == "1"


TAKEN: list[Any] = [
    pytest.param({"variables": None}, id="variables null"),
    pytest.param({"variables": {"unknown": 1}}, id="variables that are not declared"),
    pytest.param({"operationName": None}, id="operationName null"),
    pytest.param({"extensions": {"clientLibrary": {"name": "@apollo/client"}}}, id="other keys mean nothing"),
]


@pytest.mark.parametrize("more", TAKEN)
async def test_a_body_that_is_taken(server: Server, more: dict[str, Any]) -> None:
    assert (await request(server, json={"query": "{ book { id } }", **more})).body == {"data": {"book": {"id": "none"}}}


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", "application/graphql", "text/plain"])
async def test_a_content_type_that_is_taken(server: Server, content_type: str) -> None:
    body = json.dumps({"query": "{ book { id } }"})

    assert (await request(server, data=body, headers={**KEY, "content-type": content_type})).status == 200


MALFORMED: list[Any] = [
    pytest.param(b"meow", id="no JSON"),
    pytest.param(b"{}", id="no query"),
    pytest.param(b"{}}", id="more than JSON"),
    pytest.param(b"[]", id="an empty array"),
    pytest.param(b'[{"query": "{ book { id } }"}]', id="a batch"),
    pytest.param(b'{"query": 1}', id="a query that is no text"),
    pytest.param(b'{"query": "{ book { id } }", "variables": "x"}', id="variables that are no object"),
    pytest.param(b"\xff\xfe", id="no UTF-8"),
    pytest.param(b"[" * 100_000, id="nested too deeply"),
    pytest.param(b'{"query": "{ book { id } }", "variables": {"a": NaN}}', id="a number that JSON has not"),
]


@pytest.mark.parametrize("body", MALFORMED)
async def test_a_malformed_body(server: Server, body: bytes) -> None:
    answer = await request(server, data=body)

    assert (answer.status, answer.body) == (400, UNPARSABLE)
    assert answer.headers["x-amzn-errortype"] == "MalformedHttpRequestException"


@pytest.mark.parametrize(
    ("headers", "keys"),
    [(KEY, ["message", "errorType"]), ({}, ["errorType", "message"])],
    ids=["a malformed request", "no header"],
)
async def test_the_keys_of_a_refusal_come_in_AppSync_s_order(
    server: Server, headers: dict[str, str], keys: list[str]
) -> None:
    answer = await request(server, data=b"{}", headers=headers)

    assert list(answer.body["errors"][0]) == keys


@pytest.mark.parametrize(
    ("method", "path", "status", "error_type"),
    [
        ("POST", "/elsewhere", 404, "NotFoundException"),
        ("GET", "/graphql/more", 404, "NotFoundException"),
        ("PUT", "/graphql", 405, "MethodNotAllowedException"),
        ("DELETE", "/graphql", 405, "MethodNotAllowedException"),
    ],
)
async def test_every_refusal_names_its_type_in_a_header(
    server: Server, method: str, path: str, status: int, error_type: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, server.url.removesuffix("/graphql") + path, headers=KEY) as response,
    ):
        body = await response.json()

    assert (response.status, response.headers["x-amzn-errortype"]) == (status, error_type)
    assert body["errors"][0]["errorType"] == error_type


async def test_a_fault_of_the_gateway_s_own_is_a_500_that_clients_can_read(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(server.gateway, "run", fail)

    answer = await request(server, json={"query": "{ book { id } }"})

    assert (answer.status, answer.headers["x-amzn-errortype"]) == (500, "InternalFailure")
    assert list(answer.body) == ["errors"]


async def test_an_empty_body(server: Server) -> None:
    answer = await request(server)

    assert answer.status == 400
    assert answer.body["errors"] == [
        {"errorType": "MalformedHttpRequestException", "message": "Request body is empty."}
    ]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        pytest.param({}, "Valid authorization header not provided.", id="no header"),
        pytest.param({"x-api-key": "da2-no"}, "You are not authorized to make this call.", id="a wrong key"),
    ],
)
async def test_a_caller_whom_nobody_knows(server: Server, headers: dict[str, str], message: str) -> None:
    answer = await request(server, json={"query": "{ book { id } }"}, headers=headers)

    assert answer.status == 401
    assert answer.body == {"errors": [{"errorType": "UnauthorizedException", "message": message}]}
    assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"


async def test_a_validation_error_is_200(server: Server) -> None:
    answer = await request(server, json={"query": "{badfield}"})

    assert (answer.status, answer.body["data"]) == (200, None)


async def test_GET_takes_query_variables_and_operationName(server: Server) -> None:
    parameters = {"query": "query A($i: ID) { book(id: $i) { id } }", "variables": '{"i": "7"}', "operationName": "A"}

    answer = await request(server, "GET", params=parameters)

    assert (answer.status, answer.body) == (200, {"data": {"book": {"id": "7"}}})


async def test_GET_takes_mutations(server: Server) -> None:
    answer = await request(server, "GET", params={"query": 'mutation { addBook(id: "1") { id } }'})

    assert answer.body == {"data": {"addBook": {"id": "1"}}}


@pytest.mark.parametrize(
    "parameters", [{}, {"query": "{ book { id } }", "variables": "x"}], ids=["no query", "no JSON"]
)
async def test_a_malformed_GET(server: Server, parameters: dict[str, str]) -> None:
    answer = await request(server, "GET", params=parameters)

    assert (answer.status, answer.body) == (400, UNPARSABLE)


async def test_a_subscription_over_HTTP_is_refused(server: Server) -> None:
    answer = await request(server, json={"query": "subscription { onBook { id } }"})

    assert (answer.status, answer.body["errors"][0]["errorType"]) == (400, "UnsupportedOperation")


async def test_a_body_of_more_than_a_megabyte_is_refused(server: Server) -> None:
    assert (await request(server, data=b" " * 1_000_001)).status == 413


async def test_a_resolver_sees_the_request_s_headers_by_lower_cased_names() -> None:
    function = Function()
    async with served(API, function) as own:
        await request(own, json={"query": "{ book { id } }"}, headers={**KEY, "X-Tenant": "Anna"})

    headers = function.payloads[0]["request"]["headers"]
    assert headers["x-tenant"] == "Anna"
    assert all(name == name.lower() for name in headers)


async def test_a_browser_may_send_what_clients_send_and_read_AppSync_s_headers(server: Server) -> None:
    headers = "authorization,content-type,x-amz-date,x-amz-security-token,x-amz-user-agent,x-api-key"
    origin = {"origin": "http://localhost:3000"}
    preflight = {**origin, "access-control-request-method": "POST", "access-control-request-headers": headers}

    allowed = await request(server, "OPTIONS", headers=preflight)
    answer = await request(server, json={"query": "{ book { id } }"}, headers={**origin, **KEY})

    assert allowed.status == 200
    assert set(headers.split(",")) <= set(allowed.headers["access-control-allow-headers"].replace(" ", "").split(","))
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"] == (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version"
    )


async def test_a_long_operation_name_is_cut_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with served(an_api("type Query { hello: String }")) as server:
        with caplog.at_level(logging.INFO, logger="appsync_offline.gateway"):
            await server.run(f"query {'x' * 900_000} {{ hello }}")

    (line,) = caplog.messages
    assert len(line) < 300
