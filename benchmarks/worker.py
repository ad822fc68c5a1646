"""Runs a Lambda's handlers in an interpreter of its own and measures each call (started by benchmarks/lambdas.py).

Reads one JSON line per invocation, {"handler": "module.function", "event": …}, and answers one, with times in
milliseconds. Standard library and Lambda's own boto3 only: whatever else is imported is the bundle's.
"""

import importlib
import json
import os
import sys
import time
from collections import Counter
from functools import cache
from types import ModuleType
from typing import Any

import botocore
from botocore.session import Session


class Context:
    """What Lambda hands a handler beside the event."""

    function_name = "benchmark"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:benchmark"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Plenty."""
        return 10_000


class Wire:
    """AWS calls by name, retries counted too, and the milliseconds between request and answer."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.waited = 0.0
        self._sent = 0.0

    def listen(self, session: Session) -> None:
        """Hear of every call that a session's clients make."""
        session.register("before-send", self.sent)
        session.register("response-received", self.received)

    def sent(self, **about: Any) -> None:  # noqa: ANN401 - as botocore types its events
        """botocore's before-send: the request is signed and about to go."""
        service, operation = about["event_name"].split(".")[1:]
        self.calls[f"{service}.{operation}"] += 1
        self._sent = time.perf_counter()

    def received(self, **_: object) -> None:
        """botocore's response-received."""
        self.waited += (time.perf_counter() - self._sent) * 1000


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(name)


def main() -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the handlers' logs
    wire = Wire()
    botocore.register_initializer(wire.listen)
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        module, function = asked["handler"].rsplit(".", 1)
        handler = getattr(_module(module), function)
        wire.calls.clear()
        wire.waited = 0.0
        started = time.perf_counter()
        answer = handler(asked["event"], Context())
        spent = (time.perf_counter() - started) * 1000
        measured = {"answer": answer, "spent": spent, "waited": wire.waited, "calls": dict(wire.calls)}
        print(json.dumps(measured), file=answers, flush=True)


if __name__ == "__main__":
    main()
