"""Runs the Lambdas of one version of the product in a process of their own, for tests/trust/test_versions.py.

The working folder is the version's copy of the repository. Each line of the input is a call, `{"role", "event"}`, and
each line of the output its `{"answer"}` or the `{"fault"}` that the handler raised.
"""

import json
import os
import sys
from dataclasses import dataclass
from importlib import import_module

ROLES = {
    "resolver": "resolvers.handler",
    "relay": "processor.relay_handler",
    "processor": "processor.consumer_handler",
}


@dataclass(frozen=True)
class Context:
    """What the handlers read of a Lambda context."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds that an invocation has left."""
        return 30_000


def main() -> None:
    """Answer calls until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the Lambdas print logs and metrics
    handlers = {role: import_module(module).handler for role, module in ROLES.items()}
    for line in sys.stdin:
        call = json.loads(line)
        try:
            outcome = {"answer": handlers[call["role"]](call["event"], Context())}
        except Exception as fault:  # noqa: BLE001 - as Lambda does, whatever it was
            outcome = {"fault": f"{type(fault).__name__}: {fault}"}
        print(json.dumps(outcome), file=answers, flush=True)


if __name__ == "__main__":
    main()
