"""Points a stage's Lambdas at the code before the present one: `python -m cdk.rollback --stage production`.

An operator runs this command with their own credentials (docs/rollback.md, "Roll back by hand"). It changes aliases and
nothing else: the schema, the table and every setting stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cdk.stages import InvalidSetting, stage_named

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS = "live"
_FUNCTION_NAME = "FunctionName"  # the end of the names of the outputs that name a Lambda


class CannotRollBack(Exception):
    """The stage cannot go back. Nothing was changed. The message gives the reason in one sentence."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a Lambda and the digest of its code."""

    number: int
    code: str


@dataclass(frozen=True, slots=True)
class Move:
    """An alias that goes from one version to another."""

    function: str
    before: Version
    after: Version


def main() -> None:
    """Move the aliases of a stage. Exits with a sentence and code 1 if the stage cannot go back."""
    parser = argparse.ArgumentParser(prog="cdk.rollback")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--forward", action="store_true", help="go to the newest versions again")
    options = parser.parse_args()
    try:
        stage = stage_named(options.stage)
        functions = _functions(stage.stack, options.region)
        client = boto3.client("lambda", region_name=options.region)
        moves = plan(functions, client, forward=options.forward)
        for move in moves:
            client.update_alias(FunctionName=move.function, Name=ALIAS, FunctionVersion=str(move.after.number))
            print(f"{move.function}: version {move.before.number} → {move.after.number}")
    except (InvalidSetting, CannotRollBack) as fault:
        sys.exit(str(fault))
    except (BotoCoreError, ClientError) as fault:
        sys.exit(f"AWS refused the rollback: {fault}")
    if not options.forward:
        print("The next deployment needs TRAFFIC_SHIFT=AllAtOnce, or FORWARD=1 before it (docs/rollback.md).")


def plan(functions: Sequence[str], client: LambdaClient, *, forward: bool = False) -> Sequence[Move]:
    """Returns the moves that bring every Lambda to the code before the present one, or to the newest code.

    The Lambdas share a bundle and go to the same one. The moves are in the order of `functions`. Raises CannotRollBack
    if one of the Lambdas has no such version, and botocore's errors.
    """
    moves = [_move(function, client, forward=forward) for function in functions]
    if len({move.after.code for move in moves}) > 1:
        raise CannotRollBack("The Lambdas' earlier code differs: deploy the commit that worked instead.")
    return moves


def _move(function: str, client: LambdaClient, *, forward: bool) -> Move:
    alias = client.get_alias(FunctionName=function, Name=ALIAS)
    if alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
        raise CannotRollBack(f"CodeDeploy is shifting traffic of {function}: stop its deployment instead.")
    if not alias["FunctionVersion"].isdigit():
        raise CannotRollBack(f"{function} runs unpublished code: it has no version to go back to.")
    versions = _versions(function, client)
    present = versions[int(alias["FunctionVersion"])]
    newest = max(versions.values(), key=lambda version: version.number)
    if forward:
        return Move(function, present, newest)
    earlier = [
        version for version in versions.values() if version.number < present.number and version.code != present.code
    ]
    if not earlier:
        raise CannotRollBack(f"{function} has no version with other code before version {present.number}.")
    return Move(function, present, max(earlier, key=lambda version: version.number))


def _versions(function: str, client: LambdaClient) -> Mapping[int, Version]:
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    numbered = (version for page in pages for version in page["Versions"] if version["Version"].isdigit())
    return {int(version["Version"]): Version(int(version["Version"]), version["CodeSha256"]) for version in numbered}


def _functions(stack: str, region: str) -> Sequence[str]:
    """Returns the names of the stack's Lambdas, those that write before those that read."""
    try:
        stacks = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=stack)["Stacks"]
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "ValidationError":  # CloudFormation's code for an unknown stack
            raise
        raise CannotRollBack(f"There is no stack {stack} in this account and in {region}.") from fault
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
    first = (f"Resolver{_FUNCTION_NAME}", f"Relay{_FUNCTION_NAME}")
    names = [*first, *sorted(name for name in outputs if name.endswith(_FUNCTION_NAME) and name.startswith("Consumer"))]
    if missing := [name for name in names if name not in outputs]:
        raise CannotRollBack(f"The stack {stack} has no output {missing[0]}: it is of an older version.")
    return [outputs[name] for name in names]


if __name__ == "__main__":
    main()
