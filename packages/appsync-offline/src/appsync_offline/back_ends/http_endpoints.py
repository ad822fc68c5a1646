"""Runs the requests of HTTP data sources.

AppSync Developer Guide, "JavaScript resolver function reference for HTTP": a request is `{method, resourcePath, params:
{query, headers, body}}`, and its result `{statusCode, headers, body}`, in which the body is a text.
"""

import errno
import json
import logging
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from appsync_offline.back_ends.requests import DataSourceFailed, Request
from appsync_offline.control_plane.aws_api import Signer
from appsync_offline.control_plane.deployed_api import DataSource
from appsync_offline.execution.unverified import NOT_VERIFIED

logger = logging.getLogger(__name__)
_TIMEOUT = 30  # seconds, as AppSync's limit of a request
_CONCURRENT = 16
_MAXIMUM_RESPONSE = 5_000_000  # bytes, as of a resolver's answer
_METHODS = frozenset({"PUT", "POST", "GET", "DELETE", "PATCH"})
# "You can't set the following HTTP headers". The guide also passes on a caller's headers, which have some of them.
_NOT_SENT = frozenset({"host", "connection", "user-agent", "expect", "transfer-encoding", "content-length"})
_CONTENT_TYPE = re.compile(
    r"text/[^;]+|application/(xml|json|soap\+xml|x-amz-json-1\.[01]|vnd\.api\+json|x-ndjson)", re.IGNORECASE
)
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SUPERFLUOUS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # aiohttp adds them, AppSync's are not known
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FAILED = "HttpRequestException"  # the name of AppSync's own exception (aws-appsync-community#79)


class HttpEndpoints:
    """The endpoints of HTTP data sources, which can be requested within this context.

    Redirects are not followed. A name leads to this machine or to its link only if it says so, as `localhost` does.
    """

    def __init__(self, *, strict: bool = False) -> None:
        """With `strict`, content types that AppSync does not list are refused, and so are redirects."""
        self._strict = strict

    async def __aenter__(self) -> Self:
        """Start without a connection."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=_CONCURRENT, resolver=_Resolver()),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
            skip_auto_headers=_SUPERFLUOUS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections."""
        await self._session.close()

    async def run(self, source: DataSource, request: Request) -> Any:
        """Returns the response to a request. Raises DataSourceFailed if there is none, or if it makes no sense."""
        method, url, headers, body = _read(source, request)
        unlisted = next((value for name, value in headers.items() if _is_unlisted(name, value)), None)
        if unlisted and self._strict:
            raise DataSourceFailed(f"The content type {unlisted}: AppSync does not list it.", NOT_VERIFIED)
        if unlisted:
            logger.warning("AppSync does not list the content type %s for HTTP data sources.", unlisted)
        if source.signing:
            headers = Signer(source.signing.service, source.signing.region).headers(method, url, body, headers)
        try:
            async with self._session.request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                if self._strict and response.status in _REDIRECTS:
                    raise DataSourceFailed("A redirect: what AppSync does is not verified.", NOT_VERIFIED)
                content = await response.content.read(_MAXIMUM_RESPONSE + 1)
                while len(content) <= _MAXIMUM_RESPONSE and (more := await response.content.readany()):
                    content += more
                if len(content) > _MAXIMUM_RESPONSE:
                    raise DataSourceFailed(f"The response exceeds {_MAXIMUM_RESPONSE} bytes.", _FAILED)
                return {
                    "statusCode": response.status,
                    "headers": {name: ", ".join(response.headers.getall(name)) for name in response.headers},
                    "body": content.decode(_charset(response), errors="replace"),
                }
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            why = str(fault) or type(fault).__name__
            raise DataSourceFailed(f"{source.endpoint} does not answer: {why}", _FAILED) from fault


class _Resolver(AbstractResolver):
    """Resolves names, but not to addresses of this machine or its link unless the name means this machine."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """Returns the addresses of a name. Raises OSError."""
        addresses = await self._resolver.resolve(host, port, family)
        if host != "localhost" and not host.endswith(".localhost"):
            addresses = [address for address in addresses if not _is_near(address["host"])]
            if not addresses:
                raise OSError(errno.EADDRNOTAVAIL, "it is an address of this machine: name that with --http-endpoint")
        return addresses

    async def close(self) -> None:
        """Release the resolver."""
        await self._resolver.close()


def _is_near(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_link_local or address.is_unspecified


def _read(source: DataSource, request: Request) -> tuple[str, str, dict[str, str], bytes | None]:
    """Returns method, URL, headers and body of a request. Raises DataSourceFailed."""
    method, path, params = request.get("method"), request.get("resourcePath"), request.get("params") or {}
    if method not in _METHODS:
        raise DataSourceFailed(f"The method of an HTTP request is one of {', '.join(sorted(_METHODS))}.", "Code")
    if not isinstance(path, str) or not path.startswith("/"):
        raise DataSourceFailed("The resourcePath of an HTTP request is a text that begins with /.", "Code")
    if not isinstance(params, Mapping):
        raise DataSourceFailed("The params of an HTTP request are an object.", "Code")
    url = (source.endpoint or "").rstrip("/") + quote(path, safe="/%?&=:@!$'()*+,;~-._[]")
    if query := urlencode(list(_texts("query", params.get("query")))):
        url += ("&" if "?" in path else "?") + query
    headers = {name: value for name, value in _texts("headers", params.get("headers")) if name.lower() not in _NOT_SENT}
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise DataSourceFailed(f"{name!r} is no header that can be sent.", "Code")
    body = params.get("body")
    has_type = any(name.lower() == "content-type" for name in headers)
    if not has_type and body is not None and not isinstance(body, str):
        headers["content-type"] = "application/json"
    if body is None:
        return method, url, headers, None
    return method, url, headers, (body if isinstance(body, str) else json.dumps(body)).encode(errors="replace")


def _is_unlisted(name: str, value: str) -> bool:
    return name.lower() == "content-type" and not _CONTENT_TYPE.match(value)


def _texts(member: str, values: object) -> Iterator[tuple[str, str]]:
    if values is None:
        return
    if not isinstance(values, Mapping):
        raise DataSourceFailed(f"The {member} of an HTTP request are an object.", "Code")
    for name, value in values.items():
        if isinstance(value, (Mapping, list)):
            raise DataSourceFailed(f"{name} of the {member} of an HTTP request is no text.", "Code")
        if value is not None:
            yield name, value if isinstance(value, str) else json.dumps(value)


def _charset(response: aiohttp.ClientResponse) -> str:
    try:
        "".encode(response.charset or "utf-8")
    except LookupError:
        return "utf-8"
    return response.charset or "utf-8"
