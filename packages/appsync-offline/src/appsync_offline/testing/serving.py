"""A gateway on a free port of this machine, and a client that implements AppSync's WebSocket protocol itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from appsync_offline.control_plane.deployed_api import DeployedApi
from appsync_offline.gateway import Gateway
from appsync_offline.testing.apis import API_KEY, BY_API_KEY, Function, a_gateway
from appsync_offline.web.server import create_app
from appsync_offline.web.serving import Port, configuration

PATIENCE = 10  # seconds; the limit of every wait
KEY = {"host": "localhost", "x-api-key": API_KEY}


async def until(is_so: Callable[[], bool]) -> None:
    """Return as soon as the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 # what is waited for sets no event
            await asyncio.sleep(0.005)


class Client:
    """A WebSocket connection. It skips keep-alive messages."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        """Returns the next message. Raises ConnectionClosed or TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if message["type"] != "ka":
                    return message

    async def start(
        self,
        id_: str,
        query: str,
        variables: Mapping[str, Any] | None = None,
        authorization: Mapping[str, str] = KEY,
    ) -> dict[str, Any]:
        """Request a subscription. Returns the answer."""
        data = json.dumps({"query": query, **({"variables": variables} if variables is not None else {})})
        payload = {"data": data, "extensions": {"authorization": authorization}}
        await self.send(id=id_, type="start", payload=payload)
        return await self.next()


class Server:
    """A listening gateway."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        self.gateway = gateway
        self.port = port
        self.url = f"http://127.0.0.1:{port}/graphql"

    async def run(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Returns the API's answer to an operation."""
        return await self.gateway.answer(query, variables or {}, None, BY_API_KEY, {})

    @asynccontextmanager
    async def client(
        self,
        path: str = "/graphql",
        *,
        protocols: Sequence[str] = ("graphql-ws",),
        headers: Mapping[str, str] = KEY,
        **more: Any,
    ) -> AsyncIterator[Client]:
        """Yields a connection that was opened with these headers and is not initialized."""
        more.setdefault("max_size", None)
        sent = {name: value for name, value in headers.items() if name != "host"}
        url = f"ws://127.0.0.1:{self.port}{path}"
        offered = [Subprotocol(protocol) for protocol in protocols]
        async with connect(url, subprotocols=offered or None, additional_headers=sent, **more) as socket:
            yield Client(socket)

    @asynccontextmanager
    async def connected(self, **more: Any) -> AsyncIterator[Client]:
        """Yields a connection that is ready for subscriptions."""
        async with self.client(**more) as client:
            await client.send(type="connection_init")
            assert (await client.next())["type"] == "connection_ack"
            yield client


@asynccontextmanager
async def served(
    api: DeployedApi,
    function: Function | None = None,
    *,
    aws_endpoint: str = "http://127.0.0.1:9",
    strict: bool = False,
) -> AsyncIterator[Server]:
    """Yields a server of the API on a free port."""
    gateway = a_gateway(api, function, aws_endpoint, strict=strict)
    served_as = configuration(create_app(gateway), Port(0), lifespan=True)
    socket = served_as.bind_socket()
    server = uvicorn.Server(served_as)
    serving = asyncio.create_task(server.serve([socket]))
    try:
        await until(lambda: server.started)
        yield Server(gateway, socket.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
