"""The gateway limits concurrent invocations and repeats those whose process did not start."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.gateway.lambda_functions import LambdaFunctions

AT_A_TIME = 16


class Crowded:
    """Invocations that run for a second, or until more of them run at a time than the limit allows."""

    def __init__(self) -> None:
        self._more = threading.Barrier(AT_A_TIME + 1)
        self.had_more = False

    def __call__(self) -> bool:
        with contextlib.suppress(threading.BrokenBarrierError):
            self._more.wait(1)
            self.had_more = True
        return True


class Starting:
    """Processes that die when they start at the same time, as in MiniStack 1.5. A started process keeps running."""

    def __init__(self) -> None:
        self._starting = 0
        self._started = False
        self._lock = threading.Lock()
        self._another = threading.Event()
        self.died = 0

    def __call__(self) -> bool:
        with self._lock:
            if self._started:
                return True
            self._starting += 1
            if self._starting > 1:
                self._another.set()
        is_alone = not self._another.wait(0.2)
        with self._lock:
            self._starting -= 1
            if self._starting == 0:
                self._another.clear()
            self._started |= is_alone
            self.died += not is_alone
        return is_alone


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], bool]], str]]:
    """Yields a function that serves a Lambda endpoint and returns its address.

    The function's argument tells whether the process of an invocation started.
    """
    gets_up: list[Callable[[], bool]] = []

    class Invocation(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            answer, headers = b'"done"', {}
            if not gets_up[0]():
                answer = b'{"errorType": "RuntimeError", "errorMessage": "Worker process exited immediately. stderr: "}'
                headers = {"x-amz-function-error": "Unhandled"}
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with Server(("127.0.0.1", 0), Invocation) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def address(invocation: Callable[[], bool]) -> str:
            gets_up.append(invocation)
            return f"http://127.0.0.1:{server.server_port}"

        yield address
        server.shutdown()


async def test_more_invocations_than_run_at_a_time_wait_their_turn(serve: Callable[[Crowded], str]) -> None:
    crowded = Crowded()
    functions = LambdaFunctions(serve(crowded))

    answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(64)))

    assert answers == ["done"] * 64
    assert not crowded.had_more


async def test_processes_that_die_when_several_start_get_up_one_at_a_time(
    serve: Callable[[Starting], str],
) -> None:
    starting = Starting()
    functions = LambdaFunctions(serve(starting))

    answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(32)))

    assert answers == ["done"] * 32
    assert starting.died > 0
