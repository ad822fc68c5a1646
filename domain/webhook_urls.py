"""The rules of a webhook's URL, which decide to which hosts the product may send.

An adapter that resolves the host decides about its addresses (adapters/public_addresses.py). The rules leave no room
for two readings of a URL: a host is a name, never an address, because programs disagree about decimal and octal ones.
"""

import re
from dataclasses import dataclass

from domain.errors import Code, ValidationError

URL_LENGTH = 1000
HTTPS_PORT = 443

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A top-level domain begins with a letter. A host whose last label begins with a digit is an address to many programs
# (WHATWG URL Standard, "ends in a number checker").
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_LOOPBACK = re.compile(r"(?P<host>127\.0\.0\.1|localhost)(?::(?P<port>[1-9][0-9]{0,4}))?")
# RFC 3986: unreserved and reserved characters, and the percent sign of an escape.
_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_PARTS = re.compile(r"https://(?P<authority>[^/?#]*)(?P<rest>[^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: the host, the port, and the path with its query."""

    host: str
    port: int
    path: str
    is_loopback: bool = False


def destination_of(url: str, *, allows_loopback: bool = False) -> Destination:
    """Returns the destination of a webhook's URL. Raises ValidationError, which names `url`.

    `allows_loopback` also admits this machine at any port, for the local stage.
    """
    if len(url) > URL_LENGTH:
        raise ValidationError("url", f"must be at most {URL_LENGTH} characters", Code.LENGTH, max=URL_LENGTH)
    if not _CHARACTERS.fullmatch(url):
        rule = "must have only the ASCII characters of a URL: an international name in its form xn--, all else escaped"
        raise ValidationError("url", rule, Code.FORMAT)
    parts = _PARTS.match(url)
    if parts is None:
        raise ValidationError("url", "must begin with https://", Code.FORMAT)
    if parts.end() != len(url):
        raise ValidationError("url", "must have no fragment", Code.FORMAT)
    authority, rest = parts["authority"].lower(), parts["rest"]
    path = rest if rest.startswith("/") else f"/{rest}"
    if "@" in authority:
        raise ValidationError("url", "must have no user name and no password", Code.FORMAT)
    if allows_loopback and (local := _LOOPBACK.fullmatch(authority)):
        return Destination(local["host"], _port(local["port"]), path, is_loopback=True)
    if _NAME.fullmatch(authority):
        return Destination(authority, HTTPS_PORT, path)
    if ":" in authority and not authority.startswith("["):
        raise ValidationError("url", f"must have no port, because messages go to {HTTPS_PORT}", Code.FORMAT)
    rule = "must name a host by its full public name, for example hooks.example.com, and not by an address"
    raise ValidationError("url", rule, Code.FORMAT)


def _port(text: str | None) -> int:
    port = int(text) if text else HTTPS_PORT
    if port > 65535:
        raise ValidationError("url", "must have a port of at most 65535", Code.RANGE, max=65535)
    return port
