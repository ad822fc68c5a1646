"""Invokes Lambda functions."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_CONCURRENT = 64  # invocations; more wait their turn
_TIMEOUT = 35  # seconds; AppSync's own 30 s limit comes first

Invoke = Callable[[str, Any], Awaitable[Any]]
"""(function ARN, payload) → what the function answered. Raises FunctionFailed."""


class FunctionFailed(Exception):
    """A function raised, or could not be invoked. `error_type` is the exception's name where it raised."""

    def __init__(self, message: str, error_type: str) -> None:
        super().__init__(message)
        self.message = message
        self.error_type = error_type


class LambdaFunctions:
    """The functions behind a Lambda endpoint."""

    def __init__(self, aws_endpoint: str) -> None:
        self._threads = ThreadPoolExecutor(_CONCURRENT, thread_name_prefix="invoke")
        self._client: LambdaClient = boto3.client(
            "lambda",
            endpoint_url=aws_endpoint,
            config=Config(read_timeout=_TIMEOUT, retries={"total_max_attempts": 1}, max_pool_connections=_CONCURRENT),
        )

    async def invoke(self, function_arn: str, payload: Any) -> Any:
        """What the function answers to the payload. Raises FunctionFailed."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._invoke, function_arn, payload)

    def _invoke(self, function_arn: str, payload: Any) -> Any:
        try:
            answer = self._client.invoke(FunctionName=function_arn, Payload=json.dumps(payload).encode())
            text = answer["Payload"].read()
        except (BotoCoreError, ClientError) as fault:
            raise FunctionFailed(str(fault), "Lambda:Unknown") from fault
        result = json.loads(text) if text else None
        if answer.get("FunctionError"):
            fault_ = result if isinstance(result, dict) else {}
            raise FunctionFailed(fault_.get("errorMessage", "Unhandled"), fault_.get("errorType", "Unhandled"))
        return result
