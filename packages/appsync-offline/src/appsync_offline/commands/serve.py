"""Serves an API: `appsync-offline serve --aws-endpoint URL --api-name NAME [--port PORT] [--tls-port PORT …]`."""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from appsync_offline.authentication.access_keys import AccessKey, FindKey
from appsync_offline.back_ends.lambda_functions import Invoke, LambdaFunctions
from appsync_offline.control_plane.deployed_api import DeployedApi
from appsync_offline.control_plane.reader import ControlPlane
from appsync_offline.gateway import CannotLoad, Gateway
from appsync_offline.loading import Read, loader
from appsync_offline.ministack.invocations import MiniStackInvocations
from appsync_offline.ministack.keys import MiniStackKeys
from appsync_offline.text.one_line import OneLine
from appsync_offline.web.server import create_app
from appsync_offline.web.serving import Port, serve

# Objects that are created until the garbage collector looks for cycles. A request creates some thousand and hardly a
# cycle; with Python's own 700, collections would take 5 % of its time.
_YOUNG = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--aws-endpoint", required=True, help="URL of the AWS endpoint (control plane and Lambda)")
    parser.add_argument(
        "--emulator",
        choices=("ministack", "other"),
        default="ministack",
        help="what serves the endpoint: MiniStack's processes are started one at a time, and its keys are known",
    )
    api = parser.add_mutually_exclusive_group(required=True)
    api.add_argument("--api-id", help="id of the API to serve")
    api.add_argument("--api-name", help="name of the API to serve")
    parser.add_argument("--port", type=int, default=4000)
    parser.add_argument("--tls-port", type=int, help="serves the same over TLS; needs --tls-cert and --tls-key")
    parser.add_argument("--tls-cert", type=Path, help="the certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, help="its private key, PEM")
    parser.add_argument("--console", type=Path, help="a folder of static pages for /")


def run(options: argparse.Namespace) -> None:
    """Serve until interrupted. If the API cannot be served, print the reason and exit with code 1."""
    ports = [Port(options.port)]
    if options.tls_port is not None:
        if not options.tls_cert or not options.tls_key:
            sys.exit("--tls-port needs --tls-cert and --tls-key.")
        ports.append(Port(options.tls_port, options.tls_cert, options.tls_key))
    output = logging.StreamHandler()
    output.setFormatter(OneLine("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    uvloop.run(_serve(options, ports))


async def _serve(options: argparse.Namespace, ports: Sequence[Port]) -> None:
    async with LambdaFunctions(options.aws_endpoint) as functions:
        invoke, find_key = _of_emulator(options.emulator, options.aws_endpoint, functions.invoke)
        load = loader(_reader(options), aws_endpoint=options.aws_endpoint, invoke=invoke, find_key=find_key)
        try:
            gateway = Gateway(load)
        except CannotLoad as fault:
            sys.exit(" ".join(str(fault).split()))
        # Modules and schema live as long as the process. Freezing them keeps a full garbage collection from scanning
        # them, which would pause all requests for about 60 ms.
        gc.freeze()
        gc.set_threshold(_YOUNG)
        await serve(create_app(gateway, options.console), ports)


def _reader(options: argparse.Namespace) -> Read:
    def read() -> DeployedApi:
        control_plane = ControlPlane(options.aws_endpoint)
        return control_plane.read(options.api_id or control_plane.api_id(options.api_name))

    return read


def _of_emulator(emulator: str, aws_endpoint: str, invoke: Invoke) -> tuple[Invoke, FindKey]:
    """Returns how functions are invoked, and where access keys are looked up."""
    key_id = os.environ.get("AWS_ACCESS_KEY_ID", "test")
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "test")
    if emulator == "ministack":
        keys = MiniStackKeys(aws_endpoint, root_key_id=key_id, root_secret=secret)
        return MiniStackInvocations(invoke).invoke, keys.find

    async def find_key(access_key_id: str) -> AccessKey | None:
        account = "000000000000"
        return AccessKey(secret, account, f"arn:aws:iam::{account}:root", account) if access_key_id == key_id else None

    return invoke, find_key
