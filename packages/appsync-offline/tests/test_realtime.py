"""WebSocket clients observe AppSync's handshakes, messages and limits.

AppSync Developer Guide, "Building a real-time WebSocket client".
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider
from appsync_offline.execution.engine import Publication
from appsync_offline.testing.apis import an_api, coded
from appsync_offline.testing.serving import KEY, PATIENCE, Server, served, until
from websockets.exceptions import ConnectionClosed

API = an_api(
    """
    type Query { none: String }
    type Mutation { addBook(id: ID, title: String, shelf: String): Book }
    type Book { id: ID title: String shelf: String }
    type Subscription {
      onBook(id: ID, shelf: String): Book @aws_subscribe(mutations: ["addBook"])
      onSecret: Book @aws_subscribe(mutations: ["addBook"]) @aws_iam
    }
    """,
    coded("Mutation.addBook", request="return { payload: ctx.args }"),
    auth=(AuthProvider(AuthMode.API_KEY), AuthProvider(AuthMode.IAM)),
)
ON_BOOK = "subscription { onBook { id title } }"
ADD = 'mutation { addBook(id: "1", title: "Emma") { id title shelf } }'


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Server]:
    async with served(API) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def server(shared: Server) -> Server:
    """Returns a server without subscribers."""
    await until(lambda: len(shared.gateway.subscriptions) == 0)
    return shared


def _encoded(alphabet: str = "standard", *, padded: bool = True) -> str:
    text = json.dumps({**KEY, "note": "?>?>~~"}).encode()
    encode = base64.b64encode if alphabet == "standard" else base64.urlsafe_b64encode
    encoded = encode(text).decode()
    return encoded if padded else encoded.rstrip("=")


def _query(encoded: str) -> str:
    return f"?header={encoded}&payload=e30="


HANDSHAKES: list[Any] = [
    pytest.param(_query(_encoded()), ["graphql-ws"], {}, id="query string: standard base64"),
    pytest.param(_query(_encoded(padded=False)), ["graphql-ws"], {}, id="query string: without padding"),
    pytest.param(_query(_encoded("url-safe")), ["graphql-ws"], {}, id="query string: URL-safe base64"),
    pytest.param(
        _query(base64.encodebytes(json.dumps({**KEY, "x": "y" * 90}).encode()).decode()),
        ["graphql-ws"],
        {},
        id="query string: with line breaks, as AWS's Android SDK sends it",
    ),
    pytest.param(_query(_encoded("url-safe", padded=False)), ["graphql-ws"], {}, id="query string: URL-safe, bare"),
    pytest.param(
        "", ["graphql-ws", "header-" + _encoded("url-safe", padded=False)], {}, id="subprotocol beside graphql-ws"
    ),
    pytest.param("", ["graphql-ws"], KEY, id="plain headers of the upgrade"),
]


@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime"])
@pytest.mark.parametrize(("query", "protocols", "headers"), HANDSHAKES)
async def test_a_handshake(
    server: Server, path: str, query: str, protocols: list[str], headers: dict[str, str]
) -> None:
    async with server.client(path + query, protocols=protocols, headers=headers) as client:
        await client.send(type="connection_init", payload={})
        ack = await client.next()
        ka = json.loads(await client.socket.recv())

        assert client.socket.subprotocol == "graphql-ws"
        assert ack == {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}}
        assert ka == {"type": "ka"}


AUTH = "com.amazonaws.deepdish.graphql.auth#"
_NO_TEXT = base64.b64encode(rb'{"x-api-key": "\ud800"}').decode()

REFUSED: list[Any] = [
    pytest.param("", ["graphql-ws"], {"x-api-key": "da2-no"}, f"{AUTH}UnauthorizedException", id="a wrong key"),
    pytest.param("", ["graphql-ws"], {}, f"{AUTH}UnauthorizedException", id="no header at all"),
    pytest.param(_query(_NO_TEXT), ["graphql-ws"], {}, f"{AUTH}UnauthorizedException", id="a key that is no text"),
    pytest.param("?header=%7B%7D", ["graphql-ws"], {}, "BadRequestException", id="a header that is not base64"),
    pytest.param("?header=W10=", ["graphql-ws"], {}, "BadRequestException", id="a header that is no object"),
    pytest.param("", ["graphql-transport-ws"], KEY, "NoProtocolError", id="graphql-ws is not offered"),
    pytest.param("", [], KEY, "NoProtocolError", id="no subprotocol is offered"),
]


@pytest.mark.parametrize(("query", "protocols", "headers", "error_type"), REFUSED)
async def test_a_connection_error_names_the_reason_in_a_list_and_closes(
    server: Server, query: str, protocols: list[str], headers: dict[str, str], error_type: str
) -> None:
    async with server.client("/graphql" + query, protocols=protocols, headers=headers) as client:
        await client.send(type="connection_init")
        refusal = await client.next()

        assert refusal["type"] == "connection_error"
        (error,) = refusal["payload"]["errors"]
        assert (error["errorType"], error["errorCode"]) == (error_type, 400)
        with pytest.raises(ConnectionClosed):
            await client.next()


async def test_a_subscription_is_registered_before_its_start_ack(server: Server) -> None:
    async with server.connected() as client:
        ack = await client.start("0d1", ON_BOOK)
        registered = len(server.gateway.subscriptions)
        await server.run(ADD)

        assert ack == {"id": "0d1", "type": "start_ack"}
        assert registered == 1
        assert await client.next() == {
            "id": "0d1",
            "type": "data",
            "payload": {"data": {"onBook": {"id": "1", "title": "Emma"}}},
        }


async def test_a_start_needs_no_connection_init_and_is_kept_alive_like_any_other(server: Server) -> None:
    async with server.client() as client:
        ack = await client.start("1", ON_BOOK)
        await client.send(type="stop", id="1")
        async with asyncio.timeout(PATIENCE):
            kinds = {json.loads(await client.socket.recv())["type"] for _ in range(2)}

    assert ack == {"id": "1", "type": "start_ack"}
    assert kinds == {"ka", "complete"}


async def test_stop_is_answered_with_complete_and_the_client_s_own_id(server: Server) -> None:
    async with server.connected() as client:
        await client.start("007", ON_BOOK)
        await client.send(id="007", type="stop")

        assert await client.next() == {"id": "007", "type": "complete"}
        assert len(server.gateway.subscriptions) == 0


async def test_a_stopped_id_may_be_used_again(server: Server) -> None:
    async with server.connected() as client:
        await client.start("1", ON_BOOK)
        await client.send(id="1", type="stop")
        await client.next()

        assert (await client.start("1", ON_BOOK))["type"] == "start_ack"


async def test_a_duplicate_id_is_refused_and_the_first_goes_on(server: Server) -> None:
    async with server.connected() as client:
        await client.start("1", ON_BOOK)
        refusal = await client.start("1", ON_BOOK)
        await server.run(ADD)

        assert refusal == {
            "id": "1",
            "type": "error",
            "payload": {
                "errors": [{"errorType": "DuplicatedOperationError", "message": "Duplicated operation with id 1"}]
            },
        }
        assert (await client.next())["type"] == "data"


UNSUPPORTED: list[Any] = [
    pytest.param({"type": "subscribe", "id": "1"}, id="a type of another protocol"),
    pytest.param({"type": "start", "id": "1"}, id="a start without payload"),
    pytest.param({"type": "start", "id": "1", "payload": {"data": "{}"}}, id="a start without extensions"),
    pytest.param({"type": "start", "id": "1", "payload": {"extensions": {}}}, id="a start without data"),
    pytest.param({"id": 1}, id="no type at all"),
]


@pytest.mark.parametrize("message", UNSUPPORTED)
async def test_an_unknown_message_is_UnsupportedOperation_without_its_id_and_the_connection_stays(
    server: Server, message: dict[str, Any]
) -> None:
    async with server.connected() as client:
        await client.send(**message)

        assert await client.next() == {
            "type": "error",
            "id": "",
            "payload": {
                "errors": [
                    {
                        "errorType": "UnsupportedOperation",
                        "message": "unknown not supported through the realtime channel",
                    }
                ]
            },
        }
        assert (await client.start("2", ON_BOOK))["type"] == "start_ack"


@pytest.mark.parametrize(
    "frame", ["no JSON", "[1]", b"\x00\xff", "[" * 100_000], ids=["text", "list", "binary", "deep"]
)
async def test_what_is_no_message_does_not_end_the_connection(server: Server, frame: str | bytes) -> None:
    async with server.connected() as client:
        await client.socket.send(frame)

        assert (await client.next())["payload"]["errors"][0]["errorType"] == "UnsupportedOperation"
        assert (await client.start("2", ON_BOOK))["type"] == "start_ack"


REFUSED_STARTS: list[Any] = [
    pytest.param(ON_BOOK, {"x-api-key": "da2-no"}, "UnauthorizedException", id="authorized again: a wrong key"),
    pytest.param(ON_BOOK, {}, "UnauthorizedException", id="authorized again: no header"),
    pytest.param("subscription { onSecret { id } }", KEY, "Unauthorized", id="a field of another mode"),
    pytest.param("{ none }", KEY, "UnsupportedOperation", id="a query"),
    pytest.param("subscription { other }", KEY, None, id="a document that is not valid"),
    pytest.param(
        "subscription { onBook(id: \ud800) { id } }",
        KEY,
        "MalformedHttpRequestException",
        id="a document that is no text",
    ),
    pytest.param("subscription { __typename }", KEY, None, id="no field to listen to"),
]


@pytest.mark.parametrize(("query", "authorization", "error_type"), REFUSED_STARTS)
async def test_a_start_that_is_refused(
    server: Server, query: str, authorization: dict[str, str], error_type: str | None
) -> None:
    async with server.connected() as client:
        refusal = await client.start("1", query, authorization=authorization)

        assert (refusal["id"], refusal["type"]) == ("1", "error")
        assert [error.get("errorType") for error in refusal["payload"]["errors"]] == [error_type]
        assert len(server.gateway.subscriptions) == 0
        assert (await client.start("1", ON_BOOK))["type"] == "start_ack"


async def test_the_authorization_of_a_start_may_differ_in_case(server: Server) -> None:
    both = {"X-Api-Key": KEY["x-api-key"], "x-amz-user-agent": "aws-amplify", "host": "localhost"}

    async with server.connected() as client:
        assert (await client.start("1", ON_BOOK, authorization=both))["type"] == "start_ack"


async def test_a_connection_has_a_hundred_subscriptions_at_most(server: Server) -> None:
    async with server.connected() as client:
        acks = [await client.start(str(number), ON_BOOK) for number in range(100)]
        refusal = await client.start("100", ON_BOOK)

        assert {ack["type"] for ack in acks} == {"start_ack"}
        assert refusal["id"] == "100"
        assert refusal["payload"]["errors"] == [
            {"errorType": "MaxSubscriptionsReachedError", "message": "Max number of 100 subscriptions reached"}
        ]


async def test_an_update_of_more_than_240_KB_is_dropped_and_the_publisher_sees_no_error(server: Server) -> None:
    add = "mutation($t: String) { addBook(title: $t) { id title shelf } }"

    async with server.connected() as client:
        await client.start("1", ON_BOOK)
        dropped = await server.run(add, {"t": "x" * 240 * 1024})
        await server.run(add, {"t": "small"})

        assert "errors" not in dropped
        assert (await client.next())["payload"]["data"]["onBook"]["title"] == "small"


@pytest.mark.parametrize(("characters", "delivered"), [(70_000, True), (90_000, False)])
async def test_an_update_is_measured_in_UTF_8(server: Server, characters: int, delivered: bool) -> None:
    add = "mutation($t: String) { addBook(title: $t) { id title shelf } }"

    async with server.connected() as client:
        await client.start("1", ON_BOOK)
        await server.run(add, {"t": "書" * characters})
        await server.run(add, {"t": "last"})

        assert ((await client.next())["payload"]["data"]["onBook"]["title"] != "last") is delivered


async def test_a_client_that_does_not_read_is_given_up_and_others_are_not(server: Server) -> None:
    large = 'mutation($t: String) { addBook(id: "1", title: $t) { id title shelf } }'
    async with server.connected(max_queue=1, compression=None) as slow, server.connected() as fast:
        await slow.start("1", ON_BOOK)
        await fast.start("1", "subscription { onBook { id } }")

        for _ in range(200):
            await server.run(large, {"t": "x" * 200_000})
            await fast.next()
            if len(server.gateway.subscriptions) == 1:
                break

        await until(lambda: len(server.gateway.subscriptions) == 1)
        slow.socket.transport.abort()


async def test_a_client_that_is_given_up_is_logged_once(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    gateway = server.gateway
    async with server.connected() as client:
        for number in range(100):
            await client.start(str(number), ON_BOOK)

        # The writer cannot run between the publications, so that 1,100 messages wait.
        gateway.subscriptions.publish(gateway.engine, [Publication("addBook", {"id": "1"})] * 11)

        await until(lambda: len(gateway.subscriptions) == 0)
        client.socket.transport.abort()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "a client reads too slowly: its connection is closed"
    ]


async def test_a_client_that_goes_away_is_forgotten(server: Server) -> None:
    async with server.connected() as client:
        await client.start("1", ON_BOOK)

    await until(lambda: len(server.gateway.subscriptions) == 0)


async def test_a_keep_alive_comes_again_and_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appsync_offline.realtime.endpoint._KEEP_ALIVE", 0.01)

    async with server.connected() as client:
        kinds = [json.loads(await client.socket.recv())["type"] for _ in range(3)]

    assert kinds == ["ka", "ka", "ka"]


async def test_a_connection_ends_after_its_lifetime(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appsync_offline.realtime.endpoint._LIFETIME", 0.05)

    with pytest.raises(ConnectionClosed):
        async with server.connected() as client:
            await client.next()


async def test_subscribers_stay_connected_when_the_API_is_read_again(server: Server) -> None:
    async with server.connected() as client:
        await client.start("1", ON_BOOK)
        await asyncio.to_thread(server.gateway.reload)
        await server.run(ADD)

        assert (await client.next())["type"] == "data"


async def test_a_server_that_stops_closes_its_connections() -> None:
    async with served(API) as server:
        context = server.connected()
        client = await context.__aenter__()

    with pytest.raises(ConnectionClosed):
        await client.next()
