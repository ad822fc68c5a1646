"""The gateway limits concurrent invocations in MiniStack and repeats those whose process did not start."""

import asyncio
import contextlib
import itertools
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from appsync_offline.back_ends.lambda_functions import LambdaFunctions
from appsync_offline.ministack.invocations import MiniStackInvocations

AT_A_TIME = 16
LONG = 60  # seconds: longer than any test


@contextlib.asynccontextmanager
async def invocations(address: str, *, start_patience: float) -> AsyncIterator[MiniStackInvocations]:
    async with LambdaFunctions(address) as functions:
        yield MiniStackInvocations(functions.invoke, start_patience=start_patience)


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


class Idle:
    """Processes that have come up, and then, once `killed` is set, are dead without anyone's notice."""

    def __init__(self) -> None:
        self.together = threading.Barrier(1)
        self.killed: Starting | None = None

    def __call__(self) -> bool:
        if self.killed:
            return self.killed()
        self.together.wait(LONG)
        return True


class LosingItsCode:
    """Two invocations run together and cannot load the code, as after the death of a third; later ones can."""

    def __init__(self) -> None:
        self._together = threading.Barrier(2)
        self._calls = itertools.count()

    def __call__(self) -> bool | str:
        if next(self._calls) >= 2:
            return True
        self._together.wait(LONG)
        return "Worker init failed: No module named 'resolvers'"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], bool | str]], str]]:
    """Yields a function that serves a Lambda endpoint and returns its address.

    The function's argument tells whether the process of an invocation started.
    """
    gets_up: list[Callable[[], bool | str]] = []

    class Invocation(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            answer, headers = b'"done"', {}
            is_up = gets_up[0]()
            if is_up is not True:
                message = is_up or "Worker process exited immediately. stderr: "
                answer = json.dumps({"errorType": "RuntimeError", "errorMessage": message}).encode()
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

        def address(invocation: Callable[[], bool | str]) -> str:
            gets_up.append(invocation)
            return f"http://127.0.0.1:{server.server_port}"

        yield address
        server.shutdown()


async def test_more_invocations_than_run_at_a_time_wait_their_turn(serve: Callable[[Crowded], str]) -> None:
    crowded = Crowded()
    async with invocations(serve(crowded), start_patience=0) as functions:
        answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(64)))

        assert answers == ["done"] * 64
        assert not crowded.had_more


async def test_processes_start_one_at_a_time(serve: Callable[[Starting], str]) -> None:
    starting = Starting()
    async with invocations(serve(starting), start_patience=LONG) as functions:
        answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(32)))

        assert answers == ["done"] * 32
        assert starting.died == 0


async def test_processes_that_die_when_several_start_get_up_one_at_a_time(serve: Callable[[Idle], str]) -> None:
    idle = Idle()
    async with invocations(serve(idle), start_patience=LONG) as functions:
        for up in range(1, AT_A_TIME + 1):
            idle.together = threading.Barrier(up)
            await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(up)))
        idle.killed = Starting()

        answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(32)))

        assert answers == ["done"] * 32
        assert idle.killed.died > 0


async def test_a_start_that_takes_long_does_not_hold_up_the_next(serve: Callable[[Callable[[], bool]], str]) -> None:
    both = threading.Barrier(2)

    def waits_for_another() -> bool:
        both.wait(LONG)
        return True

    async with invocations(serve(waits_for_another), start_patience=0.1) as functions:
        assert await asyncio.gather(*(functions.invoke("resolver", {}) for _ in range(2))) == ["done"] * 2


class Held:
    """Invocations that run until the test lets them go on."""

    def __init__(self) -> None:
        self.invoked = threading.Semaphore(0)
        self.goes_on = threading.Event()

    def __call__(self) -> bool:
        self.invoked.release()
        return self.goes_on.wait(LONG)

    async def one_more(self, *, within: float = LONG) -> bool:
        """Returns whether one more invocation has begun `within` seconds."""
        return await asyncio.to_thread(self.invoked.acquire, timeout=within)


async def test_a_caller_that_has_left_while_it_waited_is_not_invoked(serve: Callable[[Held], str]) -> None:
    held = Held()
    async with invocations(serve(held), start_patience=LONG) as functions:
        first, impatient = (
            asyncio.create_task(functions.invoke("resolver", {"number": number})) for number in range(2)
        )
        assert await held.one_more()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        held.goes_on.set()

        assert [await first, await functions.invoke("resolver", {"number": 2})] == ["done"] * 2
        assert await held.one_more(within=0)
        assert not await held.one_more(within=0)


async def test_a_caller_that_leaves_during_its_invocation_keeps_its_process_busy(
    serve: Callable[[Held], str],
) -> None:
    """The next caller starts a process of its own; it would otherwise be counted on a process that is not free."""
    held = Held()
    async with invocations(serve(held), start_patience=LONG) as functions:
        impatient = asyncio.create_task(functions.invoke("resolver", {}))
        assert await held.one_more()
        impatient.cancel()
        next_ = asyncio.create_task(functions.invoke("resolver", {}))
        await asyncio.wait([impatient])

        assert not await held.one_more(within=0.2)
        held.goes_on.set()
        assert await next_ == "done"


async def test_processes_whose_code_the_death_of_another_deleted_get_a_second_chance(
    serve: Callable[[LosingItsCode], str],
) -> None:
    async with invocations(serve(LosingItsCode()), start_patience=0) as functions:
        answers = await asyncio.gather(*(functions.invoke("resolver", {"number": number}) for number in range(2)))

        assert answers == ["done"] * 2
