"""The names of what a stack deployed, as its outputs tell them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import boto3
from botocore.exceptions import ClientError


class NotDeployed(Exception):
    """There is no such stack, or it lacks an output; the message says which."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The parts of a deployed product that may hold a person's data."""

    table: str
    queue: str
    dead_letters: tuple[str, ...]
    user_pool: str

    @classmethod
    def of(cls, stack_name: str) -> Self:
        """The parts of the stack of this name. Raises NotDeployed, or botocore's ClientError without access."""
        try:
            found = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        except ClientError as fault:
            if (
                fault.response["Error"]["Code"] != "ValidationError"
            ):  # CloudFormation's word for a stack that is not there
                raise
            raise NotDeployed(f"There is no stack {stack_name} in this account and region.") from fault
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found[0].get("Outputs", [])}
        return cls(
            table=_output(outputs, stack_name, "TableName"),
            queue=_output(outputs, stack_name, "QueueUrl"),
            dead_letters=tuple(
                _output(outputs, stack_name, name)
                for name in ("DeadLetterQueueUrl", "UndeliveredQueueUrl", "UnrelayedQueueUrl")
            ),
            user_pool=_output(outputs, stack_name, "UserPoolId"),
        )


def _output(outputs: Mapping[str, str], stack_name: str, name: str) -> str:
    if name not in outputs:
        raise NotDeployed(
            f"The stack {stack_name} has no output {name}: it is not the product's, or of an older version."
        )
    return outputs[name]
