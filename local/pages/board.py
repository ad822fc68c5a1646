"""Runs the board from its sources: `python -m local.pages.board --stage STAGE`, against a deployed stage or `local`."""

import argparse
import json
import os
import sys
from collections.abc import Mapping

from local.description import StackDescription
from local.errors import CannotRun
from local.pages.application import BOARD
from local.pages.deployed import outputs
from local.settings import Settings


def main() -> None:
    """Serve until interrupted, and show edits at once. If the board cannot run, print why and exit with code 1."""
    parser = argparse.ArgumentParser(prog="local.pages.board")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--region", default="us-east-1")
    options = parser.parse_args()
    try:
        config = _running() if options.stage == "local" else deployed(options.stage, options.region)
        BOARD.install()
    except CannotRun as fault:
        sys.exit(str(fault))
    print(f"The board runs against stage {options.stage}. Ctrl-C stops it.", flush=True)
    os.chdir(BOARD.folder)
    os.execvpe("npm", ["npm", "run", "dev"], {**os.environ, "BOARD_CONFIG": json.dumps(config)})  # noqa: S606


def configuration(stack: StackDescription, graphql_url: str = "/graphql") -> Mapping[str, object]:
    """Returns the board's `config.json` for the local stack.

    The page and the API share an origin at each of the gateway's addresses, so that a relative URL is enough there.
    """
    return {
        "graphqlUrl": graphql_url,
        "region": stack.region,
        "userPoolId": stack.user_pool_id,
        "userPoolClientId": stack.user_pool_client_id,
        "userPoolEndpoint": stack.aws_endpoint_url,
        "users": [{"username": user.username, "password": user.password, "sub": user.sub} for user in stack.users],
    }


def deployed(stage: str, region: str) -> Mapping[str, object]:
    """Returns the configuration from the outputs of the stage's stack. Raises CannotRun if they cannot be read."""
    values = outputs(stage, region)
    return {
        "graphqlUrl": values["GraphqlUrl"],
        "region": region,
        "userPoolId": values["UserPoolId"],
        "userPoolClientId": values["UserPoolClientId"],
    }


def _running() -> Mapping[str, object]:
    try:
        stack = StackDescription.read(Settings.from_environment().stack_file)
    except FileNotFoundError as fault:
        raise CannotRun("No local stack is running: `make up` starts one.") from fault
    return configuration(stack, stack.graphql_url)


if __name__ == "__main__":
    main()
