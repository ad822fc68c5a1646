"""A network between the product and AWS that fails on demand, before or after a call takes effect."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import urllib3
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from moto.core.models import botocore_stubber
from urllib3.exceptions import ProtocolError

from adapters.items import Item, deserialize

LIVE_UPDATE = "LiveUpdate"


class Fault(StrEnum):
    """The faults of a call. A fault `after` the call took effect only loses the answer."""

    THROTTLE = "throttle"
    TIMEOUT_BEFORE = "timeout before"
    TIMEOUT_AFTER = "timeout after"
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"

    @property
    def is_late(self) -> bool:
        """Whether the call takes effect in spite of the fault."""
        return self.value.endswith("after")


class Crash(BaseException):
    """The Lambda's process ends, so that no exception handler runs."""


@dataclass
class FaultyNetwork:
    """A network whose `fault_of` returns the fault of a call by its API name. It records the calls that took effect."""

    fault_of: Callable[[str], Fault | None] = lambda _: None
    injected: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    written: list[Item] = field(default_factory=list)
    """Each stored task item in order, with which everything else must agree."""
    published: list[Mapping[str, Any]] = field(default_factory=list)
    """The variables of each live update that AppSync accepted."""

    def tasks(self) -> Mapping[str, Item]:
        """Returns the task items that were written last, by id."""
        return {item["TaskId"]: item for item in self.written}

    def aws(self, event_name: str, request: Any, **_: object) -> AWSResponse | None:
        """Replace moto's handler of botocore's `before-send`."""
        call = event_name.rpartition(".")[2]
        fault = self._fault(call)
        if fault is Fault.THROTTLE:
            return _throttled(request.url)
        if fault and not fault.is_late:
            raise _aws_failure(fault, request.url)
        answer = botocore_stubber(event_name, request)
        if answer is None:
            raise AssertionError("moto is not on, and nothing must leave this machine")
        if call == "PutItem" and answer.status_code == 200:
            self.written.append(deserialize(json.loads(request.body)["Item"]))
        if fault:
            raise _aws_failure(fault, request.url)
        return answer

    def request(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str], retries: urllib3.Retry
    ) -> HttpAnswer:
        """Replace urllib3's pool for live updates."""
        fault = self._fault(LIVE_UPDATE)
        if fault is Fault.THROTTLE:
            return HttpAnswer(429, b'{"errors": [{"errorType": "TooManyRequestsException"}]}')
        if fault is None or fault.is_late:
            self.published.append(json.loads(body)["variables"])
        if fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
            raise Crash
        if fault:
            raise ProtocolError(fault)
        return HttpAnswer(200, b'{"data": {}}')

    def _fault(self, call: str) -> Fault | None:
        fault = self.fault_of(call)
        if fault:
            self.injected[call, fault] += 1
        return fault


@dataclass(frozen=True)
class HttpAnswer:
    """The attributes of urllib3's answer that the product reads."""

    status: int
    data: bytes


@contextmanager
def between(network: FaultyNetwork, clients: Sequence[BaseClient]) -> Iterator[None]:
    """Put the network between these clients and moto."""
    aws: Any = network.aws  # botocore's stubs have no type for a handler that answers
    moto: Any = botocore_stubber
    for client in clients:
        client.meta.events.unregister("before-send", moto)
        client.meta.events.register("before-send", aws)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-send", aws)
            client.meta.events.register("before-send", moto)


def _aws_failure(fault: Fault, url: str) -> BaseException:
    if fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
        return Crash()
    if fault is Fault.TIMEOUT_BEFORE:
        return ConnectTimeoutError(endpoint_url=url)
    if fault is Fault.TIMEOUT_AFTER:
        return ReadTimeoutError(endpoint_url=url)
    return ConnectionClosedError(endpoint_url=url)


def _throttled(url: str) -> AWSResponse:
    # Both protocols in use, JSON (DynamoDB) and query (SNS), recognize a throttle by this status.
    return AWSResponse(url, 503, {}, _Body(b""))  # type: ignore[arg-type] # all that is read of it


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._content
