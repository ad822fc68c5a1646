"""Runs MiniStack behind its guard (`cloud_guard`), in MiniStack's own Python environment.

    python -m local.embedded_cloud --port PORT [--certificate PEM --key PEM]

The root key is `test` with the secret in AWS_SECRET_ACCESS_KEY; without the variable, a new secret is printed. It
listens on 127.0.0.1 alone, and starts no other listener.
"""

import argparse
import asyncio
import os
import resource
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from appsync_offline.web.visits import Application, Guard
from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.cloud_guard import SignaturesRequired, admits

# Seconds that a thread computes before another one may; Python's own value is 0.005. A Lambda process's start unpacks
# 1,500 files, and would wait for busy threads at each: 0.3 seconds would become 4 beside one of them, 10 beside two.
_SWITCH_INTERVAL = 0.0005
_KEEP_ALIVE = 75  # seconds, as in MiniStack's own command; longer than SDKs keep an idle connection
# Seconds that a stop waits for a client to end its TLS connection. Lambda processes keep idle connections and end none.
# With asyncio's own 30 seconds, the embedded cloud would be killed before MiniStack saves its data.
_TLS_SHUTDOWN = 1
_ROOT_KEY_ID = "test"


def main() -> None:
    """Serve until SIGINT or SIGTERM, on which MiniStack saves its data."""
    parser = argparse.ArgumentParser(prog="local.embedded_cloud")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, help="serves TLS with this chain, PEM; needs --key")
    parser.add_argument("--key", type=Path)
    parser.add_argument("--allowed-host", action="append", default=[], help="a further name of this machine")
    options = parser.parse_args()
    _raise_file_limit()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    config = Config()
    config.bind = [f"127.0.0.1:{options.port}"]
    config.keep_alive_timeout = _KEEP_ALIVE
    if options.certificate:
        config.certfile, config.keyfile = str(options.certificate), str(options.key)
    _configure(options.port)
    app = Guard(SignaturesRequired(_ministack()), lambda visit: admits(visit, options.port), options.allowed_host)
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(serve(app, config))


def _configure(port: int) -> None:
    """Set the variables that MiniStack reads when it is imported."""
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",  # the MQTT and SFTP listeners would listen on every network interface
        "SFTP_ENABLED": "0",
        "AWS_ACCESS_KEY_ID": _ROOT_KEY_ID,
    }
    os.environ.pop("AWS_SESSION_TOKEN", None)
    if not os.environ.get("AWS_SECRET_ACCESS_KEY"):
        os.environ["AWS_SECRET_ACCESS_KEY"] = secret = secrets.token_hex(32)
        print(f"AWS_ACCESS_KEY_ID={_ROOT_KEY_ID}\nAWS_SECRET_ACCESS_KEY={secret}", flush=True)


def _ministack() -> Application:
    from ministack.app import app

    return app  # type: ignore[no-any-return]


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose servers end TLS connections soon. hypercorn has no setting for that."""

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """Returns a server, as asyncio does."""
        if options.get("ssl"):
            options["ssl_shutdown_timeout"] = _TLS_SHUTDOWN
        return await super().create_server(*arguments, **options)


def _raise_file_limit() -> None:
    """Raise the soft limit of open files to the hard limit if the system allows it, because connections are files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
