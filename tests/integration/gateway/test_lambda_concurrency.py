"""Many invocations at once."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.gateway.lambda_functions import LambdaFunctions

AT_A_TIME = 16


class Endpoint:
    """A Lambda endpoint. Its functions run on for a second, or until more of them run than may at a time."""

    def __init__(self) -> None:
        self._more = threading.Barrier(AT_A_TIME + 1)
        self.had_more = False

    def invoke(self) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            self._more.wait(1)
            self.had_more = True


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Endpoint, str]]:
    endpoint = Endpoint()

    class Invocation(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            endpoint.invoke()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'"done"')

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with Server(("127.0.0.1", 0), Invocation) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield endpoint, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_more_invocations_than_run_at_a_time_wait_their_turn(endpoint: tuple[Endpoint, str]) -> None:
    lambda_, url = endpoint
    functions = LambdaFunctions(url)

    answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(64)))

    assert answers == ["done"] * 64
    assert not lambda_.had_more
