"""Runs the gateway: `python -m local.gateway --aws-endpoint URL --api-id ID --port PORT [--tls-port PORT …]`."""

import argparse
import asyncio
import gc
import logging
import os
from pathlib import Path

from local.gateway.authentication import Authenticator
from local.gateway.control_plane import read_api
from local.gateway.execution import Engine
from local.gateway.gateway import Gateway, LoadedApi
from local.gateway.lambda_functions import LambdaFunctions
from local.gateway.local_keys import LocalKeys
from local.gateway.one_line import OneLine
from local.gateway.server import create_app
from local.gateway.serving import Port, serve


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="local.gateway")
    parser.add_argument("--aws-endpoint", required=True, help="where the control plane and the Lambdas are")
    parser.add_argument("--api-id", required=True)
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

    gateway = Gateway(load)
    # Modules and schema stay: a full collection that looks at them again holds every request up for some 60 ms.
    gc.collect()
    gc.freeze()
    asyncio.run(serve(create_app(gateway, options.console), ports))


if __name__ == "__main__":
    main()
