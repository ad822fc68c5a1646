"""A client of AppSync that signs with the Lambda's own credentials: operations, and one subscription at a time.

The protocol is that of the AppSync Developer Guide, "Building a real-time WebSocket client".
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

TIMEOUT = 10  # seconds for a request, for a connection and for the acknowledgement of a subscription
_HEADERS = {
    "accept": "application/json, text/javascript",
    "content-encoding": "amz-1.0",
    "content-type": "application/json; charset=UTF-8",
}


class Refused(Exception):
    """AppSync answered with errors or did not answer. The message has no more than the types of the errors."""


@dataclass(frozen=True, slots=True)
class AppSync:
    """An API. `realtime_url` is that of its WebSocket endpoint."""

    graphql_url: str
    realtime_url: str
    session: boto3.Session = field(default_factory=boto3.Session)

    def execute(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Returns `data`. Raises Refused."""
        body = json.dumps({"query": query, "variables": variables})
        headers = self._signed(self.graphql_url, body, {"content-type": "application/json"})
        try:
            answer = urllib3.request(
                "POST", self.graphql_url, body=body, headers=headers, timeout=TIMEOUT, retries=False
            )
            content = json.loads(answer.data)
        except (urllib3.exceptions.HTTPError, ValueError) as fault:
            raise Refused(type(fault).__name__) from fault
        if answer.status != 200 or content.get("errors"):
            raise Refused(f"HTTP {answer.status}: {_types(content)}")
        data: dict[str, Any] = content["data"]
        return data

    @contextmanager
    def subscription(self, query: str, variables: Mapping[str, object]) -> Iterator[Subscription]:
        """Yields an acknowledged subscription. Raises Refused."""
        headers = self._signed(f"{self.graphql_url}/connect", "{}", _HEADERS)
        parameters = urlencode({"header": _encoded(headers), "payload": _encoded({})})
        try:
            with connect(
                f"{self.realtime_url}?{parameters}",
                subprotocols=[Subprotocol("graphql-ws")],
                open_timeout=TIMEOUT,
                close_timeout=1,
            ) as socket:
                subscription = Subscription(socket)
                socket.send(json.dumps({"type": "connection_init"}))
                subscription.wait_for("connection_ack", TIMEOUT)
                data = json.dumps({"query": query, "variables": variables})
                authorization = self._signed(self.graphql_url, data, _HEADERS)
                payload = {"data": data, "extensions": {"authorization": authorization}}
                socket.send(json.dumps({"id": "heartbeat", "type": "start", "payload": payload}))
                subscription.wait_for("start_ack", TIMEOUT)
                yield subscription
        except (OSError, TimeoutError, ValueError) as fault:
            raise Refused(type(fault).__name__) from fault

    def _signed(self, url: str, body: str, headers: Mapping[str, str]) -> dict[str, str]:
        credentials = self.session.get_credentials()
        if credentials is None:
            raise Refused("no AWS credentials to sign with")
        request = AWSRequest("POST", url, data=body, headers={**headers, "host": urlsplit(url).netloc})
        SigV4Auth(credentials, "appsync", self.session.region_name).add_auth(request)
        return dict(request.headers.items())


@dataclass(frozen=True, slots=True)
class Subscription:
    """An open subscription."""

    socket: ClientConnection

    def wait_for(self, kind: str, seconds: float) -> dict[str, Any]:
        """Returns the next message of a kind. Raises TimeoutError, or Refused for a message with an error."""
        until = time.monotonic() + seconds
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=max(until - time.monotonic(), 0)))
            if message["type"] == kind:
                return message
            if message["type"] in {"error", "connection_error"}:
                raise Refused(f"{message['type']}: {_types(message.get('payload', {}))}")


def _types(content: Mapping[str, Any]) -> str:
    return ", ".join(str(error.get("errorType")) for error in content.get("errors") or [])


def _encoded(value: Mapping[str, object]) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()
