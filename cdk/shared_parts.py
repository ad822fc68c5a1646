"""The parts of the product's stack that every construct with a Lambda takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from cdk.canary import Canary
from cdk.function import TasksFunction
from cdk.stages import Stage
from cdk.table import TasksTable


@dataclass(frozen=True, slots=True)
class SharedParts:
    """The stage, the code of the Lambdas, the table, and the canary, or None where new code takes over at once."""

    stage: Stage
    code: lambda_.Code
    table: TasksTable
    canary: Canary | None

    def shift(
        self,
        name: str,
        function: TasksFunction,
        failures: Sequence[str],
        *,
        recorded: str,
        handled: str | None = None,
    ) -> None:
        """Let the canary move the function's traffic to new code (`Canary.shift`)."""
        if self.canary:
            self.canary.shift(name, function, failures, recorded=recorded, handled=handled)
