"""The head of a request is bounded, whichever part of it is large and however slowly it arrives."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from appsync_offline.testing.apis import API_KEY, Function, an_api
from appsync_offline.testing.serving import PATIENCE, Server, served

KIB = 1024
START = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-key: " + API_KEY.encode() + b"\r\n"
BODY = b'{"query": "{ hello }"}'
END = b"content-length: %d\r\n\r\n%s" % (len(BODY), BODY)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with served(an_api("type Query { hello: String }"), Function()) as server:
        yield server


async def status(server: Server, *chunks: bytes) -> int:
    """Returns the status of the first answer to a request that is sent in these chunks."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])


def headers(count: int, size: int) -> bytes:
    return b"".join(b"x-%04d: %s\r\n" % (number, b"x" * (size - 6)) for number in range(count))


async def test_a_head_within_the_bounds_is_taken(server: Server) -> None:
    assert await status(server, START + headers(1, 16 * KIB) + END) == 200
    assert await status(server, START + headers(60, KIB) + END) == 200


async def test_a_large_body_is_no_large_head(server: Server) -> None:
    body = b'{"query": "{ hello }", "more": "%s"}' % (b"x" * 200 * KIB)

    assert await status(server, START + b"content-length: %d\r\n\r\n%s" % (len(body), body)) == 200


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(START + headers(1, 16 * KIB + 1) + END, id="one header of more than 16 KiB"),
        pytest.param(START + headers(65, KIB) + END, id="more than 64 KiB together"),
        pytest.param(START + headers(20_000, 10) + END, id="many short ones"),
        pytest.param(b"GET /" + b"x" * 70 * KIB + b" HTTP/1.1\r\nhost: localhost\r\n\r\n", id="a long address"),
        pytest.param(START + b"x" * 70 * KIB + b": y\r\n" + END, id="a long name"),
    ],
)
@pytest.mark.parametrize("piece", [1_000_000, 8 * KIB])
async def test_a_head_beyond_the_bounds_gets_431(server: Server, head: bytes, piece: int) -> None:
    chunks = [head[start : start + piece] for start in range(0, len(head), piece)]

    assert await status(server, *chunks) == 431


async def test_the_second_request_of_a_connection_has_bounds_of_its_own(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    statuses = []
    for head in (headers(50, KIB), headers(50, KIB), headers(65, KIB)):
        writer.write(START + head + END)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"\r\n\r\n")
            statuses.append(int(answer.split()[1]))
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
    writer.close()

    assert statuses == [200, 200, 431]


async def test_a_header_without_end_is_not_kept(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    tracemalloc.start()
    writer.write(START + b"x-endless: ")
    for _ in range(2_000):
        writer.write(b"x" * 16 * KIB)  # 32 MiB
        try:
            await writer.drain()
        except ConnectionError:
            break
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    writer.close()

    assert b" 431 " in await reader.readline()
    assert most < 8 * KIB * KIB
