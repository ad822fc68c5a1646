"""A client that does not end its request, and clients that only hold connections, keep nobody else out."""

import asyncio
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from appsync_offline.testing.apis import API_KEY, Function, an_api
from appsync_offline.testing.serving import PATIENCE, Server, served
from appsync_offline.web import bounded_http, http

API = an_api("type Query { hello: String }")
BODY = json.dumps({"query": "{ hello }"}).encode()
HEAD = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-api-key: %s\r\n" % API_KEY.encode()
SOON = 0.2  # seconds, in place of 30


async def status(server: Server, request: bytes) -> int | None:
    """Returns the status of the answer to what was sent; None if the connection is closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        line = await reader.readline()
    writer.close()
    return int(line.split()[1]) if line else None


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        pytest.param(b"", None, id="nothing"),
        pytest.param(HEAD + b"x-a: ", 408, id="half a head"),
        pytest.param(HEAD + b"content-length: 100\r\n\r\n{", 408, id="half a body"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n", 408, id="chunks without an end"),
    ],
)
async def test_a_request_that_does_not_end_has_a_time_limit(
    request_: bytes, answer: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_http, "_HEAD_PATIENCE", SOON)
    monkeypatch.setattr(http, "_RECEIVING", SOON)
    async with served(API, Function()) as server:
        assert await status(server, request_) == answer


_START = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
runpy.run_module("appsync_offline", run_name="__main__")
"""


@pytest.fixture
def server_with_256_files() -> Iterator[int]:
    """Yields the port of a gateway that may open 256 files."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    app = Path(__file__).parent / "apps" / "notes"
    options = ("serve", "--cdk-out", str(app), "--api-key", API_KEY, "--port", str(port))
    with subprocess.Popen([sys.executable, "-c", _START, *options], stdout=subprocess.DEVNULL) as gateway:
        yield port
        gateway.terminate()


def answered(port: int) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", b'{"query": "{ note(name: \\"a\\") }"}', {"x-api-key": API_KEY}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bool(json.load(answer) == {"data": {"note": "Hello, a"}})
    except urllib.error.URLError:
        return False


async def test_400_idle_connections_at_256_files_leave_room_for_a_request(server_with_256_files: int) -> None:
    async with asyncio.timeout(6 * PATIENCE):
        while not await asyncio.to_thread(answered, server_with_256_files):  # noqa: ASYNC110 # it sets no event
            await asyncio.sleep(0.05)
    with ExitStack() as clients:
        for _ in range(400):
            clients.enter_context(socket.create_connection(("127.0.0.1", server_with_256_files), PATIENCE))

        assert await asyncio.to_thread(answered, server_with_256_files)
