"""Serves an API on this machine: one that is deployed at an endpoint, or one that is described by templates."""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NoReturn

import uvloop

from appsync_offline.authentication.access_keys import AccessKey, FindKey
from appsync_offline.back_ends.dynamodb import Tables
from appsync_offline.back_ends.lambda_functions import FunctionFailed, InvocationType, Invoke, LambdaFunctions
from appsync_offline.back_ends.requests import Request, RunRequest
from appsync_offline.cloud_formation.deployed_stacks import DeployedStacks
from appsync_offline.cloud_formation.lost_templates import marked
from appsync_offline.cloud_formation.reader import CloudFormationTemplates, without_endpoint
from appsync_offline.control_plane.deployed_api import DataSource, DeployedApi
from appsync_offline.control_plane.endpoints import with_endpoints
from appsync_offline.control_plane.reader import ControlPlane
from appsync_offline.gateway import CannotLoad, Gateway
from appsync_offline.loading import Read, loader
from appsync_offline.ministack import api_keys
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
    parser.add_argument(
        "--cdk-out", type=Path, help="serves the API of this folder of `cdk synth`, or of this CloudFormation template"
    )
    parser.add_argument(
        "--aws-endpoint",
        default=os.environ.get("AWS_ENDPOINT_URL"),
        help="URL of an AWS endpoint: its Lambda functions are invoked, and without --cdk-out its API is served",
    )
    parser.add_argument(
        "--emulator",
        choices=("ministack", "other"),
        default="ministack",
        help="what serves the endpoint: MiniStack's processes are started one at a time, and its keys are known",
    )
    api = parser.add_mutually_exclusive_group()
    api.add_argument("--api-id", help="id, or logical id, of the API to serve")
    api.add_argument("--api-name", help="name of the API to serve; with --cdk-out needed only if there are several")
    parser.add_argument("--api-key", help="with --cdk-out: stands for the API's key; a random one otherwise")
    parser.add_argument(
        "--http-endpoint",
        action="append",
        default=[],
        type=_stand_in,
        metavar="NAME=URL",
        help="where this HTTP data source is instead, such as Weather=http://127.0.0.1:9000; may be repeated",
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuses what nobody has verified against AppSync (differences.md)"
    )
    parser.add_argument("--port", type=int, default=4000)
    parser.add_argument("--tls-port", type=int, help="serves the same over TLS; needs --tls-cert and --tls-key")
    parser.add_argument("--tls-cert", type=Path, help="the certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, help="its private key, PEM")
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name of this machine, such as 10.0.2.2 of an Android emulator; may be repeated",
    )
    parser.add_argument("--console", type=Path, help="a folder of static pages for /")


def run(options: argparse.Namespace) -> None:
    """Serve until interrupted. If the API cannot be served, print the reason and exit with code 1."""
    if not options.cdk_out and not (options.aws_endpoint and (options.api_id or options.api_name)):
        sys.exit("Name what to serve: --cdk-out FOLDER, or --aws-endpoint URL with --api-name NAME or --api-id ID.")
    ports = [Port(options.port)]
    if options.tls_port is not None:
        if not options.tls_cert or not options.tls_key:
            sys.exit("--tls-port needs --tls-cert and --tls-key.")
        ports.append(Port(options.tls_port, options.tls_cert, options.tls_key))
    output = logging.StreamHandler()
    output.setFormatter(OneLine("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    for library in ("urllib3", "botocore"):
        logging.getLogger(library).setLevel(logging.WARNING)
    uvloop.run(_serve(options, ports))


def _stand_in(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    if not name or not url.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text} is not of the form NAME=http://…")
    return name, url


async def _serve(options: argparse.Namespace, ports: Sequence[Port]) -> None:
    async with AsyncExitStack() as connections:
        invoke: Invoke = _no_function
        find_key: FindKey = _no_key
        back_ends: dict[str, RunRequest] = {"HTTP": _http(connections, strict=options.strict)}
        if options.aws_endpoint:
            functions = await connections.enter_async_context(LambdaFunctions(options.aws_endpoint))
            invoke, find_key = _of_emulator(options.emulator, options.aws_endpoint, functions.invoke)
            back_ends["AMAZON_DYNAMODB"] = (await connections.enter_async_context(Tables(options.aws_endpoint))).run
        try:
            gateway = Gateway(
                loader(
                    _reader(options),
                    aws_endpoint=options.aws_endpoint or "",
                    invoke=invoke,
                    find_key=find_key,
                    back_ends=back_ends,
                    strict=options.strict,
                )
            )
        except CannotLoad as fault:
            sys.exit(" ".join(str(fault).split()))
        for line in _summary(gateway, options):
            print(line, flush=True)
        # Modules and schema live as long as the process. Freezing them keeps a full garbage collection from scanning
        # them, which would pause all requests for about 60 ms.
        gc.freeze()
        gc.set_threshold(_YOUNG)
        await serve(create_app(gateway, options.console, options.allowed_host), ports)


def _http(connections: AsyncExitStack, *, strict: bool) -> RunRequest:
    """Returns what runs HTTP requests. Its client starts with the first, because it takes a fifth of the start."""
    started: list[RunRequest] = []

    async def run(source: DataSource, request: Request) -> Any:
        if not started:
            from appsync_offline.back_ends.http_endpoints import HttpEndpoints

            started.append((await connections.enter_async_context(HttpEndpoints(strict=strict))).run)
        return await started[0](source, request)

    return run


def _reader(options: argparse.Namespace) -> Read:
    read = _templates_reader(options) if options.cdk_out else _endpoint_reader(options)
    return lambda: with_endpoints(read(), dict(options.http_endpoint), options.aws_endpoint)


def _endpoint_reader(options: argparse.Namespace) -> Read:
    stacks = DeployedStacks(options.aws_endpoint)

    def read() -> DeployedApi:
        control_plane = ControlPlane(options.aws_endpoint)
        api = marked(control_plane.read(options.api_id or control_plane.api_id(options.api_name)), stacks)
        secret = os.environ.get(api_keys.VARIABLE)
        return api_keys.with_derived_keys(api, secret) if secret else api

    return read


def _templates_reader(options: argparse.Namespace) -> Read:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    names = DeployedStacks(options.aws_endpoint).names if options.aws_endpoint else lambda _stack: {}
    templates = CloudFormationTemplates(options.cdk_out, region=region, names=names, api_key=options.api_key)

    def read() -> DeployedApi:
        api = templates.read(options.api_id or options.api_name)
        return api if options.aws_endpoint else without_endpoint(api)

    return read


def _summary(gateway: Gateway, options: argparse.Namespace) -> Iterator[str]:
    """Yields what a developer needs to know: the address, the modes of authorization, and which fields are served.

    The log names the fields that are not served. An API key is named only if nothing else could tell it.
    """
    api, obstacles = gateway.engine.api, gateway.engine.obstacles
    yield f"{api.name}: http://127.0.0.1:{options.port}/graphql"
    yield f"{api.name}: authorization by {', '.join(provider.mode for provider in api.auth)}"
    yield f"{api.name}: {len(api.resolvers) - len(obstacles)} of {len(api.resolvers)} resolvers can run here"
    if options.cdk_out and not options.api_key and api.api_keys:
        yield f"{api.name}: API key {api.api_keys[0].id}"


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


async def _no_function(
    function_arn: str,
    payload: object,  # noqa: ARG001 - of the protocol Invoke
    invocation_type: InvocationType = "RequestResponse",  # noqa: ARG001
) -> NoReturn:
    raise FunctionFailed(f"{function_arn} cannot be invoked without --aws-endpoint.", "Lambda:Unknown")


async def _no_key(_access_key_id: str) -> None:
    return None
