"""The gateway's answers equal those of the live service. Expected failures give the reason for a difference."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider, DeployedApi
from appsync_offline.schema.executable import PRELUDE
from appsync_offline.testing.apis import API_KEY, Function, an_api, ask, direct
from appsync_offline.testing.serving import Server, served
from captured_answers import (
    CONNECTION_ERROR,
    DUPLICATED,
    EXCHANGES,
    FRAMES,
    MESSAGES,
    NOT_AUTHORIZED,
    SUBSCRIPTIONS,
    UNPARSABLE_QUERIES,
    VALIDATION,
    VALUES,
    VARIABLES,
    Captured,
    Exchange,
    Frame,
)
from graphql import build_schema

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _rows(rows: Sequence[Captured]) -> list[Any]:
    return [
        pytest.param(row, id=row.source, marks=pytest.mark.xfail(reason=row.differs) if row.differs else ())
        for row in rows
    ]


def _api(schema: str) -> DeployedApi:
    roots = build_schema(PRELUDE + schema)
    fields = [
        direct(f"{root.name}.{name}")
        for root in (roots.query_type, roots.mutation_type)
        if root
        for name in root.fields
    ]
    return an_api(schema, *fields)


def _shown(errors: Sequence[Mapping[str, Any]], captured: Sequence[str | Mapping[str, Any]]) -> list[Any]:
    """Returns of each error only what the source shows."""
    return [
        error["message"] if isinstance(source, str) else {key: error[key] for key in source}
        for error, source in zip(errors, captured, strict=True)
    ]


@pytest.mark.parametrize("row", _rows([*VALIDATION, *VARIABLES]))
async def test_a_request_that_AppSync_does_not_run(row: Captured) -> None:
    function = Function()

    answer = await ask(_api(row.schema), row.query, function, variables=row.variables)

    assert _shown(answer["errors"], row.errors) == list(row.errors)
    assert answer["data"] is None
    assert all(list(error) == ["path", "locations", "message"] for error in answer["errors"])
    assert function.payloads == []


@pytest.mark.parametrize("row", _rows(VALUES))
async def test_a_value_that_is_not_of_its_field_s_type(row: Captured) -> None:
    answer = await ask(_api(row.schema), row.query, Function(lambda _event: row.value))

    assert _shown(answer["errors"], row.errors) == list(row.errors)
    assert answer["data"] == row.data
    assert all(list(error) == ["path", "locations", "message"] for error in answer["errors"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Server]:
    modes = (AuthProvider(AuthMode.API_KEY), AuthProvider(AuthMode.IAM))
    async with served(an_api(SUBSCRIPTIONS, auth=modes)) as running:
        yield running


@pytest.mark.parametrize("frame", [pytest.param(frame, id=frame.source) for frame in FRAMES])
async def test_an_error_frame(server: Server, frame: Frame) -> None:
    async with server.connected() as client:
        answer = await client.start(frame.id, frame.query)

    assert answer == {"id": frame.id, "type": "error", "payload": {"errors": list(frame.errors)}}


@pytest.mark.parametrize("query", UNPARSABLE_QUERIES)
async def test_a_query_that_is_no_document(server: Server, query: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(server.url, headers={"x-api-key": API_KEY}, json={"query": query}) as response,
    ):
        body = await response.json()

    assert response.status == 400
    assert body == {
        "errors": [{"message": "Unable to parse GraphQL query.", "errorType": "MalformedHttpRequestException"}]
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def protected() -> AsyncIterator[Server]:
    modes = (AuthProvider(AuthMode.API_KEY), AuthProvider(AuthMode.COGNITO, "us-east-1_abc"))
    async with served(an_api(NOT_AUTHORIZED, auth=modes)) as running:
        yield running


@pytest.mark.parametrize("exchange", [pytest.param(exchange, id=exchange.source) for exchange in EXCHANGES])
async def test_an_answer_over_HTTP(protected: Server, exchange: Exchange) -> None:
    credentials = {"x-api-key": API_KEY} if exchange.credentials is None else exchange.credentials
    headers = {"origin": "http://localhost:3000", **credentials}

    async with (
        aiohttp.ClientSession() as session,
        session.post(protected.url, headers=headers, data=exchange.body) as response,
    ):
        text = await response.text()

    assert (response.status, text) == (exchange.status, json.dumps(exchange.answer, separators=(",", ":")))
    assert exchange.headers.items() <= {name.lower(): value for name, value in response.headers.items()}.items()


@pytest.mark.parametrize(("sent", "answer"), [pytest.param(*rest, id=source) for source, *rest in MESSAGES])
async def test_a_message(server: Server, sent: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    async with server.connected() as client:
        await client.send(**sent)

        assert await client.next() == answer


async def test_an_id_that_is_in_use(server: Server) -> None:
    async with server.connected() as client:
        await client.start("1", "subscription { onDeleteInnerItems { id } }")
        answer = await client.start("1", "subscription { onDeleteInnerItems { id } }")

    error = {"errorType": "DuplicatedOperationError", "message": DUPLICATED.format("1")}
    assert answer == {"id": "1", "type": "error", "payload": {"errors": [error]}}


async def test_a_connection_that_is_refused(server: Server) -> None:
    async with server.client(headers={"x-api-key": "da2-no"}) as client:
        await client.send(type="connection_init")

        assert json.dumps(await client.next()) == json.dumps(CONNECTION_ERROR)
