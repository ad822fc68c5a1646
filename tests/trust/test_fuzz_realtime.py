"""Each malformed WebSocket frame is answered or ends its own connection, without effect on other connections."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from appsync_offline.testing.apis import an_api, coded
from appsync_offline.testing.serving import KEY, Client, Server, served, until
from appsync_offline.web.serving import MAXIMUM_FRAME
from hypothesis import assume, example, given, seed
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.trust.nonsense import json_values, nasty
from tests.trust.scale import SEED, searched

PATIENCE = 30  # seconds; the limit of every wait
API = an_api(
    """
    type Query { none: String }
    type Mutation { addBook(title: String): Book }
    type Book { title: String }
    type Subscription { onBook: Book @aws_subscribe(mutations: ["addBook"]) }
    """,
    coded("Mutation.addBook", request="return { payload: ctx.args }"),
)
READABLE = range(8_000, 8_300)  # characters of a path: all of less are read, none of more (aiohttp: 8,190 of a line)
ON_BOOK = "subscription { onBook { title } }"
ADD = 'mutation { addBook(title: "Emma") { title } }'
PROBE = "the test's own"


@dataclass
class World:
    """A gateway, which runs while a test does, and an uninvolved client, the bystander."""

    runner: asyncio.Runner
    server: Server
    bystander: Client
    faults: Sequence[str]
    """The errors that the gateway logged."""

    def run(self, conversation: Coroutine[Any, Any, None]) -> None:
        """Run the conversation to its end, within bounded time and without a fault."""

        async def bounded() -> None:
            async with asyncio.timeout(PATIENCE):
                await conversation

        self.runner.run(bounded())
        assert self.faults == []

    async def nobody_else_noticed(self) -> None:
        """Check that the bystander is the only subscriber and receives a new book."""
        await until(lambda: len(self.server.gateway.subscriptions) == 1)
        await self.server.run(ADD)
        frame = await self.bystander.next()
        assert (frame["type"], frame["payload"]) == ("data", {"data": {"onBook": {"title": "Emma"}}})


@contextmanager
def faults_of(*loggers: str) -> Iterator[Sequence[str]]:
    """Yields the texts of all errors that these loggers write."""
    faults: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: faults.append(handler.format(record))  # type: ignore[method-assign]
    # uvicorn logs this when it closes a connection with 1007. The protocol requires that, so that it is not a fault.
    handler.addFilter(lambda record: not record.getMessage().startswith("Invalid UTF-8 sequence"))
    for name in loggers:
        logging.getLogger(name).addHandler(handler)
    yield faults
    for name in loggers:
        logging.getLogger(name).removeHandler(handler)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with asyncio.Runner() as runner:
        serves = served(API)
        server = runner.run(serves.__aenter__())
        connects = server.connected(ping_interval=None)
        bystander = runner.run(connects.__aenter__())
        assert runner.run(bystander.start("0", ON_BOOK))["type"] == "start_ack"
        with faults_of("local", "asyncio", "uvicorn.error") as faults:
            yield World(runner, server, bystander, faults)
        runner.run(connects.__aexit__(None, None, None))
        runner.run(serves.__aexit__(None, None, None))


def message(**fields: Any) -> str:
    return json.dumps(fields)


def start(id_: Any, data: str = json.dumps({"query": ON_BOOK}), authorization: Any = KEY) -> str:
    return message(type="start", id=id_, payload={"data": data, "extensions": {"authorization": authorization}})


INIT = message(type="connection_init")
queries = st.sampled_from([ON_BOOK, ADD, "{ none }", "subscription { onBook", "subscription { onNothing }", ""]) | nasty
operations = st.fixed_dictionaries(
    {"query": queries}, optional={"variables": json_values, "operationName": json_values}
)
authorizations = st.sampled_from([KEY, KEY, {"x-api-key": "da2-no"}]) | st.dictionaries(nasty, json_values, max_size=3)
ids = st.sampled_from(["1", "2", ""]) | nasty
starts = st.builds(start, ids) | st.builds(start, ids | json_values, operations.map(json.dumps) | nasty, authorizations)
messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["start", "stop", "stop", "connection_init", "ka", "data", "complete"]) | nasty},
    optional={"id": ids | json_values, "payload": json_values},
)
texts = nasty.map(lambda text: text.encode(errors="ignore").decode())  # what a text frame can hold
stops = st.builds(lambda id_: message(type="stop", id=id_), ids)
frames = starts | stops | (messages | json_values).map(json.dumps) | texts | st.binary(max_size=50) | st.just(INIT)


@seed(SEED)
@searched(50, 2000)
@given(sent=st.lists(frames, max_size=12))
@example(sent=[start(str(number)) for number in range(101)])
@example(sent=[start("1"), start("2"), message(type="stop", id="1")])
@example(sent=[start("1"), INIT, INIT, start("1"), message(type="stop", id="never started")])
@example(sent=["[" * 100_000, start("1", "[" * 100_000), start("1", ON_BOOK, [])])
@example(sent=[start("x" * 900_000), start(str(2**70)), message(type="x" * 900_000)])
def test_each_frame_is_answered_and_only_who_subscribed_is_told(world: World, sent: Sequence[str | bytes]) -> None:
    async def converse() -> None:
        async with world.server.client() as client:
            for frame in sent:
                await client.socket.send(frame)
            answers = await answers_up_to_the_probe(client)

            assert len(answers) == sum(not is_init(frame) for frame in sent) + any(map(is_init, sent))
            assert all(is_error(answer) for answer in answers if answer["type"] == "error")
            live = set()
            for answer in answers:
                if answer["type"] == "start_ack":
                    live.add(answer["id"])
                elif answer["type"] == "complete":
                    live.discard(answer["id"])
            await world.server.run(ADD)
            frames = await answers_up_to_the_probe(client)
            assert sorted(answer["id"] for answer in frames) == sorted(live)
            assert (await world.bystander.next())["type"] == "data"
        await world.nobody_else_noticed()

    world.run(converse())


async def answers_up_to_the_probe(client: Client) -> list[dict[str, Any]]:
    """Returns all answers to the messages that were sent before this call."""
    await client.socket.send(message(type="stop", id=PROBE))
    answers: list[dict[str, Any]] = []
    while True:
        answer = await client.next()
        if answer == {"type": "complete", "id": PROBE}:
            return answers
        assert answer["type"] in {"connection_ack", "start_ack", "data", "complete", "error"}
        answers.append(answer)


def is_init(frame: str | bytes) -> bool:
    try:
        return isinstance(frame, str) and bool(json.loads(frame)["type"] == "connection_init")
    except (ValueError, TypeError, LookupError, RecursionError):
        return False


def is_error(answer: Mapping[str, Any]) -> bool:
    errors = answer["payload"]["errors"]
    return bool(errors) and all(isinstance(error["message"], str) for error in errors)


TOO_LARGE = b"\x81\xff" + (2**40).to_bytes(8, "big") + b"mask"  # the head of a text frame of a terabyte
heads = st.tuples(st.integers(0, 255), st.integers(0, 255)).map(bytes)


@seed(SEED)
@searched(50, 2000)
@given(raw=st.lists(heads | st.binary(max_size=20), min_size=1, max_size=8).map(b"".join))
@example(raw=TOO_LARGE)
@example(raw=b"\x81\x02hi")  # a frame without the mask that a client must use
@example(raw=b"\x81\x82\0\0\0\0\xff\xfe")  # a text frame that is not UTF-8
def test_what_is_no_frame_ends_its_own_connection_at_most(world: World, raw: bytes) -> None:
    async def converse() -> None:
        async with world.server.connected() as client:
            await client.start("1", ON_BOOK)
            client.socket.transport.write(raw)
            client.socket.transport.write_eof()
            await client.socket.wait_closed()
        await world.nobody_else_noticed()

    world.run(converse())


def test_a_message_of_more_than_a_megabyte_ends_its_own_connection(world: World) -> None:
    async def converse() -> None:
        async with world.server.connected() as client:
            await client.start("1", ON_BOOK)
            await client.socket.send("x" * (MAXIMUM_FRAME + 1))
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await world.nobody_else_noticed()

    world.run(converse())


encoded = (json_values.map(json.dumps) | nasty).map(lambda text: b64encode(text.encode(errors="replace")).decode())
handshakes = encoded | nasty | st.dictionaries(nasty, json_values).map(json.dumps)


@seed(SEED)
@searched(30, 1000)
@given(header=handshakes)
@example(header=b64encode(b"[" * 5000).decode())
@example(header="x" * 7_970)
@example(header="ä" * 2_000)
def test_any_handshake_is_refused_in_words_and_closed(world: World, header: str) -> None:
    path = f"/graphql?header={quote(header.encode(errors='replace'))}"
    assume(len(path) not in READABLE)

    async def converse() -> None:
        if len(path) >= READABLE.stop:
            await is_too_long_to_read(world, path)
            return
        async with world.server.client(path) as client:
            await client.socket.send(INIT)
            refusal = await client.next()
            assert refusal["type"] == "connection_error"
            assert is_error(refusal)
            with pytest.raises(ConnectionClosed):
                await client.next()

    world.run(converse())


@pytest.mark.parametrize("header", ["x" * 9000, "x" * 200_000])
def test_a_handshake_that_is_too_long_to_read_is_refused(world: World, header: str) -> None:
    world.run(is_too_long_to_read(world, f"/graphql?header={header}"))


async def is_too_long_to_read(world: World, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with world.server.client(path):
            pass
    assert refused.value.response.status_code in {400, 431}  # by the bound of the WebSocket or of HTTP
