"""Authenticates callers by a Lambda authorizer (AppSync Developer Guide, "AWS_LAMBDA authorization")."""

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from appsync_offline.authentication.caller import Caller
from appsync_offline.back_ends.lambda_functions import FunctionFailed, Invoke
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider, DeployedApi

logger = logging.getLogger(__name__)
_TIME_LIMIT = 10  # seconds that the function may take
_MAXIMUM_REMEMBERED = 10_000  # tokens


class TokenRefused(Exception):
    """The authorizer refuses the token. `asked` is false when the token does not match the validation expression."""

    def __init__(self, *, by_function: bool) -> None:
        super().__init__()
        self.by_function = by_function


class LambdaAuthorizer:
    """The Lambda authorizer of one API. Caches a verdict for its own TTL, or for the API's TTL by default."""

    def __init__(self, provider: AuthProvider, api: DeployedApi, invoke: Invoke) -> None:
        self._provider = provider
        self._api = api
        self._invoke = invoke
        self._remembered: dict[str, tuple[float, Caller]] = {}  # token → (expiry in monotonic seconds, caller)

    async def caller(self, token: str, operation: Mapping[str, Any], headers: Mapping[str, str]) -> Caller:
        """Returns the caller that presents the token. Raises TokenRefused."""
        pattern = self._provider.identity_validation_expression
        if pattern and not re.fullmatch(pattern, token):
            raise TokenRefused(by_function=False)
        until, caller = self._remembered.get(token, (0.0, None))
        if caller is not None and until > time.monotonic():
            return caller
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                event = self._event(token, operation, headers)
                verdict = await self._invoke(self._provider.authorizer_uri or "", event)
        except (FunctionFailed, TimeoutError) as fault:
            raise TokenRefused(by_function=True) from fault
        if not isinstance(verdict, Mapping) or verdict.get("isAuthorized") is not True:
            raise TokenRefused(by_function=True)
        context = verdict.get("resolverContext") or {}
        if not isinstance(context, Mapping) or any(isinstance(value, (Mapping, list)) for value in context.values()):
            logger.warning("A Lambda authorizer's resolverContext holds keys and plain values only: refused.")
            raise TokenRefused(by_function=True)
        denied = verdict.get("deniedFields")
        caller = Caller(
            AuthMode.LAMBDA,
            "lambda-authorizer",
            {"resolverContext": dict(context)},
            denied_fields=frozenset(map(_type_and_field, denied if isinstance(denied, list) else ())),
        )
        self._remember(token, caller, verdict.get("ttlOverride"))
        return caller

    def _event(self, token: str, operation: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any]:
        return {
            "authorizationToken": token,
            "requestContext": {
                "apiId": self._api.id,
                "accountId": self._api.account_id,
                "requestId": str(uuid4()),
                "queryString": "",
                "operationName": None,
                "variables": {},
                **operation,
            },
            "requestHeaders": dict(headers),
        }

    def _remember(self, token: str, caller: Caller, override: object) -> None:
        ttl = override if isinstance(override, (int, float)) else self._provider.authorizer_result_ttl
        if len(self._remembered) >= _MAXIMUM_REMEMBERED:
            self._remembered.clear()
        self._remembered.pop(token, None)
        if ttl > 0:
            self._remembered[token] = time.monotonic() + ttl, caller


def _type_and_field(denied: object) -> str:
    arn = re.fullmatch(r"arn:.*/types/(\w+)/fields/(\w+)", str(denied))
    return f"{arn[1]}.{arn[2]}" if arn else str(denied)
