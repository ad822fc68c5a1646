"""Runs the gateway: `python -m local.gateway --aws-endpoint URL --api-id ID --port PORT`."""

import argparse
import logging
import os
from pathlib import Path

import uvicorn

from local.gateway.authentication import Authenticator
from local.gateway.control_plane import read_api
from local.gateway.execution import Engine
from local.gateway.gateway import Gateway, LoadedApi
from local.gateway.lambda_functions import LambdaFunctions
from local.gateway.local_keys import LocalKeys
from local.gateway.server import create_app

_MAXIMUM_FRAME = 1_000_000  # bytes of one WebSocket message


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="local.gateway")
    parser.add_argument("--aws-endpoint", required=True, help="where the control plane and the Lambdas are")
    parser.add_argument("--api-id", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--console", type=Path, help="a folder of static pages for /")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    functions = LambdaFunctions(options.aws_endpoint)
    keys = LocalKeys(
        options.aws_endpoint,
        root_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        root_secret=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
    )

    def load() -> LoadedApi:
        api = read_api(options.api_id, options.aws_endpoint)
        authenticator = Authenticator(
            api, aws_endpoint=options.aws_endpoint, find_key=keys.find, invoke=functions.invoke
        )
        return LoadedApi(Engine(api, functions.invoke), authenticator.authenticate)

    uvicorn.run(
        create_app(Gateway(load), options.console),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        ws_max_size=_MAXIMUM_FRAME,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
