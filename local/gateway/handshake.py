"""How a client says who it is when it connects (AppSync Developer Guide, "Building a real-time WebSocket client")."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.websockets import WebSocket

from local.gateway.json_text import parse_json

PROTOCOL = "graphql-ws"
_STANDARD = {"-": "+", "_": "/", " ": "+"}  # the URL-safe alphabet; and a `+` that a query string took for a space


class InvalidHandshake(Exception):
    """The client did not say who it is in any way that AppSync reads: its errorType and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


def offered_protocols(socket: WebSocket) -> Sequence[str]:
    """The subprotocols that the client offers."""
    offered = socket.headers.get("sec-websocket-protocol", "").split(",")
    return [one.strip() for one in offered if one.strip()]


def connect_headers(socket: WebSocket) -> Mapping[str, str]:
    """The headers of a connection: from the query string, the subprotocol, or the upgrade itself.

    Raises InvalidHandshake.
    """
    offered = offered_protocols(socket)
    if PROTOCOL not in offered:
        raise InvalidHandshake("NoProtocolError", f"The {PROTOCOL} subprotocol must be offered.")
    encoded = socket.query_params.get("header")
    if encoded is None:
        encoded = next((one.removeprefix("header-") for one in offered if one.startswith("header-")), None)
    if encoded is None:
        return lower_cased(dict(socket.headers))
    standard = re.sub("[-_ ]", lambda found: _STANDARD[found[0]], encoded).rstrip("=")
    try:
        decoded = parse_json(base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True))
    except (binascii.Error, ValueError) as fault:
        raise InvalidHandshake("BadRequestException", "The header is not base64 of a JSON object.") from fault
    if not isinstance(decoded, dict):
        raise InvalidHandshake("BadRequestException", "The header is not base64 of a JSON object.")
    return lower_cased(decoded)


def lower_cased(headers: Mapping[str, Any]) -> Mapping[str, str]:
    """The headers that are text, by lower-cased name; what UTF-8 cannot say becomes a question mark."""
    return {str(name).lower(): _sayable(value) for name, value in headers.items() if isinstance(value, str)}


def _sayable(text: str) -> str:
    return text.encode(errors="replace").decode()
