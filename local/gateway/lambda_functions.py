"""Invokes Lambda functions."""

import asyncio
import contextlib
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Literal, Protocol, get_args
from urllib.parse import quote

from local.gateway.aws_api import AwsApi, Refused, Unreachable
from local.gateway.json_text import parse_json

# Maximum concurrent invocations. Further ones wait, whereas Lambda's account limit would throttle them. The embedded
# cloud starts a process for each: starting 64 at once took two busy cores longer than AppSync's 30 seconds.
_CONCURRENT = 16
_TIMEOUT = 35  # seconds; AppSync's own 30 s limit comes first
# MiniStack reports these messages only for a process that did not receive the whole event, so a retry cannot run a
# mutation twice.
_DIED_STARTING = re.compile(
    r"Worker process exited immediately|\[Errno 32\] Broken pipe|\[Errno 2\] .*/ministack-lambda-|'NoneType'.*'stdin'"
)
_STARTS = 5  # attempts to start a process that dies while starting

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


class _DiedStarting(FunctionFailed):
    """The function's process died before it ran the handler.

    MiniStack 1.5 then ends all processes of the function, including those that are starting. While several callers
    retry at once, no process survives; retries that run one at a time succeed. (`services/lambda_svc.py`, at
    "Warm worker execution error".)
    """


class LambdaFunctions:
    """The functions behind a Lambda endpoint."""

    def __init__(self, aws_endpoint: str) -> None:
        self._threads = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="invoke")
        self._one_start = threading.Lock()
        self._lambda = AwsApi("lambda", aws_endpoint, connections=_CONCURRENT, timeout=_TIMEOUT)

    async def invoke(self, function_arn: str, payload: Any, invocation_type: InvocationType = "RequestResponse") -> Any:
        """Returns the function's answer; None, without waiting, for an `Event`. Raises FunctionFailed."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._invoke, function_arn, payload, invocation_type
        )

    def _invoke(self, function_arn: str, payload: Any, invocation_type: InvocationType) -> Any:
        with self._one_start:  # waits while another caller starts a process
            pass
        with contextlib.suppress(_DiedStarting):
            return self._invoke_once(function_arn, payload, invocation_type)
        with self._one_start:
            for _ in range(_STARTS):
                with contextlib.suppress(_DiedStarting):
                    return self._invoke_once(function_arn, payload, invocation_type)
        return self._invoke_once(function_arn, payload, invocation_type)

    def _invoke_once(self, function_arn: str, payload: Any, invocation_type: InvocationType) -> Any:
        path = f"/2015-03-31/functions/{quote(function_arn, safe='')}/invocations"
        headers = {"content-type": "application/json", "x-amz-invocation-type": invocation_type}
        try:
            answer = self._lambda.call("POST", path, json.dumps(payload).encode(), headers)
        except Refused as fault:
            throttled = fault.status == HTTPStatus.TOO_MANY_REQUESTS
            raise FunctionFailed(str(fault), "Lambda:IllegalArgument" if throttled else "Lambda:Unknown") from fault
        except Unreachable as fault:
            raise FunctionFailed(str(fault), "Lambda:Unknown") from fault
        text = answer.data
        if invocation_type == "Event":
            return None
        try:
            result = parse_json(text) if text else None
        except ValueError as fault:
            raise FunctionFailed("The function's answer is not JSON.", "Lambda:IllegalArgument") from fault
        if "x-amz-function-error" in answer.headers:
            raised = result if isinstance(result, dict) else {}
            message = str(raised.get("errorMessage", "Unhandled"))
            failed = _DiedStarting if _DIED_STARTING.search(message) else FunctionFailed
            raise failed(message, str(raised.get("errorType", "Lambda:Unhandled")))
        return result
