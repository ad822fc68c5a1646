"""Sends signed requests to AWS's HTTP APIs: AppSync's control plane and Lambda's Invoke.

It signs with botocore and sends with urllib3. A botocore client would add 150 ms to the start and 2 ms of processor
time to each call (docs/decisions/0014-the-gateways-speed.md).
"""

import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.gateway.json_text import parse_json


class Unreachable(Exception):
    """The endpoint does not answer. The message says why."""


class Refused(Exception):
    """The service refuses a call. Carries its error code, HTTP status and message."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


class AwsApi:
    """One AWS service at an endpoint. Calls are signed with the access key of the environment variables."""

    def __init__(self, service: str, endpoint: str, *, connections: int = 1, timeout: float = 10) -> None:
        """At most `connections` calls run at once; further calls wait. `timeout` (seconds) bounds connect and read."""
        self._endpoint = endpoint.rstrip("/")
        self._connections = urllib3.PoolManager(
            maxsize=connections, block=True, retries=False, timeout=urllib3.Timeout(connect=timeout, read=timeout)
        )
        credentials = Credentials(
            os.environ.get("AWS_ACCESS_KEY_ID", "test"),
            os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            os.environ.get("AWS_SESSION_TOKEN"),
        )
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._signer = SigV4Auth(credentials, service, region)

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Returns the service's response. `path` includes the query string. Raises Unreachable and Refused."""
        url = self._endpoint + path
        request = AWSRequest(method, url, data=body, headers=dict(headers or {}))
        self._signer.add_auth(request)
        try:
            answer = self._connections.request(method, url, body=body, headers=dict(request.headers))
        except urllib3.exceptions.HTTPError as fault:
            raise Unreachable(f"{self._endpoint} does not answer: {fault}") from fault
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refused(answer)
        return answer


def _refused(answer: urllib3.BaseHTTPResponse) -> Refused:
    try:
        said: Any = parse_json(answer.data)
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    code = answer.headers.get("x-amzn-errortype") or said.get("__type") or said.get("code") or str(answer.status)
    message = said.get("message") or said.get("Message") or "it does not say why"
    return Refused(str(code).partition(":")[0].rpartition("#")[2], answer.status, str(message))
