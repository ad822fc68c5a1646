"""Invokes Lambda functions."""

import json
from http import HTTPStatus
from typing import Any, Literal, Protocol, Self, get_args
from urllib.parse import quote

from appsync_offline.control_plane.aws_api import ConcurrentAwsApi, Refused, Unreachable
from appsync_offline.text.json_text import parse_json

# Concurrent invocations. Further ones wait, whereas Lambda's account limit would throttle them. Each may need a process
# of an emulator on this machine: 64 that start at once took two busy cores longer than AppSync's 30 seconds.
CONCURRENT = 16
_TIMEOUT = 35  # seconds; AppSync's own 30 s limit comes first

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


class LambdaFunctions:
    """The functions behind a Lambda endpoint, which can be invoked within this context."""

    def __init__(self, aws_endpoint: str) -> None:
        self._lambda = ConcurrentAwsApi("lambda", aws_endpoint, connections=CONCURRENT, timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Start without a connection."""
        await self._lambda.__aenter__()
        return self

    async def __aexit__(self, *ended: object) -> None:
        """End all connections. Invocations that run raise FunctionFailed."""
        await self._lambda.__aexit__(*ended)

    async def invoke(self, function_arn: str, payload: Any, invocation_type: InvocationType = "RequestResponse") -> Any:
        """Returns the function's answer; None, without waiting, for an `Event`. Raises FunctionFailed."""
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
            raise FunctionFailed(message, error_type)
        return result
