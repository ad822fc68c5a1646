"""Reads the names of deployed resources from the outputs of a stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import boto3
from botocore.exceptions import ClientError


class NotDeployed(Exception):
    """The stack does not exist or lacks an output. The message names what is missing."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The deployed resources that may hold a person's data."""

    table: str
    queue: str
    dead_letters: tuple[str, ...]
    user_pool: str

    @classmethod
    def of(cls, stack_name: str) -> Self:
        """Returns the resources of the stack. Raises NotDeployed, or botocore's ClientError when access is denied."""
        try:
            found = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        except ClientError as fault:
            if (
                fault.response["Error"]["Code"] != "ValidationError"
            ):  # CloudFormation's code for a stack that does not exist
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
