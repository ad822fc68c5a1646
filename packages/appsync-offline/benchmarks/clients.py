"""Raw clients of a GraphQL endpoint, over HTTP and over AppSync's WebSocket protocol, without a GraphQL library."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from subject import FIND, LISTEN, body_of

PATIENCE = aiohttp.ClientTimeout(total=120)


@dataclass(frozen=True)
class Api:
    """One endpoint, used with an API key, and with further headers where they are needed."""

    session: aiohttp.ClientSession
    url: str
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)

    async def find(self) -> dict[str, Any]:
        """Returns the book. Raises RuntimeError for an answer with errors."""
        return await self.post(body_of(FIND, id="book-1"))

    async def post(self, body: bytes) -> dict[str, Any]:
        """Returns the answer's data. Raises RuntimeError for an answer with errors."""
        headers = {"content-type": "application/json", **self.headers, "x-api-key": self.key}
        async with self.session.post(self.url, data=body, headers=headers) as response:
            answer = await response.json(content_type=None)
        if answer.get("errors"):
            raise RuntimeError(str(answer["errors"]))
        return dict(answer["data"])

    async def subscribed(self, author: str) -> aiohttp.ClientWebSocketResponse:
        """Opens a connection with one registered subscription to an author's books (AppSync Developer Guide,
        "Building a real-time WebSocket client")."""
        host = urlsplit(self.url).netloc
        credentials = {"host": host, "x-api-key": self.key}
        header = base64.b64encode(json.dumps(credentials).encode()).decode()
        socket = await self.session.ws_connect(
            f"ws://{host}/graphql/realtime", params={"header": header, "payload": "e30="}, protocols=("graphql-ws",)
        )
        await socket.send_json({"type": "connection_init"})
        data = json.dumps({"query": LISTEN, "variables": {"author": author}})
        payload = {"data": data, "extensions": {"authorization": credentials}}
        await socket.send_json({"id": "1", "type": "start", "payload": payload})
        await message(socket, "start_ack")
        return socket


async def message(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """Returns the next message of a type. Raises RuntimeError for an error message."""
    while True:
        async with asyncio.timeout(PATIENCE.total):
            received: dict[str, Any] = await socket.receive_json()
        if received["type"] == kind:
            return received
        if "error" in received["type"]:
            raise RuntimeError(str(received))


@asynccontextmanager
async def an_api(url: str, key: str) -> AsyncIterator[Api]:
    """With as many connections as are asked for, closed before a server closes them (uvicorn: after 5 s idle)."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as session:
        yield Api(session, url, key)
