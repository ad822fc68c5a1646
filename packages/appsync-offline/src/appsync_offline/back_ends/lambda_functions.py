"""Invokes Lambda functions."""

import asyncio
import json
import re
from collections import defaultdict
from http import HTTPStatus
from typing import Any, Literal, Protocol, Self, get_args
from urllib.parse import quote

from appsync_offline.back_ends.ministack_processes import Process, Processes, Turn
from appsync_offline.control_plane.aws_api import ConcurrentAwsApi, Refused, Unreachable
from appsync_offline.text.json_text import parse_json

# Maximum concurrent invocations. Further ones wait, whereas Lambda's account limit would throttle them. Each may need a
# process of the embedded cloud: 64 starting at once took two busy cores longer than AppSync's 30 seconds.
_CONCURRENT = 16
_TIMEOUT = 35  # seconds; AppSync's own 30 s limit comes first
_START = 5  # seconds that a process may take to start before the next one starts beside it
_ATTEMPTS = 7  # invocations until one is delivered
# MiniStack names a Python exception of its own only for an event that no process received, so a retry cannot run a
# mutation twice. It reports a handler's exception, whichever it is, as `Runtime.HandlerError`.
_NOT_DELIVERED = re.compile(
    r"RuntimeError: Worker process exited immediately|BrokenPipeError: \[Errno 32\]"
    r"|FileNotFoundError: \[Errno 2\] .*/ministack-lambda-|AttributeError: 'NoneType'"
)
_NOT_LOADED = re.compile(r"RuntimeError: Worker init failed")
_DIED = re.compile(r"Runtime\.HandlerError: (Worker process died|Worker returned no response|'NoneType'|\[Errno 32\])")

InvocationType = Literal["RequestResponse", "Event"]
INVOCATION_TYPES: tuple[InvocationType, ...] = get_args(InvocationType)


class Invoke(Protocol):
    """Invokes Lambda functions."""

    async def __call__(
        self, function_arn: str, payload: Any, invocation_type: InvocationType = "RequestResponse"
    ) -> Any:
        """Returns the function's answer; None, without waiting, for an `Event`. Raises FunctionFailed."""


class FunctionFailed(Exception):
    """A function raised, or could not be invoked.

    `error_type` is the name of the function's exception; otherwise AppSync's own type, which begins with `Lambda:`.
    """

    def __init__(self, message: str, error_type: str) -> None:
        super().__init__(message)
        self.message = message
        self.error_type = error_type


class _ProcessDied(FunctionFailed):
    """The function's process died. It may have run the handler."""


class _NotDelivered(_ProcessDied):
    """The function's process died before it received the event."""


class _NotLoaded(_NotDelivered):
    """The function's process could not load the code: MiniStack deleted it meanwhile, or the code itself fails."""


class LambdaFunctions:
    """The functions behind a Lambda endpoint, which can be invoked within this context."""

    def __init__(self, aws_endpoint: str, *, start_patience: float = _START) -> None:
        """`start_patience` is how many seconds a function's process may take to start before the next one starts."""
        self._processes = defaultdict[str, Processes](
            lambda: Processes(at_most=_CONCURRENT, patience=start_patience),
        )
        self._lambda = ConcurrentAwsApi("lambda", aws_endpoint, connections=_CONCURRENT, timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Start without a connection."""
        await self._lambda.__aenter__()
        return self

    async def __aexit__(self, *ended: object) -> None:
        """End all connections. Invocations that run raise FunctionFailed."""
        await self._lambda.__aexit__(*ended)

    async def invoke(self, function_arn: str, payload: Any, invocation_type: InvocationType = "RequestResponse") -> Any:
        """Returns the function's answer; None, without waiting, for an `Event`. Raises FunctionFailed."""
        if invocation_type == "Event":
            return await self._invoke(function_arn, payload, invocation_type)
        attempts = _ATTEMPTS
        while True:
            turn = await self._processes[function_arn].turn()
            attempts -= 1
            try:
                return await self._invoke_in(turn, function_arn, payload)
            except _NotDelivered as fault:
                # Nothing deletes the code of a process that starts alone: the code itself fails.
                fails_for_good = isinstance(fault, _NotLoaded) and turn.alone
                if fails_for_good or not attempts:
                    raise

    async def _invoke_in(self, turn: Turn, function_arn: str, payload: Any) -> Any:
        """Returns the function's answer. The turn ends with the invocation, which its caller's leaving does not end."""
        processes = self._processes[function_arn]
        invocation = asyncio.create_task(self._invoke(function_arn, payload, "RequestResponse"))
        invocation.add_done_callback(lambda ended: processes.end(turn, _process_after(ended)))
        return await asyncio.shield(invocation)

    async def _invoke(self, function_arn: str, payload: Any, invocation_type: InvocationType) -> Any:
        path = f"/2015-03-31/functions/{quote(function_arn, safe='')}/invocations"
        headers = {"content-type": "application/json", "x-amz-invocation-type": invocation_type}
        try:
            answer = await self._lambda.post(path, json.dumps(payload).encode(), headers)
        except Refused as fault:
            throttled = fault.status == HTTPStatus.TOO_MANY_REQUESTS
            raise FunctionFailed(str(fault), "Lambda:IllegalArgument" if throttled else "Lambda:Unknown") from fault
        except Unreachable as fault:
            raise FunctionFailed(str(fault), "Lambda:Unknown") from fault
        text = answer.body
        if invocation_type == "Event":
            return None
        try:
            result = parse_json(text) if text else None
        except ValueError as fault:
            raise FunctionFailed("The function's answer is not JSON.", "Lambda:IllegalArgument") from fault
        if "x-amz-function-error" in answer.headers:
            raised = result if isinstance(result, dict) else {}
            message = str(raised.get("errorMessage", "Unhandled"))
            error_type = str(raised.get("errorType", "Lambda:Unhandled"))
            raise _failed(f"{error_type}: {message}")(message, error_type)
        return result


def _failed(said: str) -> type[FunctionFailed]:
    kinds = {_NOT_LOADED: _NotLoaded, _NOT_DELIVERED: _NotDelivered, _DIED: _ProcessDied}
    return next((kind for pattern, kind in kinds.items() if pattern.match(said)), FunctionFailed)


def _process_after(invocation: asyncio.Task[Any]) -> Process:
    if invocation.cancelled():
        return Process.UNKNOWN
    fault = invocation.exception()
    if fault is None:
        return Process.UP
    if isinstance(fault, _NotDelivered):
        return Process.ALL_DIED
    return Process.DIED if isinstance(fault, _ProcessDied) else Process.UNKNOWN
