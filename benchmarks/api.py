"""Raw clients of a GraphQL endpoint, over HTTP and over AppSync's WebSocket protocol, without a GraphQL library."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=120)
CREATE = 'mutation($user: ID!) { createTask(input: { userId: $user, title: "Measured" }) { id } }'
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"
LISTEN = "subscription($user: ID) { onTaskCompleted(userId: $user) { id } }"


def body_of(query: str, **variables: object) -> bytes:
    """Returns the body of a request."""
    return json.dumps({"query": query, "variables": variables}).encode()


@dataclass(frozen=True)
class Api:
    """One endpoint, used with an API key."""

    session: aiohttp.ClientSession
    url: str
    key: str

    async def run(self, query: str, **variables: object) -> dict[str, Any]:
        """Returns the answer's data. Raises RuntimeError for an answer with errors."""
        headers = {"content-type": "application/json", "x-api-key": self.key}
        async with self.session.post(self.url, data=body_of(query, **variables), headers=headers) as answer:
            response = await answer.json(content_type=None)
        if response.get("errors"):
            raise RuntimeError(str(response["errors"]))
        return dict(response["data"])

    async def task(self, user: str) -> str:
        """Creates a task and returns its id."""
        return str((await self.run(CREATE, user=user))["createTask"]["id"])

    async def subscribed(self, user: str) -> aiohttp.ClientWebSocketResponse:
        """Opens a connection with one registered subscription to the user's completions (AppSync Developer Guide,
        "Building a real-time WebSocket client")."""
        host = urlsplit(self.url).netloc
        credentials = {"host": host, "x-api-key": self.key}
        header = base64.b64encode(json.dumps(credentials).encode()).decode()
        socket = await self.session.ws_connect(
            f"ws://{host}/graphql/realtime", params={"header": header, "payload": "e30="}, protocols=("graphql-ws",)
        )
        await socket.send_json({"type": "connection_init"})
        data = json.dumps({"query": LISTEN, "variables": {"user": user}})
        payload = {"data": data, "extensions": {"authorization": credentials}}
        await socket.send_json({"id": "1", "type": "start", "payload": payload})
        await message(socket, "start_ack")
        return socket


async def message(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """Returns the next message of a type. Raises RuntimeError for an error message."""
    while True:
        async with asyncio.timeout(PATIENCE.total):
            page: dict[str, Any] = await socket.receive_json()
        if page["type"] == kind:
            return page
        if "error" in page["type"]:
            raise RuntimeError(str(page))


@asynccontextmanager
async def an_api(url: str, key: str) -> AsyncIterator[Api]:
    """With as many connections as are asked for, closed before a server closes them (uvicorn: after 5 s idle)."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as session:
        yield Api(session, url, key)
