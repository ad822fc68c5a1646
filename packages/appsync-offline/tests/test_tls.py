"""One gateway serves two ports, one of them over TLS, which unmodified Amplify needs."""

import asyncio
import signal
import socket
import ssl
from pathlib import Path

import trustme
from appsync_offline.testing.apis import a_gateway, an_api, coded
from appsync_offline.testing.serving import KEY, PATIENCE, Client, Server, until
from appsync_offline.web.server import create_app
from appsync_offline.web.serving import Port, serve
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

API = an_api(
    """
    type Query { none: String }
    type Mutation { addBook(id: ID): Book }
    type Subscription { onBook: Book @aws_subscribe(mutations: ["addBook"]) }
    type Book { id: ID }
    """,
    coded("Mutation.addBook", request="return { payload: ctx.args }"),
)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [bound.getsockname()[1] for bound in sockets]
    for bound in sockets:
        bound.close()
    return ports


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


async def test_subscribers_of_both_ports_hear_the_same_and_a_signal_ends_both(tmp_path: Path) -> None:
    authority, certificate, key = trustme.CA(), tmp_path / "server.pem", tmp_path / "server.key"
    server = authority.issue_cert("localhost", "127.0.0.1")
    server.cert_chain_pems[0].write_to_path(certificate)
    server.private_key_pem.write_to_path(key)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    plain, secure = _free_ports(2)
    gateway = a_gateway(API)
    ports = [Port(plain), Port(secure, certificate, key)]
    serving = asyncio.create_task(serve(create_app(gateway), ports))
    await until(lambda: _listens(plain) and _listens(secure))

    headers, offered = {"x-api-key": KEY["x-api-key"]}, [Subprotocol("graphql-ws")]
    async with (
        connect(f"ws://127.0.0.1:{plain}/graphql", subprotocols=offered, additional_headers=headers) as first,
        connect(
            f"wss://localhost:{secure}/graphql/realtime",
            subprotocols=offered,
            additional_headers=headers,
            ssl=trusting,
        ) as second,
    ):
        for client in (Client(first), Client(second)):
            await client.send(type="connection_init")
            await client.next()
            await client.start("1", "subscription { onBook { id } }")
        await Server(gateway, plain).run('mutation { addBook(id: "1") { id } }')
        payloads = [(await Client(connection).next())["payload"] for connection in (first, second)]
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(serving, PATIENCE)

    assert payloads == [{"data": {"onBook": {"id": "1"}}}] * 2
    assert not _listens(plain)
    assert not _listens(secure)
