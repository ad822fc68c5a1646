"""Starts the gateways that are compared, each for the same deployed API and its function."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from subject import FIND, SCHEMA, Subject, body_of

PEERS = Path(__file__).parent / "peers"
_ROOMS = Path(__file__).parent.parent / "tests" / "apps" / "rooms"
_SERVE = (sys.executable, "-m", "appsync_offline", "serve")
_FIND = body_of(FIND, id="book-1")
_PATIENCE = 60  # seconds
_PROBE = 0.005  # seconds between two probes, which bounds the precision of start-up times


@dataclass(frozen=True)
class Server:
    """A running gateway. `start_up` is in milliseconds from the process's start to its first answer."""

    url: str
    process: psutil.Process
    start_up: float

    def memory(self) -> float:
        """The resident memory in MB."""
        return float(self.process.memory_info().rss / 1e6)


def embedded_cloud_url(subject: Subject) -> str:
    """Returns MiniStack's endpoint for the API. It has no start-up or memory of its own within MiniStack's process."""
    return f"{subject.aws_endpoint}/v1/apis/{subject.api_id}/graphql"


@contextlib.contextmanager
def ours(subject: Subject) -> Iterator[Server]:
    """The gateway, for the API that is deployed at the endpoint."""
    port = _free_port()
    command = [*_SERVE, "--aws-endpoint", subject.aws_endpoint, "--api-id", subject.api_id, "--port", str(port)]
    with _running(command, {}, port, subject.key, _FIND) as server:
        yield server


@contextlib.contextmanager
def ours_of_templates(subject: Subject) -> Iterator[Server]:
    """The gateway, for an API of a `cdk.out` folder with three resolvers, without an endpoint."""
    port = _free_port()
    command = [*_SERVE, "--cdk-out", str(_ROOMS), "--api-key", subject.key, "--port", str(port)]
    with _running(command, {}, port, subject.key, body_of("{ rooms }")) as server:
        yield server


@contextlib.contextmanager
def simulator(subject: Subject) -> Iterator[Server]:
    """AWS's `@aws-amplify/amplify-appsync-simulator` (peers/simulator.js)."""
    port = _free_port()
    variables = {
        "PORT": str(port),
        "SCHEMA": str(SCHEMA),
        "API_KEY": subject.key,
        "FUNCTION_NAME": subject.function,
        "NODE_ENV": "production",
        "NODE_NO_WARNINGS": "1",
    }
    node = shutil.which("node") or "node"
    with _running([node, str(PEERS / "simulator.js")], variables, port, subject.key, _FIND) as server:
        yield server


@contextlib.contextmanager
def _running(
    command: Sequence[str], variables: Mapping[str, str], port: int, key: str, body: bytes
) -> Iterator[Server]:
    url = f"http://127.0.0.1:{port}/graphql"
    environment = {**os.environ, **variables}
    if "--cdk-out" in command:
        environment.pop("AWS_ENDPOINT_URL", None)
    with tempfile.TemporaryFile("w+b") as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            while not _answers(url, key, body):
                if process.poll() is not None or time.perf_counter() - started > _PATIENCE:
                    log.seek(0)
                    raise RuntimeError(f"{command[:3]} did not start: {log.read()[-2000:].decode()}")
                time.sleep(_PROBE)
            yield Server(url, psutil.Process(process.pid), (time.perf_counter() - started) * 1000)
        finally:
            process.terminate()
            process.wait()


def _answers(url: str, key: str, body: bytes) -> bool:
    """Returns whether the gateway answers. Raises RuntimeError for an answer with errors."""
    request = urllib.request.Request(url, body, {"x-api-key": key, "content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as response:
            answer = json.load(response)
    except (urllib.error.URLError, ConnectionError):
        return False
    if answer.get("errors"):
        raise RuntimeError(str(answer))
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
