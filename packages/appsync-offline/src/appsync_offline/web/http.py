"""AppSync's HTTP endpoint: GET and POST /graphql."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from appsync_offline.authentication.authenticator import AuthenticationFailed, Credentials
from appsync_offline.execution.operation import Unparsable
from appsync_offline.execution.unverified import NOT_VERIFIED
from appsync_offline.gateway import Gateway, MutationByGet, SubscriptionOverHttp
from appsync_offline.text.json_text import parse_json
from appsync_offline.web.peers import is_of_another_user

_RECEIVING = 30  # seconds to receive a body; AppSync's own bound is not published
MAXIMUM_BODY = 1_000_000  # bytes; AppSync's own bound is not published


class MalformedRequest(Exception):
    """The request is not a GraphQL request."""

    error_type = "MalformedHttpRequestException"
    status = 400


class RequestTooLarge(MalformedRequest):
    """The body is larger than MAXIMUM_BODY."""

    status = 413


class RequestTooSlow(MalformedRequest):
    """The body did not end in time."""

    status = 408


class UnverifiedOperation(MalformedRequest):
    """A strict gateway does not serve what nobody has verified."""

    error_type = NOT_VERIFIED
    status = 405


class UnsupportedOperation(MalformedRequest):
    """The request is a subscription, which only the WebSocket endpoint runs."""

    error_type = "UnsupportedOperation"


@dataclass(frozen=True)
class GraphqlRequest:
    """The GraphQL part of a request. Other keys of the body are ignored."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None

    @classmethod
    def of(cls, parameters: object) -> "GraphqlRequest":
        """Returns the request of a decoded body or query string. Raises MalformedRequest."""
        if not isinstance(parameters, dict) or not isinstance(parameters.get("query"), str):
            raise MalformedRequest("Unable to parse GraphQL query.")
        variables, name = parameters.get("variables"), parameters.get("operationName")
        if not isinstance(variables, (dict, type(None))) or not isinstance(name, (str, type(None))):
            raise MalformedRequest("Unable to parse GraphQL query.")
        return cls(parameters["query"], variables or {}, name)

    def for_authorizer(self) -> Mapping[str, Any]:
        """Returns the request in the form that a Lambda authorizer receives."""
        return {"queryString": self.query, "operationName": self.operation_name, "variables": self.variables}


class HttpEndpoint:
    """Answers GraphQL operations over HTTP."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def respond(self, request: Request) -> Response:
        """Returns 200 with data and errors for an operation, and 4xx for a request that is none."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        # AppSync adds a trace header to every request; resolvers use it as correlation id (X-Ray Developer Guide).
        headers.setdefault("x-amzn-trace-id", f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}")
        try:
            body = await _body(request)
            parsed = _parsed(request, body)
            # Authentication comes first, so that an unauthenticated caller learns nothing about the request's faults.
            caller = await self._gateway.authenticate(_credentials(request, headers, body, parsed))
            if isinstance(parsed, MalformedRequest):
                raise parsed
            outcome = await self._gateway.run(
                parsed.query, parsed.variables, parsed.operation_name, caller, headers, by_get=request.method == "GET"
            )
        except AuthenticationFailed as fault:
            return refusal(fault.status, {"errorType": fault.error_type, "message": fault.message})
        except SubscriptionOverHttp:
            return _malformed(UnsupportedOperation("Subscriptions run over the WebSocket endpoint only."))
        except MutationByGet:
            return _malformed(UnverifiedOperation("A mutation by GET: what AppSync does today is not verified."))
        except Unparsable as fault:
            return _malformed(MalformedRequest(str(fault)))
        except MalformedRequest as fault:
            return _malformed(fault)
        return _response(200, outcome.answer, {**outcome.response_headers, "x-amzn-appsync-tokensconsumed": "1"})


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_RECEIVING):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAXIMUM_BODY:
                    raise RequestTooLarge(f"Request body is larger than {MAXIMUM_BODY} bytes.")
    except TimeoutError as fault:
        raise RequestTooSlow(f"Request body did not end within {_RECEIVING} seconds.") from fault
    except ClientDisconnect as fault:
        # Nobody reads this refusal. It keeps a caller who leaves from filling the log with traces.
        raise MalformedRequest("Request body is incomplete.") from fault
    return bytes(body)


def _parsed(request: Request, body: bytes) -> GraphqlRequest | MalformedRequest:
    try:
        if request.method == "GET":
            parameters: dict[str, Any] = dict(request.query_params)
            if "variables" in parameters:
                parameters["variables"] = _json(parameters["variables"].encode())
            return GraphqlRequest.of(parameters)
        if not body:
            return MalformedRequest("Request body is empty.")
        return GraphqlRequest.of(_json(body))
    except MalformedRequest as fault:
        return fault


def _credentials(
    request: Request, headers: Mapping[str, str], body: bytes, parsed: GraphqlRequest | MalformedRequest
) -> Credentials:
    operation = {} if isinstance(parsed, MalformedRequest) else parsed.for_authorizer()
    source_ip = request.client.host if request.client else "127.0.0.1"
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Credentials(
        headers, path, body, source_ip, operation, request.method, lambda: is_of_another_user(request.scope)
    )


def _json(text: bytes) -> Any:
    try:
        return parse_json(text)
    except ValueError as fault:
        raise MalformedRequest("Unable to parse GraphQL query.") from fault


def refusal(status: int, error: Mapping[str, str]) -> Response:
    """Returns a 4xx or 5xx with one error: {"errorType", "message"}, in AppSync's key order."""
    # Amplify reads only this header of a refusal.
    return _response(status, {"errors": [error]}, {"x-amzn-errortype": error["errorType"]})


def _malformed(fault: MalformedRequest) -> Response:
    return refusal(fault.status, {"message": str(fault), "errorType": fault.error_type})


def _response(status: int, content: object, headers: Mapping[str, str]) -> Response:
    return Response(
        json.dumps(content, separators=(",", ":")),
        status,
        {"x-amzn-requestid": str(uuid4()), **headers},
        media_type="application/json;charset=UTF-8",
    )
