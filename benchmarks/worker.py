"""Runs a Lambda's handlers in a separate interpreter and measures each call (started by benchmarks/lambdas.py).

It reads one JSON line per invocation, {"handler": "module.function", "event": …}, and writes one line with times in
milliseconds. It imports only the standard library and Lambda's packages, so that every other import is the bundle's.
"""

import importlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import IO, Any

import botocore
import urllib3
from botocore.awsrequest import AWSPreparedRequest
from botocore.hooks import BaseEventHooks


class Context:
    """The context that Lambda passes to a handler beside the event."""

    function_name = "benchmark"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:benchmark"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Returns a constant that is large enough for every handler."""
        return 30_000


class Wire:
    """Records outgoing calls, including retries, and the milliseconds between requests and answers.

    Calls may be made in several threads at the same time. Their milliseconds are added up.
    """

    def __init__(self) -> None:
        self.waited = 0.0
        self._calls: list[tuple[str, bytes | str, bytes]] = []
        self._of_thread = threading.local()  # `place` of its latest call, and when it was `sent`

    def reset(self) -> None:
        """Discard the recorded calls."""
        self.waited = 0.0
        self._calls = []

    def watch_aws(self, events: BaseEventHooks) -> None:
        """Record the calls of all clients of the botocore session with this event emitter."""
        events.register("before-send", self._aws_sent)
        events.register("response-received", self._aws_received)

    def watch_live_updates(self) -> None:
        """Record requests made directly with urllib3, such as the processor's to AppSync, but not botocore's."""
        request = urllib3.PoolManager.request

        def watched(pool: Any, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 - passed on
            sent = time.perf_counter()
            answer = request(pool, method, url, **options)
            self.waited += (time.perf_counter() - sent) * 1000
            self._calls.append(("appsync.GraphQL", options["body"], answer.data))
            return answer

        urllib3.PoolManager.request = watched  # type: ignore[method-assign,assignment] # to watch it

    def calls(self) -> list[tuple[str, str, str]]:
        """Returns for each call `service.operation`, the request's body and the answer's body."""
        return [(name, _text(sent), _text(answered)) for name, sent, answered in self._calls]

    def _aws_sent(self, event_name: str, request: AWSPreparedRequest, **_: object) -> None:
        service, operation = event_name.split(".")[1:]
        if not isinstance(request.body, (bytes, str)):
            raise TypeError(f"{event_name} has no body to look at")
        self._of_thread.place = len(self._calls)
        self._calls.append((f"{service}.{operation}", request.body, b""))
        self._of_thread.sent = time.perf_counter()

    def _aws_received(self, response_dict: Mapping[str, bytes] | None, **_: object) -> None:
        self.waited += (time.perf_counter() - self._of_thread.sent) * 1000
        if response_dict is not None:
            place = self._of_thread.place
            name, sent, _nothing = self._calls[place]
            self._calls[place] = (name, sent, response_dict["body"])


def _text(body: bytes | str) -> str:
    return body if isinstance(body, str) else body.decode()


def _size_of(logs: IO[bytes]) -> int:
    sys.stdout.flush()
    return os.fstat(logs.fileno()).st_size


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(name)


def main() -> None:
    """Answer invocations until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    logs = tempfile.TemporaryFile()  # noqa: SIM115 - of the whole process
    os.dup2(logs.fileno(), 1)
    wire = Wire()
    wire.watch_live_updates()
    botocore.register_initializer(lambda session: wire.watch_aws(session.get_component("event_emitter")))
    for line in sys.stdin:
        sent: dict[str, Any] = json.loads(line)
        module, function = sent["handler"].rsplit(".", 1)
        handler = getattr(_module(module), function)
        wire.reset()
        logged = _size_of(logs)
        started = time.perf_counter()
        answer = handler(sent["event"], Context())
        spent = (time.perf_counter() - started) * 1000
        measured = {
            "answer": answer,
            "spent": spent,
            "waited": wire.waited,
            "calls": wire.calls(),
            "logged": _size_of(logs) - logged,
        }
        print(json.dumps(measured), file=answers, flush=True)


if __name__ == "__main__":
    main()
