"""The embedded cloud's process: MiniStack behind a guard. Runs in MiniStack's own environment.

    python -m local.embedded_cloud --port PORT [--certificate PEM --key PEM]

MiniStack has no credentials to check and answers every origin, so that any web page could run code with it. Here a page
reaches only what a page is meant to reach on AWS too: the operations of a user pool that need no AWS credentials, and
its public keys; and only a page that this machine serves itself.
"""

import argparse
import asyncio
import re
import resource
from contextlib import suppress
from functools import cache
from pathlib import Path

from botocore.session import Session
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app

from local.gateway.visits import Guard, Visit

_KEEP_ALIVE = 75  # seconds, as MiniStack's own command has it: longer than SDKs keep a connection for another call
_KEYS = re.compile(r"/[\w-]+/\.well-known/(jwks\.json|openid-configuration)")


def main() -> None:
    """Serve until SIGINT or SIGTERM; MiniStack keeps its data then."""
    parser = argparse.ArgumentParser(prog="local.embedded_cloud")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, help="serves TLS with this chain, PEM; needs --key")
    parser.add_argument("--key", type=Path)
    options = parser.parse_args()
    _allow_as_many_files_as_may_be()
    config = Config()
    config.bind = [f"127.0.0.1:{options.port}"]
    config.keep_alive_timeout = _KEEP_ALIVE
    if options.certificate:
        config.certfile, config.keyfile = str(options.certificate), str(options.key)
    asyncio.run(serve(Guard(app, lambda visit: admits(visit, options.port)), config))


def admits(visit: Visit, port: int) -> bool:
    """Whether it is a program's request, the person's own, or a local page's to a user pool, addressed to this port."""
    if visit.port != port:
        return False
    if visit.origin is not None:
        return visit.is_from_loopback and _is_for_user_pools(visit)
    if visit.site is not None:
        return visit.site == "none"
    # Browsers that do not tell a request's site would pass for programs but for their name.
    return not (visit.value("user-agent") or "").startswith("Mozilla/")


def _is_for_user_pools(visit: Visit) -> bool:
    if visit.method == "GET":
        return bool(_KEYS.fullmatch(visit.path))
    if visit.path != "/" or visit.scope["query_string"]:
        return False
    if visit.method == "OPTIONS":  # the browser's question before the POST
        return True
    return visit.method == "POST" and visit.value("x-amz-target") in _for_anyone()


@cache
def _for_anyone() -> frozenset[str]:
    """`X-Amz-Target` of each user pool operation that takes no AWS credentials, by botocore's model of the service."""
    model = Session().get_service_model("cognito-idp")
    prefix = model.metadata["targetPrefix"]
    names = (name for name in model.operation_names if model.operation_model(name).auth_type == "none")
    return frozenset(f"{prefix}.{name}" for name in names)


def _allow_as_many_files_as_may_be() -> None:
    """Raise the soft limit of open files to the hard one, where the system takes that: each connection is a file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
