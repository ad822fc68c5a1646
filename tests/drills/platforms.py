"""What a drill needs of the place where it happens."""

from collections.abc import Mapping
from typing import Any, Protocol

from operations.deployed import Deployed

Fields = Mapping[str, Any]


class Platform(Protocol):
    """The product as its callers, its operators and its cloud see it."""

    dynamodb: Any
    sqs: Any
    sns: Any
    deployed: Deployed

    def mutate(self, field: str, arguments: Fields) -> Fields:
        """Returns the changed task's `id` and `createdAt`."""

    def operate(self, command: str, *arguments: str) -> tuple[int, str]:
        """Run an operators' command. Returns its exit code and its output."""

    def reads(self, function: str, *, enabled: bool) -> None:
        """Stop or start the event source mapping of `relay` or `processor`."""

    def kill_workers(self) -> None:
        """Kill the processes that run Lambdas."""

    def advance(self) -> None:
        """Let the event path do what it does by itself."""

    def logs(self) -> str:
        """Returns what the Lambdas logged."""
