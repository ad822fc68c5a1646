"""The gateway answers for a Lambda endpoint as AppSync does (error-texts.md)."""

import json
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from appsync_offline.back_ends.lambda_functions import FunctionFailed, LambdaFunctions
from appsync_offline.ministack.invocations import MiniStackInvocations

RAISED = {"x-amz-function-error": "Unhandled"}
ANSWERS: dict[str, tuple[int, dict[str, str], str]] = {
    "answers": (200, {}, '{"title": "Emma"}'),
    "answers-nothing": (200, {}, ""),
    "raises": (200, RAISED, '{"errorType": "BookNotFound", "errorMessage": "no such book"}'),
    "dies": (200, RAISED, '{"errorMessage": "Task timed out after 3.00 seconds"}'),
    "dies-at-work": (200, RAISED, "{\"errorMessage\": \"'NoneType' object has no attribute 'stdout'\"}"),
    "meets-a-broken-pipe": (
        200,
        RAISED,
        '{"errorType": "Runtime.HandlerError", "errorMessage": "[Errno 32] Broken pipe"}',
    ),
    "cannot-load": (200, RAISED, '{"errorType": "RuntimeError", "errorMessage": "Worker init failed: no module"}'),
    "stammers": (200, {}, "{'title'"),
    "is-throttled": (429, {"x-amzn-errortype": "TooManyRequestsException"}, '{"message": "Rate Exceeded."}'),
    "is-not-there": (404, {"x-amzn-errortype": "ResourceNotFoundException"}, '{"message": "Function not found"}'),
}


class LambdaEndpoint(BaseHTTPRequestHandler):
    """Invoke (Lambda API reference). The answer to an `Event` is 202 without a body."""

    invocations: list[tuple[str, Any]]

    def do_POST(self) -> None:
        name = self.path.split("/")[-2]
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.invocations.append((self.headers["x-amz-invocation-type"], body))
        status, headers, answer = ANSWERS[name]
        if self.headers["x-amz-invocation-type"] == "Event":
            status, headers, answer = 202, {}, ""
        self.send_response(status)
        for header, value in {**headers, "content-length": str(len(answer))}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's parameter name
        """Log nothing."""


@pytest.fixture
async def functions() -> AsyncIterator[LambdaFunctions]:
    LambdaEndpoint.invocations = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), LambdaEndpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    async with LambdaFunctions(f"http://127.0.0.1:{server.server_port}") as functions:
        yield functions
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("name", "answer"), [("answers", {"title": "Emma"}), ("answers-nothing", None)])
async def test_an_answer(functions: LambdaFunctions, name: str, answer: Any) -> None:
    assert await functions.invoke(name, {"id": "1"}) == answer
    assert LambdaEndpoint.invocations == [("RequestResponse", {"id": "1"})]


async def test_an_Event_waits_for_no_answer(functions: LambdaFunctions) -> None:
    assert await functions.invoke("answers", {"id": "1"}, "Event") is None
    assert LambdaEndpoint.invocations == [("Event", {"id": "1"})]


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        pytest.param("raises", "BookNotFound", "no such book", id="an exception: its name"),
        pytest.param("dies", "Lambda:Unhandled", "Task timed out", id="no exception of the code's own"),
        pytest.param("stammers", "Lambda:IllegalArgument", "not JSON", id="a bad result"),
        pytest.param("is-throttled", "Lambda:IllegalArgument", "Rate Exceeded", id="throttled"),
        pytest.param("is-not-there", "Lambda:Unknown", "Function not found", id="no such function"),
    ],
)
async def test_a_failure(functions: LambdaFunctions, name: str, error_type: str, message: str) -> None:
    with pytest.raises(FunctionFailed, match=message) as failed:
        await functions.invoke(name, {})

    assert failed.value.error_type == error_type


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("dies-at-work", "stdout", id="its process died"),
        pytest.param("meets-a-broken-pipe", "Broken pipe", id="its handler met what a process that never began meets"),
        pytest.param(
            "cannot-load", "no module", id="its code cannot be loaded, with nothing that could have deleted it"
        ),
    ],
)
async def test_a_function_is_not_invoked_again(functions: LambdaFunctions, name: str, message: str) -> None:
    with pytest.raises(FunctionFailed, match=message):
        await MiniStackInvocations(functions.invoke).invoke(name, {"id": "1"})

    assert LambdaEndpoint.invocations == [("RequestResponse", {"id": "1"})]


async def test_an_endpoint_that_is_away() -> None:
    async with LambdaFunctions("http://127.0.0.1:9") as functions:
        with pytest.raises(FunctionFailed, match=r"^http://127\.0\.0\.1:9 does not answer") as failed:
            await functions.invoke("answers", {})

    assert failed.value.error_type == "Lambda:Unknown"
