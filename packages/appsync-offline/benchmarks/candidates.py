"""Starts the gateways that are compared, each for the same deployed API and its Lambdas."""

import contextlib
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.api import FIND
from benchmarks.cloud import free_port
from benchmarks.stack import Stack
from local.settings import ROOT

PEERS = Path(__file__).parent / "peers"
_PATIENCE = 60  # seconds
_PROBE = 0.005  # seconds between two probes, which bounds the precision of start-up times


@dataclass(frozen=True)
class Server:
    """A running gateway. `start_up` is in milliseconds from the process's start to its first answer of a Lambda."""

    url: str
    process: psutil.Process
    start_up: float

    def memory(self) -> float:
        """The resident memory in MB."""
        return float(self.process.memory_info().rss / 1e6)


def embedded_cloud_url(stack: Stack) -> str:
    """Returns MiniStack's endpoint for the API. It has no start-up or memory of its own within MiniStack's process."""
    return f"{stack.settings.aws_endpoint}/v1/apis/{stack.api_id}/graphql"


@contextlib.contextmanager
def ours(stack: Stack, task_id: str) -> Iterator[Server]:
    """The local AppSync, without TLS and console."""
    command = [sys.executable, "-m", "appsync_offline", "serve", "--aws-endpoint", stack.settings.aws_endpoint]
    port = free_port()
    with _running([*command, "--api-id", stack.api_id, "--port", str(port)], {}, stack, port, task_id) as server:
        yield server


@contextlib.contextmanager
def simulator(stack: Stack, task_id: str) -> Iterator[Server]:
    """AWS's `@aws-amplify/amplify-appsync-simulator` (benchmarks/peers/simulator.js)."""
    port = free_port()
    variables = {
        "PORT": str(port),
        "SCHEMA": str(ROOT / "schema.graphql"),
        "API_KEY": stack.deployed.api_key,
        "FUNCTION_NAME": stack.deployed.functions["resolver"],
        "NODE_ENV": "production",
        "NODE_NO_WARNINGS": "1",
    }
    node = shutil.which("node") or "node"
    with _running([node, str(PEERS / "simulator.js")], variables, stack, port, task_id) as server:
        yield server


@contextlib.contextmanager
def _running(
    command: Sequence[str], variables: Mapping[str, str], stack: Stack, port: int, task_id: str
) -> Iterator[Server]:
    url = f"http://127.0.0.1:{port}/graphql"
    environment = {**stack.settings.aws_environment(), **variables}
    with (stack.settings.data / "peers.log").open("ab") as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        while not _answers(url, stack.deployed.api_key, task_id):
            if process.poll() is not None or time.perf_counter() - started > _PATIENCE:
                raise RuntimeError(f"{command[:3]} did not start: {Path(log.name).read_text()[-2000:]}")
            time.sleep(_PROBE)
        yield Server(url, psutil.Process(process.pid), (time.perf_counter() - started) * 1000)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str, key: str, task_id: str) -> bool:
    """Returns whether the gateway answers with the task. Raises RuntimeError for any other answer."""
    body = json.dumps({"query": FIND, "variables": {"id": task_id}}).encode()
    request = urllib.request.Request(url, body, {"x-api-key": key, "content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            found = json.load(answer)
    except (urllib.error.URLError, ConnectionError):
        return False
    if found["data"]["task"]["id"] != task_id:
        raise RuntimeError(str(found))
    return True
