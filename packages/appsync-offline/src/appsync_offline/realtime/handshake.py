"""Reads a WebSocket client's credentials (AppSync Developer Guide, "Building a real-time WebSocket client")."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.websockets import WebSocket

from appsync_offline.text.json_text import parse_json

PROTOCOL = "graphql-ws"
# URL-safe alphabet; a query string decodes `+` to a space; Android's default encoder breaks lines (aws-sdk-android#236)
_STANDARD = {"-": "+", "_": "/", " ": "+", "\r": "", "\n": ""}


class InvalidHandshake(Exception):
    """The handshake carries no credentials in a form that AppSync reads. Carries AppSync's errorType and message."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


def offered_protocols(socket: WebSocket) -> Sequence[str]:
    """Returns the subprotocols that the client offers."""
    offered = socket.headers.get("sec-websocket-protocol", "").split(",")
    return [protocol.strip() for protocol in offered if protocol.strip()]


def connect_headers(socket: WebSocket) -> Mapping[str, str]:
    """Returns the authorization headers of a connection, by lower-cased name.

    They come from the query string, the subprotocol or the upgrade request, in this order. Raises InvalidHandshake.
    """
    offered = offered_protocols(socket)
    if PROTOCOL not in offered:
        raise InvalidHandshake("NoProtocolError", f"The {PROTOCOL} subprotocol must be offered.")
    encoded = socket.query_params.get("header")
    if encoded is None:
        encoded = next(
            (protocol.removeprefix("header-") for protocol in offered if protocol.startswith("header-")), None
        )
    if encoded is None:
        return lower_cased(dict(socket.headers))
    standard = re.sub("[-_ \r\n]", lambda character: _STANDARD[character[0]], encoded).rstrip("=")
    try:
        decoded = parse_json(base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True))
    except (binascii.Error, ValueError) as fault:
        raise InvalidHandshake("BadRequestException", "The header is not base64 of a JSON object.") from fault
    if not isinstance(decoded, dict):
        raise InvalidHandshake("BadRequestException", "The header is not base64 of a JSON object.")
    return lower_cased(decoded)


def lower_cased(headers: Mapping[str, Any]) -> Mapping[str, str]:
    """Returns the string headers by lower-cased name. Characters that UTF-8 cannot encode become question marks."""
    return {str(name).lower(): _encodable(value) for name, value in headers.items() if isinstance(value, str)}


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
