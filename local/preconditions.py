"""Checks what the local stack needs before anything is started."""

import shutil
import socket
import subprocess
from collections.abc import Mapping
from itertools import combinations

import psutil

from local.errors import CannotRun
from local.settings import Settings

_OLDEST_NODE = 20


def check(settings: Settings) -> None:
    """Check Node's version and the ports. Raises CannotRun, which names what is missing, old, taken or used twice."""
    _check_that_ports_differ(
        {"PORT": settings.port, "TLS_PORT": settings.tls_port, "MINISTACK_PORT": settings.ministack_port}
    )
    _check_node()
    _check_port(settings.port, "PORT")
    _check_port(settings.tls_port, "TLS_PORT")
    _check_port(settings.ministack_port, "MINISTACK_PORT")


def _check_that_ports_differ(ports: Mapping[str, int]) -> None:
    for (name, port), (other, its_port) in combinations(ports.items(), 2):
        if port == its_port:
            raise CannotRun(f"{name} and {other} must differ; both are {port}.")


def _check_node() -> None:
    node = shutil.which("node")
    if node is None:
        raise CannotRun(f"Node.js was not found: install version {_OLDEST_NODE} or newer.")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not version.startswith("v") or int(version[1:].partition(".")[0]) < _OLDEST_NODE:
        raise CannotRun(f"Node.js {_OLDEST_NODE} or newer is needed; {node} is {version or 'broken'}.")


def _check_port(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            held = f"Port {port} is taken by {_holder(port)}"
            raise CannotRun(f"{held}: stop it (`make stop`?), or choose another with {variable}=….") from fault


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("inet"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                process = psutil.Process(connection.pid) if connection.pid else None
                return f"process {connection.pid} ({process.name()})" if process else "another process"
    except psutil.Error:
        return "another process"
    return "another process"
