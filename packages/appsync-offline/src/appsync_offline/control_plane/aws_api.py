"""Sends signed requests to AWS's HTTP APIs: AppSync's control plane and Lambda's Invoke.

It signs with botocore, and sends with urllib3 or, concurrently, with aiohttp. A botocore client would add 150 ms to the
start and 2 ms of processor time to each call (docs/decisions/0014-the-gateway.md).

The three libraries are imported on first use: an API of templates alone needs none, and they are a third of its start.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from yarl import URL

from appsync_offline.text.json_text import parse_json

_TIMEOUT = 10  # seconds to connect, and to read, in a call that blocks
# What aiohttp would add to every request. The services ignore it, but would have to parse it.
_SUPERFLUOUS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Unreachable(Exception):
    """The endpoint does not answer. The message says why."""


class Refused(Exception):
    """The service refuses a call. Carries its error code, HTTP status and message."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Response:
    """A service's response. The names of headers are case-insensitive."""

    headers: Mapping[str, str]
    body: bytes


class Signer:
    """Signs requests to one AWS service with the access key of the environment variables."""

    def __init__(self, service: str, region: str | None = None) -> None:
        """`region` is that of the environment variables unless it is given."""
        from botocore.auth import SigV4Auth
        from botocore.credentials import Credentials

        credentials = Credentials(
            os.environ.get("AWS_ACCESS_KEY_ID", "test"),
            os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            os.environ.get("AWS_SESSION_TOKEN"),
        )
        region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._signature = SigV4Auth(credentials, service, region)

    def headers(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, str]:
        """Returns the headers of the signed request."""
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method, url, data=body, headers=dict(headers))
        self._signature.add_auth(request)
        return dict(request.headers)


class AwsApi:
    """One AWS service at an endpoint. Calls block the thread."""

    def __init__(self, service: str, endpoint: str) -> None:
        import urllib3

        self._endpoint = endpoint.rstrip("/")
        self._connections = urllib3.PoolManager(retries=False, timeout=_TIMEOUT)
        self._signer = Signer(service)

    def get(self, path: str) -> bytes:
        """Returns the body of the response. `path` includes the query string. Raises Unreachable and Refused."""
        from urllib3.exceptions import HTTPError

        url = self._endpoint + path
        try:
            answer = self._connections.request("GET", url, headers=self._signer.headers("GET", url, None, {}))
        except HTTPError as fault:
            raise Unreachable(f"{self._endpoint} does not answer: {fault}") from fault
        return _accepted(answer.status, Response(answer.headers, answer.data)).body


class ConcurrentAwsApi:
    """One AWS service at an endpoint. Calls run concurrently in the event loop, within this context."""

    def __init__(self, service: str, endpoint: str, *, connections: int, timeout: float) -> None:
        """At most `connections` calls run at once; further calls wait. `timeout` (seconds) bounds a whole call."""
        self._endpoint = endpoint.rstrip("/")
        self._maximum = connections
        self._timeout = timeout
        self._signer = Signer(service)

    async def __aenter__(self) -> Self:
        """Start without a connection."""
        import aiohttp

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._maximum),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            skip_auto_headers=_SUPERFLUOUS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections. Calls that run raise Unreachable."""
        await self._session.close()

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Returns the service's response. Raises Unreachable and Refused."""
        from aiohttp import ClientError

        url = self._endpoint + path
        signed = self._signer.headers("POST", url, body, headers)
        try:
            async with self._session.post(URL(url, encoded=True), data=body, headers=signed) as answer:
                return _accepted(answer.status, Response(answer.headers, await answer.read()))
        except (ClientError, TimeoutError) as fault:
            raise Unreachable(f"{self._endpoint} does not answer: {str(fault) or type(fault).__name__}") from fault


def _accepted(status: int, response: Response) -> Response:
    if status < HTTPStatus.BAD_REQUEST:
        return response
    try:
        said: Any = parse_json(response.body)
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    code = response.headers.get("x-amzn-errortype") or said.get("__type") or said.get("code") or str(status)
    message = said.get("message") or said.get("Message") or "it does not say why"
    raise Refused(str(code).partition(":")[0].rpartition("#")[2], status, str(message))
