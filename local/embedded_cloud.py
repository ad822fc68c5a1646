"""Runs MiniStack behind a guard against web pages, in MiniStack's own Python environment.

    python -m local.embedded_cloud --port PORT [--certificate PEM --key PEM]

MiniStack checks no credentials and answers every origin, so that any web page could run code through it. The guard
admits only pages that this machine serves, and only to what pages use on AWS too: the user pool operations that need no
AWS credentials, and the user pool's public keys.
"""

import argparse
import asyncio
import re
import resource
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from appsync_offline.web.visits import Guard, Visit
from botocore.session import Session
from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app

# Seconds that a thread computes before another one may; Python's own value is 0.005. A Lambda process's start unpacks
# 1,500 files, and would wait for busy threads at each: 0.3 seconds would become 4 beside one of them, 10 beside two.
_SWITCH_INTERVAL = 0.0005
_KEEP_ALIVE = 75  # seconds, as in MiniStack's own command; longer than SDKs keep an idle connection
# Seconds that a stop waits for a client to end its TLS connection. Lambda processes keep idle connections and end none.
# With asyncio's own 30 seconds, the embedded cloud would be killed before MiniStack saves its data.
_TLS_SHUTDOWN = 1
_KEYS = re.compile(r"/[\w-]+/\.well-known/(jwks\.json|openid-configuration)")


def main() -> None:
    """Serve until SIGINT or SIGTERM, on which MiniStack saves its data."""
    parser = argparse.ArgumentParser(prog="local.embedded_cloud")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, help="serves TLS with this chain, PEM; needs --key")
    parser.add_argument("--key", type=Path)
    options = parser.parse_args()
    _allow_as_many_files_as_may_be()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    config = Config()
    config.bind = [f"127.0.0.1:{options.port}"]
    config.keep_alive_timeout = _KEEP_ALIVE
    if options.certificate:
        config.certfile, config.keyfile = str(options.certificate), str(options.key)
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(serve(Guard(app, lambda visit: admits(visit, options.port)), config))


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose servers end TLS connections soon. hypercorn has no setting for that."""

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """Returns a server, as asyncio does."""
        if options.get("ssl"):
            options["ssl_shutdown_timeout"] = _TLS_SHUTDOWN
        return await super().create_server(*arguments, **options)


def admits(visit: Visit, port: int) -> bool:
    """Returns whether a request to this port may pass.

    Requests of programs and of the user may pass. Pages of loopback origins may reach the user pools.
    """
    if visit.port != port:
        return False
    if visit.origin is not None:
        return visit.is_from_loopback and _is_for_user_pools(visit)
    if visit.site is not None:
        return visit.site == "none"
    # Old browsers send no Sec-Fetch-Site header. Only their user agent tells them from programs.
    return not (visit.value("user-agent") or "").startswith("Mozilla/")


def _is_for_user_pools(visit: Visit) -> bool:
    if visit.method == "GET":
        return bool(_KEYS.fullmatch(visit.path))
    if visit.path != "/" or visit.scope["query_string"]:
        return False
    if visit.method == "OPTIONS":  # the browser's CORS preflight
        return True
    return visit.method == "POST" and visit.value("x-amz-target") in _for_anyone()


@cache
def _for_anyone() -> frozenset[str]:
    """Returns the `X-Amz-Target` of each user pool operation without AWS credentials, by botocore's service model."""
    model = Session().get_service_model("cognito-idp")
    prefix = model.metadata["targetPrefix"]
    names = (name for name in model.operation_names if model.operation_model(name).auth_type == "none")
    return frozenset(f"{prefix}.{name}" for name in names)


def _allow_as_many_files_as_may_be() -> None:
    """Raise the soft limit of open files to the hard limit if the system allows it, because connections are files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
