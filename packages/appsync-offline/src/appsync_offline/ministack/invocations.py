"""Paces invocations of MiniStack's Lambda functions, and repeats those that no process received."""

import asyncio
import re
from collections import defaultdict
from typing import Any

from appsync_offline.back_ends.lambda_functions import CONCURRENT, FunctionFailed, InvocationType, Invoke
from appsync_offline.ministack.processes import Process, Processes, Turn

_START = 5  # seconds that a process may take to start before the next one starts beside it
_ATTEMPTS = 7  # invocations until one is delivered
# MiniStack names a Python exception of its own only for an event that no process received, so a retry cannot run a
# mutation twice. It reports a handler's exception, whichever it is, as `Runtime.HandlerError`.
_NOT_DELIVERED = re.compile(
    r"RuntimeError: Worker process exited immediately|BrokenPipeError: \[Errno 32\]"
    r"|FileNotFoundError: \[Errno 2\] .*/ministack-lambda-|AttributeError: 'NoneType'"
)
# The process could not load the code: MiniStack deleted it meanwhile, or the code itself fails.
_NOT_LOADED = re.compile(r"RuntimeError: Worker init failed")
_DIED = re.compile(r"Runtime\.HandlerError: (Worker process died|Worker returned no response|'NoneType'|\[Errno 32\])")


class MiniStackInvocations:
    """Invocations of MiniStack's functions: their processes start one at a time."""

    def __init__(self, invoke: Invoke, *, start_patience: float = _START) -> None:
        """`start_patience` is how many seconds a function's process may take to start before the next one starts."""
        self._invoke = invoke
        self._processes = defaultdict[str, Processes](
            lambda: Processes(at_most=CONCURRENT, patience=start_patience),
        )

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
            except FunctionFailed as fault:
                # Nothing deletes the code of a process that starts alone: the code itself fails.
                fails_for_good = _matches(_NOT_LOADED, fault) and turn.alone
                if fails_for_good or not attempts or _process_of(fault) is not Process.ALL_DIED:
                    raise

    async def _invoke_in(self, turn: Turn, function_arn: str, payload: Any) -> Any:
        """Returns the function's answer. The turn ends with the invocation, which its caller's leaving does not end."""
        processes = self._processes[function_arn]
        invocation = asyncio.create_task(self._invoke(function_arn, payload, "RequestResponse"))
        invocation.add_done_callback(lambda ended: processes.end(turn, _process_after(ended)))
        return await asyncio.shield(invocation)


def _process_after(invocation: asyncio.Task[Any]) -> Process:
    if invocation.cancelled():
        return Process.UNKNOWN
    fault = invocation.exception()
    if fault is None:
        return Process.UP
    return _process_of(fault) if isinstance(fault, FunctionFailed) else Process.UNKNOWN


def _process_of(fault: FunctionFailed) -> Process:
    if _matches(_NOT_LOADED, fault) or _matches(_NOT_DELIVERED, fault):
        return Process.ALL_DIED
    return Process.DIED if _matches(_DIED, fault) else Process.UNKNOWN


def _matches(pattern: re.Pattern[str], fault: FunctionFailed) -> bool:
    return bool(pattern.match(f"{fault.error_type}: {fault.message}"))
