"""Runs the gateway: `python -m appsync_offline --aws-endpoint URL --api-name NAME --port PORT [--tls-port PORT …]`."""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop
from graphql import GraphQLError

from appsync_offline.authentication.authenticator import Authenticator
from appsync_offline.back_ends.lambda_functions import Invoke, LambdaFunctions
from appsync_offline.back_ends.ministack_keys import LocalKeys
from appsync_offline.control_plane.reader import CannotRead, ControlPlane
from appsync_offline.execution.engine import Engine
from appsync_offline.gateway import CannotLoad, Gateway, LoadedApi
from appsync_offline.schema.deployable import NotDeployable
from appsync_offline.text.one_line import OneLine
from appsync_offline.web.server import create_app
from appsync_offline.web.serving import Port, serve

# Objects that are created until the garbage collector looks for cycles. A request creates some thousand and hardly a
# cycle; with Python's own 700, collections would take 5 % of its time.
_YOUNG = 20_000


def main() -> None:
    """Serve until interrupted. If the API cannot be served, print the reason and exit with code 1."""
    parser = argparse.ArgumentParser(prog="appsync-offline")
    parser.add_argument("--aws-endpoint", required=True, help="URL of the AWS endpoint (control plane and Lambda)")
    api = parser.add_mutually_exclusive_group(required=True)
    api.add_argument("--api-id", help="id of the API to serve")
    api.add_argument("--api-name", help="name of the API to serve")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls-port", type=int, help="serves the same over TLS; needs --tls-cert and --tls-key")
    parser.add_argument("--tls-cert", type=Path, help="the certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, help="its private key, PEM")
    parser.add_argument("--console", type=Path, help="a folder of static pages for /")
    options = parser.parse_args()
    ports = [Port(options.port)]
    if options.tls_port is not None:
        if not options.tls_cert or not options.tls_key:
            parser.error("--tls-port needs --tls-cert and --tls-key")
        ports.append(Port(options.tls_port, options.tls_cert, options.tls_key))
    output = logging.StreamHandler()
    output.setFormatter(OneLine("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    uvloop.run(_run(options, ports))


async def _run(options: argparse.Namespace, ports: Sequence[Port]) -> None:
    async with LambdaFunctions(options.aws_endpoint) as functions:
        try:
            gateway = Gateway(_loader(options.aws_endpoint, options.api_id, options.api_name, functions.invoke))
        except CannotLoad as fault:
            sys.exit(" ".join(str(fault).split()))
        # Modules and schema live as long as the process. Freezing them keeps a full garbage collection from scanning
        # them, which would pause all requests for about 60 ms.
        gc.freeze()
        gc.set_threshold(_YOUNG)
        await serve(create_app(gateway, options.console), ports)


def _loader(aws_endpoint: str, api_id: str | None, api_name: str | None, invoke: Invoke) -> Callable[[], LoadedApi]:
    """Returns a function that reads the deployed API and prepares it for execution. That function raises CannotLoad."""
    keys = LocalKeys(
        aws_endpoint,
        root_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        root_secret=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
    )

    def load() -> LoadedApi:
        try:
            control_plane = ControlPlane(aws_endpoint)
            api = control_plane.read(api_id or control_plane.api_id(api_name or ""))
            engine = Engine(api, invoke)
        except (CannotRead, NotDeployable) as fault:
            raise CannotLoad(str(fault)) from fault
        except (GraphQLError, TypeError) as fault:
            raise CannotLoad(f"The API's schema cannot be used: {fault}") from fault
        authenticator = Authenticator(api, aws_endpoint=aws_endpoint, find_key=keys.find, invoke=invoke)
        return LoadedApi(engine, authenticator.authenticate)

    return load


if __name__ == "__main__":
    main()
