"""Reads what a page needs to know about a deployed stage."""

from collections.abc import Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import CannotRun
from local.settings import stack_of


def outputs(stage: str, region: str) -> Mapping[str, str]:
    """Returns the outputs of the stage's stack by their names. Raises CannotRun if they cannot be read."""
    name = stack_of(stage)
    try:
        stacks = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as fault:
        raise CannotRun(f"The outputs of {name} in {region} cannot be read: {fault}") from fault
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
