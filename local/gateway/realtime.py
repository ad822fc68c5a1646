"""AppSync's realtime endpoint (AppSync Developer Guide, "Building a real-time WebSocket client")."""

import asyncio
import base64
import binascii
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.gateway.authentication import AuthenticationFailed, Credentials
from local.gateway.caller import Caller
from local.gateway.execution import Answer
from local.gateway.gateway import Gateway
from local.gateway.http import GraphqlRequest, MalformedRequest
from local.gateway.operation import Refused
from local.gateway.subscriptions import Subscription

logger = logging.getLogger(__name__)

PROTOCOL = "graphql-ws"
_CONNECTION_TIMEOUT = 300_000  # milliseconds that a client may wait for a sign of life
_KEEP_ALIVE = 60  # seconds
_LIFETIME = 24 * 60 * 60  # seconds
_INITIALIZATION = 15  # seconds to wait for connection_init before a refusal is sent
_MAXIMUM_SUBSCRIPTIONS = 100  # per connection: the default that AppSync's own error names
_MAXIMUM_QUEUED = 1_000  # messages for a slow client; then the connection is given up
_GOING_AWAY, _POLICY, _TRY_LATER = 1001, 1008, 1013  # RFC 6455, section 7.4.1


class _Refusal(Exception):
    """An error for the client: AppSync's errorType and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.errors = [{"errorType": error_type, "message": message}]


class RealtimeEndpoint:
    """Accepts connections. `close` ends all of them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._connections: set[Connection] = set()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connection until it ends."""
        offered = [one.strip() for one in socket.headers.get("sec-websocket-protocol", "").split(",") if one.strip()]
        await socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
        connection = Connection(socket, self._gateway)
        self._connections.add(connection)
        try:
            await connection.serve(offered)
        finally:
            self._connections.discard(connection)

    async def close(self) -> None:
        """End every connection, as a server that goes away does."""
        for connection in tuple(self._connections):
            connection.end(_GOING_AWAY)


class Connection:
    """One client's connection: what it sends is answered in order, what it is told waits in a bounded queue."""

    def __init__(self, socket: WebSocket, gateway: Gateway) -> None:
        self._socket = socket
        self._gateway = gateway
        self._subscriptions: dict[str, Subscription] = {}
        self._starting: set[str] = set()
        self._outgoing: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(_MAXIMUM_QUEUED)
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(self, code: int) -> None:
        """Close the connection soon, with this WebSocket close code."""
        if not self._ended.done():
            self._ended.set_result(code)

    async def serve(self, offered: list[str]) -> None:
        """From handshake to close."""
        tasks = [asyncio.create_task(self._converse(offered)), asyncio.create_task(self._write())]
        code = 1000
        try:
            ends: list[asyncio.Future[Any]] = [*tasks, self._ended]
            await asyncio.wait(ends, timeout=_LIFETIME, return_when=asyncio.FIRST_COMPLETED)
            if self._ended.done():
                code = self._ended.result()
        finally:
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception) and not isinstance(outcome, (WebSocketDisconnect, RuntimeError)):
                    logger.error("a connection failed", exc_info=outcome)
            for subscription in self._subscriptions.values():
                self._gateway.subscriptions.remove(subscription)
            try:
                await self._socket.close(code)
            except (RuntimeError, WebSocketDisconnect):
                logger.debug("the client closed first")

    async def _converse(self, offered: list[str]) -> None:
        try:
            caller = await self._connect(offered)
        except (AuthenticationFailed, _Refusal) as fault:
            await self._refuse(fault)
            return
        logger.info("connected: %s", caller.name)
        keep_alive: asyncio.Task[None] | None = None
        try:
            while True:
                message = _message(await self._socket.receive_text())
                if message.get("type") == "connection_init":
                    if keep_alive is None:
                        self._send({"type": "connection_ack", "payload": {"connectionTimeoutMs": _CONNECTION_TIMEOUT}})
                        keep_alive = asyncio.create_task(self._keep_alive())
                else:
                    await self._handle(message)
        finally:
            if keep_alive:
                keep_alive.cancel()

    async def _connect(self, offered: list[str]) -> Caller:
        if offered and PROTOCOL not in offered:
            raise _Refusal("NoProtocolError", f"The {PROTOCOL} subprotocol must be offered.")
        headers = _connect_headers(self._socket, offered)
        return await self._gateway.authenticate(Credentials(headers, "/graphql/connect", b"{}", self._source_ip()))

    async def _refuse(self, fault: "AuthenticationFailed | _Refusal") -> None:
        # After the client's first message: one that is still sending would miss the reason.
        try:
            async with asyncio.timeout(_INITIALIZATION):
                await self._socket.receive_text()
        except TimeoutError:
            logger.debug("no connection_init came")
        error: dict[str, Any]
        if isinstance(fault, AuthenticationFailed):
            error = {"errorType": fault.error_type, "message": fault.message, "errorCode": 400}
        else:
            error = {**fault.errors[0], "errorCode": 400}
        logger.info("connection refused: %s", error["message"])
        await self._socket.send_text(_text({"payload": {"errors": [error]}, "type": "connection_error"}))

    async def _handle(self, message: Mapping[str, Any]) -> None:
        kind, id_ = message.get("type"), message.get("id")
        if kind == "start":
            await self._start(id_, message.get("payload"))
        elif kind == "stop" and isinstance(id_, str):
            self._stop(id_)
        else:
            shown = kind if isinstance(kind, str) else "unknown"
            error = {
                "errorType": "UnsupportedOperation",
                "message": f"{shown[:50]} not supported through the realtime channel",
            }
            self._send({"type": "error", "id": id_ if isinstance(id_, str) else "", "payload": {"errors": [error]}})

    async def _start(self, id_: object, payload: object) -> None:
        if not isinstance(id_, str) or not _is_start(payload):
            error = {
                "errorType": "UnsupportedOperation",
                "message": "unknown not supported through the realtime channel",
            }
            self._send({"type": "error", "id": id_ if isinstance(id_, str) else "", "payload": {"errors": [error]}})
            return
        try:
            subscription = await self._subscribed(id_, payload)
        except AuthenticationFailed as fault:
            errors: Any = [{"errorType": fault.error_type, "message": fault.message}]
        except (_Refusal, Refused) as refused:
            errors = refused.errors
        except MalformedRequest as fault:
            errors = [{"errorType": fault.error_type, "message": str(fault)}]
        else:
            # Before start_ack: whoever has the ack misses nothing.
            self._subscriptions[id_] = subscription
            self._gateway.subscriptions.add(subscription)
            self._send({"id": id_, "type": "start_ack"})
            logger.info("subscribed: %s by %s", subscription.listening.field_name, subscription.caller.name)
            return
        self._send({"id": id_, "type": "error", "payload": {"errors": errors}})

    async def _subscribed(self, id_: str, payload: Mapping[str, Any]) -> Subscription:
        if id_ in self._subscriptions:
            raise _Refusal("DuplicatedOperationError", f"Subscription id {id_[:100]} is already in use.")
        if len(self._subscriptions) >= _MAXIMUM_SUBSCRIPTIONS:
            message = f"Max number of {_MAXIMUM_SUBSCRIPTIONS} subscriptions reached"
            raise _Refusal("MaxSubscriptionsReachedError", message)
        data: str = payload["data"]
        headers = _lower(payload["extensions"]["authorization"])
        try:
            asked = GraphqlRequest.of(json.loads(data))
        except (ValueError, RecursionError) as fault:
            raise MalformedRequest("Unable to parse GraphQL query.") from fault
        caller = await self._gateway.authenticate(
            Credentials(headers, "/graphql", data.encode(), self._source_ip(), asked.for_authorizer())
        )
        engine = self._gateway.engine
        operation = engine.prepare(asked.query, asked.variables, asked.operation_name)
        if operation.kind is not OperationType.SUBSCRIPTION:
            raise _Refusal("UnsupportedOperation", f"{operation.kind.value} not supported through the realtime channel")
        listening = await engine.listen(operation, caller, headers)
        return Subscription(operation, caller, listening, self._data(id_), lambda: self.end(1000))

    def _data(self, id_: str) -> Callable[[Answer], None]:
        return lambda answer: self._send({"id": id_, "type": "data", "payload": answer})

    def _stop(self, id_: str) -> None:
        subscription = self._subscriptions.pop(id_, None)
        if subscription:
            self._gateway.subscriptions.remove(subscription)
        self._send({"id": id_, "type": "complete"})

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._outgoing.put_nowait(message)
        except asyncio.QueueFull:
            logger.warning("a client reads too slowly: its connection is closed")
            self.end(_TRY_LATER)

    async def _write(self) -> None:
        while True:
            await self._socket.send_text(_text(await self._outgoing.get()))

    async def _keep_alive(self) -> None:
        while True:
            self._send({"type": "ka"})
            await asyncio.sleep(_KEEP_ALIVE)

    def _source_ip(self) -> str:
        return self._socket.client.host if self._socket.client else "127.0.0.1"


def _connect_headers(socket: WebSocket, offered: list[str]) -> Mapping[str, str]:
    """The authorization headers of a connection, from the query string, the subprotocol, or the upgrade itself."""
    encoded = socket.query_params.get("header")
    if encoded is None:
        encoded = next((one.removeprefix("header-") for one in offered if one.startswith("header-")), None)
    if encoded is None:
        return {name.lower(): value for name, value in socket.headers.items()}
    standard = re.sub(r"[-_ ]", lambda found: {"-": "+", "_": "/", " ": "+"}[found[0]], encoded).rstrip("=")
    try:
        decoded = json.loads(base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise _Refusal("BadRequestException", "The header parameter is not base64 of a JSON object.") from fault
    if not isinstance(decoded, dict):
        raise _Refusal("BadRequestException", "The header parameter is not base64 of a JSON object.")
    return _lower(decoded)


def _lower(headers: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(name).lower(): value for name, value in headers.items() if isinstance(value, str)}


def _is_start(payload: object) -> TypeGuard[dict[str, Any]]:
    if not isinstance(payload, dict) or not isinstance(payload.get("data"), str):
        return False
    extensions = payload.get("extensions")
    return isinstance(extensions, dict) and isinstance(extensions.get("authorization"), dict)


def _message(text: str) -> Mapping[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _text(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
