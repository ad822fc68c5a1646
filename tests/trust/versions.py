"""Versions of the product that run side by side: a process for each version's Lambdas, on one account and one API."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from appsync_offline.authentication.caller import Caller
from appsync_offline.back_ends.lambda_functions import FunctionFailed
from appsync_offline.control_plane.deployed_api import AuthMode
from appsync_offline.gateway import Gateway
from appsync_offline.testing.apis import BY_API_KEY, Function, a_gateway
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import IAM
from tests.trust.cloud import Cloud
from tests.trust.product import api_of

WORKER = Path(__file__).parent / "version_worker.py"
ROLES = ("resolver", "relay", "processor")
Change = tuple[str, int]
"""A task's id and its version after the change."""


class _Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status, headers, answer = self.server.respond(self.path, self.headers, body)  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "server", "date", "connection"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _listening(respond: Any) -> Iterator[str]:
    """Yields the URL of a server that answers each POST with `respond(path, headers, body)`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Http) as server:
        server.respond = respond  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def aws_over_http() -> Iterator[str]:
    """Yields the endpoint of moto's account in this process, for other processes."""
    lock, stubber = threading.Lock(), BotocoreStubber()

    def respond(path: str, headers: Any, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers["authorization"])
        assert scope, headers["authorization"]
        url = f"https://{scope[2]}.{scope[1]}.amazonaws.com{path}"
        headers_ = HTTPHeaders()
        for name, value in headers.items():
            headers_[name] = value
        with lock:
            answered = stubber.process_request(AWSPreparedRequest("POST", url, headers_, body, stream_output=False))
        assert answered, f"moto has no answer for {url}"
        status, answer_headers, content = answered
        return status, answer_headers, content.encode() if isinstance(content, str) else content

    with _listening(respond) as url:
        yield url


class Version:
    """One version: its Lambdas in a process of their own, and its API."""

    def __init__(self, name: str, root: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.api = api_of("dev", root)
        self.sdl = self.api.sdl
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(WORKER)],
            cwd=root,
            env={**os.environ, **environment, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def call(self, role: str, event: object) -> Any:
        """Returns the answer of a Lambda. Raises FunctionFailed when it raised."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"role": role, "event": event}, default=str), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"the Lambdas of {self.name} do not start: run {WORKER.name} in its folder"
        outcome = json.loads(line)
        if "fault" in outcome:
            raise FunctionFailed(outcome["fault"], outcome["fault"].partition(":")[0])
        return outcome["answer"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@dataclass
class Fleet:
    """Two versions, and which of them has each role and the schema. `published` are the accepted live updates."""

    versions: tuple[Version, Version]
    loop: asyncio.AbstractEventLoop
    of: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*ROLES, "schema"), 0))
    published: set[Change] = field(default_factory=set)
    operations: int = 0
    _gateways: dict[int, Gateway] = field(default_factory=dict)

    def invoke(self, role: str, event: object) -> Any:
        """Returns the answer of the version that has the role. Raises FunctionFailed."""
        return self.versions[self.of[role]].call(role, event)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Returns the answer to an operation of a developer with an API key."""
        self.operations += 1
        return self._answer(query, variables, BY_API_KEY)

    def publish(self, body: bytes) -> bytes:
        """Returns the answer to a live update of the processor."""
        operation = json.loads(body)
        answer = self._answer(operation["query"], operation["variables"], Caller(AuthMode.IAM, "processor", IAM))
        if not answer.get("errors"):
            task = operation["variables"]["change"]["task"]
            self.published.add((task["id"], task["version"]))
        return json.dumps(answer).encode()

    def _answer(self, query: str, variables: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        answering = self._gateway().answer(query, variables, None, caller, {})
        answer: Any = asyncio.run_coroutine_threadsafe(answering, self.loop).result(60)
        return dict(json.loads(json.dumps(answer)))

    def _gateway(self) -> Gateway:
        version = self.of["schema"]
        if version not in self._gateways:
            resolver = Function(lambda event: self.invoke("resolver", json.loads(json.dumps(event))))
            self._gateways[version] = a_gateway(self.versions[version].api, resolver)
        return self._gateways[version]


@contextmanager
def side_by_side(cloud: Cloud, *folders: tuple[str, Path]) -> Iterator[Fleet]:
    """Yields the two versions in these folders, with their names, on one account."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    fleet: Fleet

    def publish(_path: str, _headers: object, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {"content-type": "application/json"}, fleet.publish(body)

    with ExitStack() as stack:
        stack.callback(thread.join)
        stack.callback(loop.call_soon_threadsafe, loop.stop)
        aws, graphql = stack.enter_context(aws_over_http()), stack.enter_context(_listening(publish))
        environment = {
            "AWS_ENDPOINT_URL": aws,
            "TABLE_NAME": TABLE_NAME,
            "TOPIC_ARN": cloud.topic_arn,
            "UNRELAYED_QUEUE_URL": cloud.queue_url,
            "GRAPHQL_URL": f"{graphql}/graphql",
            "ACCEPTS_API_KEYS": "true",
            "DELIVERY_QUEUE_URL": cloud.queue_url,
            "WEBHOOK_MASTER_KEY_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:master-key",
        }
        older, newer = (Version(name, folder, environment) for name, folder in folders)
        for version in (older, newer):
            stack.callback(version.close)
        fleet = Fleet((older, newer), loop)
        yield fleet
