"""AppSync's realtime endpoint (AppSync Developer Guide, "Building a real-time WebSocket client")."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from appsync_offline.authentication.authenticator import AuthenticationFailed, Credentials
from appsync_offline.authentication.caller import Caller
from appsync_offline.execution.faults import Fault
from appsync_offline.execution.operation import Operation, Refused, Unparsable
from appsync_offline.execution.selection import grouped, response_key
from appsync_offline.execution.unverified import NOT_VERIFIED
from appsync_offline.gateway import Gateway
from appsync_offline.realtime.handshake import (
    PROTOCOL,
    InvalidHandshake,
    connect_headers,
    lower_cased,
    offered_protocols,
)
from appsync_offline.realtime.send_queue import QueueFull, SendQueue
from appsync_offline.realtime.subscriptions import Subscription
from appsync_offline.text.json_text import parse_json
from appsync_offline.web.http import GraphqlRequest, MalformedRequest
from appsync_offline.web.peers import is_of_another_user

logger = logging.getLogger(__name__)

_CONNECTION_TIMEOUT = 300_000  # milliseconds that a client waits for a message before it reconnects
_KEEP_ALIVE = 60  # seconds
_LIFETIME = 24 * 60 * 60  # seconds
_INITIALIZATION = 15  # seconds to wait for connection_init before a refusal is sent
_MAXIMUM_SUBSCRIPTIONS = 100  # per connection; AppSync's default
_CLOSING = 5  # seconds to wait for the client's part of the closing handshake
_INVALIDATED = "Subscription complete."
_AUTH = "com.amazonaws.deepdish.graphql.auth#"  # AppSync prefixes this error's type on connection only
_HOST = "A missing or another `host`: what AppSync does is not verified."
_GOING_AWAY, _TRY_LATER = 1001, 1013  # RFC 6455, section 7.4.1; 1013: IANA WebSocket close codes


class _Refusal(Exception):
    """A subscription cannot start. Carries AppSync's errorType and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.errors = [{"errorType": error_type, "message": message}]


class RealtimeEndpoint:
    """Accepts WebSocket connections. `close` ends all of them."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._connections: set[Connection] = set()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connection until it ends."""
        await socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered_protocols(socket) else None)
        connection = Connection(socket, self._gateway)
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)

    async def close(self) -> None:
        """End every connection with close code 1001 (going away)."""
        for connection in tuple(self._connections):
            connection.end(_GOING_AWAY)


class Connection:
    """One client's connection. It handles messages in order, and sends through a bounded queue."""

    def __init__(self, socket: WebSocket, gateway: Gateway) -> None:
        self._socket = socket
        self._gateway = gateway
        self._host = socket.headers.get("host", "").lower()  # the headers do not outlive the handshake
        self._subscriptions: dict[str, Subscription] = {}
        self._send_queue = SendQueue(socket.send_text)
        self._closing = (1000, "")
        self._lifetime: asyncio.Timeout | None = None
        self._spoke = self._acknowledged = False
        self._keep_alive: asyncio.TimerHandle | None = None

    def end(self, code: int, reason: str = "") -> None:
        """Close the connection soon, with this WebSocket close code and reason."""
        if self._lifetime:
            self._closing = code, reason
            self._lifetime.reschedule(0)
            self._lifetime = None

    async def serve(self) -> None:
        """Serve from handshake to close. One task reads and answers; an idle connection has no other task."""
        try:
            async with asyncio.timeout(_LIFETIME) as self._lifetime:
                await self._converse()
        except TimeoutError:
            logger.debug("ended by the gateway")
        except (WebSocketDisconnect, RuntimeError):
            logger.debug("ended by the client")
        except Exception:
            logger.exception("a connection failed")
        finally:
            self._lifetime = None
            if self._keep_alive:
                self._keep_alive.cancel()
            for subscription in self._subscriptions.values():
                self._gateway.subscriptions.remove(subscription)
            await self._send_queue.close()
            try:
                async with asyncio.timeout(_CLOSING):
                    await self._socket.close(*self._closing)
            except (RuntimeError, WebSocketDisconnect, TimeoutError):
                logger.debug("the client closed first, or does not hear that it is closed")

    async def _converse(self) -> None:
        try:
            caller = await self._connect()
        except (AuthenticationFailed, InvalidHandshake) as fault:
            await self._refuse(fault)
            return
        logger.info("connected: %s", caller.name)
        # A client's connection_init is answered by connection_ack, followed by the first `ka`.
        self._keep_alive = asyncio.get_running_loop().call_later(_KEEP_ALIVE, self._keep)
        while True:
            await self._turn(_message(await self._received()))

    async def _turn(self, message: Mapping[str, Any]) -> None:
        """Answer one message. (A loop variable would keep the message in memory until the next one arrives.)"""
        if message.get("type") != "connection_init":
            await self._handle(message)
        elif not self._acknowledged:
            self._acknowledged = True
            self._send({"type": "connection_ack", "payload": {"connectionTimeoutMs": _CONNECTION_TIMEOUT}})
        if not self._spoke:
            self._spoke = True
            self._keep()

    def _keep(self) -> None:
        """Send a keep-alive (`ka`) now, and again at every interval."""
        if self._keep_alive:
            self._keep_alive.cancel()
        self._send({"type": "ka"})
        self._keep_alive = asyncio.get_running_loop().call_later(_KEEP_ALIVE, self._keep)

    async def _connect(self) -> Caller:
        headers = connect_headers(self._socket)
        if self._gateway.engine.strict and not self._names_us(headers):
            raise InvalidHandshake(NOT_VERIFIED, _HOST)
        return await self._gateway.authenticate(self._credentials(headers, "/graphql/connect", b"{}", {}))

    async def _refuse(self, fault: AuthenticationFailed | InvalidHandshake) -> None:
        # The refusal is sent after the client's first message, because a client that is still sending would miss it.
        try:
            async with asyncio.timeout(_INITIALIZATION):
                await self._received()
        except TimeoutError:
            logger.debug("no connection_init came")
        prefix = _AUTH if fault.error_type == "UnauthorizedException" else ""
        error = {"errorType": prefix + fault.error_type, "message": fault.message, "errorCode": 400}
        logger.info("connection refused: %s", fault.message)
        await self._socket.send_text(_text({"payload": {"errors": [error]}, "type": "connection_error"}))

    async def _handle(self, message: Mapping[str, Any]) -> None:
        kind, id_ = message.get("type"), message.get("id")
        if kind == "start":
            await self._start(id_, message.get("payload"))
        elif kind == "stop" and isinstance(id_, str):
            self._stop(id_)
        else:
            self._unsupported()

    async def _start(self, id_: object, payload: object) -> None:
        if not isinstance(id_, str) or not _is_start(payload):
            self._unsupported()
            return
        try:
            subscription = await self._subscribed(id_, payload)
        except AuthenticationFailed as fault:
            errors: Any = [{"errorType": fault.error_type, "message": fault.message}]
        except (_Refusal, Refused) as refused:
            errors = [_of_frame(error) for error in refused.errors]
        except MalformedRequest as fault:
            errors = [{"errorType": fault.error_type, "message": str(fault)}]
        else:
            # The subscription is registered before start_ack is sent, so that a client with the ack misses no event.
            self._subscriptions[id_] = subscription
            self._gateway.subscriptions.add(subscription)
            self._send({"id": id_, "type": "start_ack"})
            logger.info("subscribed: %s by %s", subscription.listening.field_name, subscription.caller.name)
            return
        self._send({"id": id_, "type": "error", "payload": {"errors": errors}})

    def _unsupported(self) -> None:
        error = {"errorType": "UnsupportedOperation", "message": "unknown not supported through the realtime channel"}
        # AppSync answers with an empty id, whatever id the client sent.
        self._send({"type": "error", "id": "", "payload": {"errors": [error]}})

    async def _subscribed(self, id_: str, payload: Mapping[str, Any]) -> Subscription:
        if id_ in self._subscriptions:
            raise _duplicated(id_)
        if len(self._subscriptions) >= _MAXIMUM_SUBSCRIPTIONS:
            message = f"Max number of {_MAXIMUM_SUBSCRIPTIONS} subscriptions reached"
            raise _Refusal("MaxSubscriptionsReachedError", message)
        data: str = payload["data"]
        headers = lower_cased(payload["extensions"]["authorization"])
        if self._gateway.engine.strict and not self._names_us(headers):
            raise _Refusal(NOT_VERIFIED, _HOST)
        try:
            signed, request = data.encode(), GraphqlRequest.of(parse_json(data))
        except ValueError as fault:
            raise MalformedRequest("Unable to parse GraphQL query.") from fault
        caller = await self._gateway.authenticate(
            self._credentials(headers, "/graphql", signed, request.for_authorizer())
        )
        engine = self._gateway.engine
        try:
            operation = engine.prepare(request.query, request.variables, request.operation_name)
        except Unparsable as fault:
            raise MalformedRequest(str(fault)) from fault
        if operation.kind is not OperationType.SUBSCRIPTION:
            raise _Refusal("UnsupportedOperation", f"{operation.kind.value} not supported through the realtime channel")
        if _root_fields(operation) > 1:
            raise _duplicated(id_)  # AppSync starts each field separately, under the same id
        listening = await engine.listen(operation, caller, headers)
        return Subscription(operation, caller, listening, self._data(id_), lambda: self.end(1000, _INVALIDATED))

    def _data(self, id_: str) -> Callable[[str], None]:
        start = _text({"id": id_, "type": "data"}).removesuffix("}")
        return lambda payload: self._put(f'{start},"payload":{payload}}}')

    def _stop(self, id_: str) -> None:
        subscription = self._subscriptions.pop(id_, None)
        if subscription:
            self._gateway.subscriptions.remove(subscription)
        self._send({"id": id_, "type": "complete"})

    def _send(self, message: Mapping[str, Any]) -> None:
        self._put(_text(message))

    def _put(self, text: str) -> None:
        if self._lifetime is None:
            return
        try:
            self._send_queue.put(text)
        except QueueFull:
            logger.warning("a client reads too slowly: its connection is closed")
            self.end(_TRY_LATER)

    async def _received(self) -> str:
        """Returns the next message's text; empty for a binary message. Raises WebSocketDisconnect."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return message.get("text") or ""

    def _names_us(self, headers: Mapping[str, str]) -> bool:
        return headers.get("host", "").lower() == self._host

    def _credentials(
        self, headers: Mapping[str, str], path: str, signed: bytes, operation: Mapping[str, Any]
    ) -> Credentials:
        source_ip = self._socket.client.host if self._socket.client else "127.0.0.1"
        scope = self._socket.scope
        return Credentials(headers, path, signed, source_ip, operation, "POST", lambda: is_of_another_user(scope))


def _duplicated(id_: str) -> _Refusal:
    return _Refusal("DuplicatedOperationError", f"Duplicated operation with id {id_[:100]}")


def _of_frame(error: Fault) -> Fault:
    """Returns an error as an `error` frame shows it: its message, and its type if it has a type."""
    return {key: error[key] for key in ("errorType", "message") if error.get(key) is not None}


def _root_fields(operation: Operation) -> int:
    roots = grouped([operation.definition], operation.fragments, response_key).values()
    return sum(not nodes[0].name.value.startswith("__") for nodes in roots)


def _is_start(payload: object) -> TypeGuard[dict[str, Any]]:
    if not isinstance(payload, dict) or not isinstance(payload.get("data"), str):
        return False
    extensions = payload.get("extensions")
    return isinstance(extensions, dict) and isinstance(extensions.get("authorization"), dict)


def _message(text: str) -> Mapping[str, Any]:
    try:
        message = parse_json(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _text(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
