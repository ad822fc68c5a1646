"""Runs the board from its sources: `python -m local.board.serve --stage STAGE`, against a deployed stage or `local`."""

import argparse
import json
import os
import sys
from collections.abc import Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.board import sources
from local.board.build import configuration
from local.description import StackDescription
from local.errors import CannotRun
from local.settings import Settings, stack_of


def main() -> None:
    """Serve until interrupted, and show edits at once. If the board cannot run, print why and exit with code 1."""
    parser = argparse.ArgumentParser(prog="local.board.serve")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", default="us-east-1")
    options = parser.parse_args()
    try:
        config = _local() if options.stage == "local" else deployed(options.stage, options.region)
        sources.install()
    except CannotRun as fault:
        sys.exit(str(fault))
    print(f"The board runs against stage {options.stage}. Ctrl-C stops it.", flush=True)
    os.chdir(sources.FOLDER)
    os.execvpe("npm", ["npm", "run", "dev"], {**os.environ, "BOARD_CONFIG": json.dumps(config)})  # noqa: S606


def _local() -> Mapping[str, object]:
    try:
        stack = StackDescription.read(Settings.from_environment().stack_file)
    except FileNotFoundError as fault:
        raise CannotRun("No local stack is running: `make up` starts one.") from fault
    return configuration(stack, stack.graphql_url)


def deployed(stage: str, region: str) -> Mapping[str, object]:
    """Returns the configuration from the outputs of the stage's stack. Raises CannotRun if they cannot be read."""
    name = stack_of(stage)
    try:
        stacks = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=name)["Stacks"]
    except (BotoCoreError, ClientError) as fault:
        raise CannotRun(f"The outputs of {name} in {region} cannot be read: {fault}") from fault
    outputs = {output.get("OutputKey"): output.get("OutputValue") for output in stacks[0].get("Outputs", [])}
    return {
        "graphqlUrl": outputs["GraphqlUrl"],
        "region": region,
        "userPoolId": outputs["UserPoolId"],
        "userPoolClientId": outputs["UserPoolClientId"],
    }


if __name__ == "__main__":
    main()
