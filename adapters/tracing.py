"""Sends subsegments to X-Ray, so that one correlation id finds the traces of a request and of all that follows.

Lambda makes the segment of an invocation and names it in an environment variable. Documents go to the daemon beside the
Lambda by UDP (AWS X-Ray Developer Guide, "Sending segment documents to the X-Ray daemon" and "AWS X-Ray segment
documents"). docs/decisions/0048 says why no library does this. An invocation that is not sampled sends nothing.
"""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Protocol

_DAEMON_HEADER = b'{"format": "json", "version": 1}\n'
_STARTED = "tasks_api_started"  # in botocore's context of a call
_THROTTLED, _CLIENT_ERROR, _SERVER_ERROR = 429, 400, 500

_parent: ContextVar[str | None] = ContextVar("parent", default=None)


class _Events(Protocol):
    """The events of a botocore client."""

    def register(self, event_name: str, handler: Callable[..., Any]) -> None:
        """Call the handler at each event."""


@dataclass(frozen=True, slots=True)
class _Invocation:
    trace_id: str
    segment_id: str


def _sampled_invocation() -> _Invocation | None:
    """Returns the running invocation, or None when it is not traced."""
    parts = dict(part.partition("=")[::2] for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";"))
    if parts.get("Sampled") != "1" or not (parts.get("Root") and parts.get("Parent")):
        return None
    return _Invocation(parts["Root"], parts["Parent"])


@contextmanager
def subsegment(name: str, correlation_id: str | None, *, calls: bool = False) -> Iterator[None]:
    """Time what happens inside, which is found by the annotation `correlation_id`.

    `calls` says that it is a request to another service. An error that leaves it is marked as a fault.
    """
    invocation = _sampled_invocation()
    if invocation is None:
        yield
        return
    own_id, started, fault = token_hex(8), time.time(), True
    outer = _parent.set(own_id)
    try:
        yield
        fault = False
    finally:
        _parent.reset(outer)
        _send(
            invocation,
            name,
            own_id,
            started,
            {
                **({"annotations": {"correlation_id": correlation_id}} if correlation_id else {}),
                **({"namespace": "remote"} if calls else {}),
                **({"fault": True} if fault else {}),
            },
        )


def trace_calls(events: _Events) -> None:
    """Send a subsegment for each call of a botocore client, inside the one that surrounds it."""
    events.register("before-call", _call_begins)
    events.register("after-call", _call_ends)
    events.register("after-call-error", _call_fails)


def _call_begins(context: dict[str, Any], **_: object) -> None:
    context[_STARTED] = time.time()


def _call_ends(context: Mapping[str, Any], model: Any, parsed: Mapping[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore is untyped
    metadata = parsed.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", 0)
    _send_call(
        context,
        model.service_model.service_name,
        {
            "aws": {"operation": model.name, "request_id": metadata.get("RequestId", "")},
            "http": {"response": {"status": status}},
            "throttle": status == _THROTTLED or "Throttl" in parsed.get("Error", {}).get("Code", ""),
            "error": _CLIENT_ERROR <= status < _SERVER_ERROR,
            "fault": status >= _SERVER_ERROR,
        },
    )


def _call_fails(context: Mapping[str, Any], event_name: str, **_: object) -> None:
    # `after-call-error.<service>.<operation>`
    service, operation = event_name.split(".")[1:]
    _send_call(context, service, {"aws": {"operation": operation}, "fault": True})


def _send_call(context: Mapping[str, Any], service: str, about: Mapping[str, Any]) -> None:
    if (invocation := _sampled_invocation()) and _STARTED in context:
        _send(invocation, service, token_hex(8), context[_STARTED], {"namespace": "aws", **about})


def _send(invocation: _Invocation, name: str, own_id: str, started: float, about: Mapping[str, Any]) -> None:
    document = {
        "name": name,
        "id": own_id,
        "trace_id": invocation.trace_id,
        "parent_id": _parent.get() or invocation.segment_id,
        "type": "subsegment",
        "start_time": started,
        "end_time": time.time(),
        **about,
    }
    host, _, port = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000").rpartition(":")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
            daemon.setblocking(False)
            daemon.sendto(_DAEMON_HEADER + json.dumps(document).encode(), (host, int(port)))
    except OSError:
        return  # no request fails because nobody receives its trace
