"""Authenticates callers by AppSync's authorization modes (AppSync Developer Guide, "Configuring authorization")."""

import asyncio
import hmac
import json
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from appsync_offline.authentication.access_keys import FindKey
from appsync_offline.authentication.caller import Caller
from appsync_offline.authentication.lambda_authorizer import LambdaAuthorizer, TokenRefused
from appsync_offline.authentication.sigv4 import InvalidSignature, Signature
from appsync_offline.authentication.tokens import (
    InvalidToken,
    TokenVerifier,
    claimed_issuer,
    token_in,
    user_pool_issuer,
)
from appsync_offline.back_ends.lambda_functions import Invoke
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider, DeployedApi

_NO_HEADER = "Valid authorization header not provided."
_NOT_AUTHORIZED = "You are not authorized to make this call."


class AuthenticationFailed(Exception):
    """The credentials identify no caller. Carries AppSync's errorType, its message and the HTTP status."""

    def __init__(self, message: str, error_type: str = "UnauthorizedException", status: int = 401) -> None:
        super().__init__(message)
        self.message = message
        self.error_type = error_type
        self.status = status


@dataclass(frozen=True)
class Credentials:
    """What a request or a WebSocket message presents. Header names are lower-cased.

    A signature covers `method`, `path` (with its query string) and `body`. `operation` is what a Lambda authorizer
    receives: {"queryString", "operationName", "variables"}; it is empty when a WebSocket connection is opened.
    `is_of_another_user` tells whether another user of this machine sent it.
    """

    headers: Mapping[str, str]
    path: str
    body: bytes
    source_ip: str
    operation: Mapping[str, Any] = field(default_factory=dict)
    method: str = "POST"
    is_of_another_user: Callable[[], bool] = lambda: False


class Authenticator:
    """Authenticates the callers of one API by the modes that the API configures."""

    def __init__(self, api: DeployedApi, *, aws_endpoint: str, find_key: FindKey, invoke: Invoke) -> None:
        self._api = api
        self._modes = {provider.mode for provider in api.auth}
        self._find_key = find_key
        lambda_provider = next((provider for provider in api.auth if provider.mode is AuthMode.LAMBDA), None)
        self._authorizer = LambdaAuthorizer(lambda_provider, api, invoke) if lambda_provider else None
        self._aws_endpoint = aws_endpoint
        self._verifiers: dict[str, tuple[AuthProvider, TokenVerifier]] = {}

    async def authenticate(self, credentials: Credentials) -> Caller:
        """Returns the caller. Raises AuthenticationFailed."""
        authorization = credentials.headers.get("authorization", "")
        if authorization.startswith("AWS4-HMAC-SHA256"):
            return await self._iam(authorization, credentials)
        if key := credentials.headers.get("x-api-key"):
            return self._api_key(key)
        if not authorization:
            raise AuthenticationFailed(_NO_HEADER)
        token = token_in(authorization)
        if token and self._modes & {AuthMode.COGNITO, AuthMode.OIDC}:
            return await self._token(token, credentials)
        if self._authorizer:
            return await self._lambda(self._authorizer, authorization, credentials)
        raise AuthenticationFailed(_NO_HEADER)

    def _api_key(self, presented: str) -> Caller:
        now = time.time()
        for key in self._api.api_keys if AuthMode.API_KEY in self._modes else ():
            if _same(key.id, presented) and key.expires > now:
                return Caller(AuthMode.API_KEY, "api-key")
        raise AuthenticationFailed(_NOT_AUTHORIZED)

    async def _iam(self, authorization: str, credentials: Credentials) -> Caller:
        if AuthMode.IAM not in self._modes:
            raise AuthenticationFailed(_NO_HEADER)
        try:
            signature = Signature.parse(authorization)
        except InvalidSignature as fault:
            raise AuthenticationFailed(str(fault), "IncompleteSignatureException", 403) from fault
        key = await self._find_key(signature.access_key_id)
        token = credentials.headers.get("x-amz-security-token")
        unknown = key is None or (key.for_this_user and credentials.is_of_another_user())
        if key is None or unknown or (key.session_token and not _same(key.session_token, token or "")):
            message = "The security token included in the request is invalid."
            raise AuthenticationFailed(message, "UnrecognizedClientException", 403)
        try:
            signature.verify(
                key.secret,
                region=self._api.region,
                method=credentials.method,
                path=credentials.path,
                headers=credentials.headers,
                body=credentials.body,
                now=datetime.now(UTC),
            )
        except InvalidSignature as fault:
            raise AuthenticationFailed(str(fault), "InvalidSignatureException", 403) from fault
        identity = {
            "accountId": key.account_id,
            "cognitoIdentityPoolId": None,
            "cognitoIdentityId": None,
            "sourceIp": [credentials.source_ip],
            "username": key.user_id,
            "userArn": key.user_arn,
            "cognitoIdentityAuthType": None,
            "cognitoIdentityAuthProvider": None,
        }
        return Caller(AuthMode.IAM, key.user_arn, identity)

    async def _token(self, token: str, credentials: Credentials) -> Caller:
        try:
            provider, verifier = await self._verifier(claimed_issuer(token))
            claims = await verifier.claims(token)
        except InvalidToken as fault:
            raise AuthenticationFailed(str(fault)) from fault
        if provider.mode is AuthMode.OIDC:
            identity = {"sub": claims["sub"], "issuer": claims["iss"], "claims": dict(claims)}
            return Caller(AuthMode.OIDC, f"oidc:{claims['sub']}", identity)
        groups = claims.get("cognito:groups")
        groups = groups if isinstance(groups, list) else None  # a text would be taken for the set of its characters
        username = claims.get("cognito:username") or claims.get("username")
        identity = {
            "sub": claims["sub"],
            "issuer": claims["iss"],
            "username": username,
            "claims": dict(claims),
            "sourceIp": [credentials.source_ip],
            "defaultAuthStrategy": provider.default_action,
            "groups": groups,
        }
        return Caller(
            AuthMode.COGNITO,
            f"user:{username}",
            identity,
            frozenset(group for group in groups or () if isinstance(group, str)),
        )

    async def _verifier(self, issuer: str) -> tuple[AuthProvider, TokenVerifier]:
        if issuer not in self._verifiers:
            for provider in self._api.auth:
                if provider.mode is AuthMode.COGNITO and provider.user_pool_id and user_pool_issuer(provider) == issuer:
                    pool = f"{self._aws_endpoint}/{provider.user_pool_id}" if self._aws_endpoint else issuer
                    keys = f"{pool}/.well-known/jwks.json"
                elif provider.mode is AuthMode.OIDC and (provider.issuer or "").rstrip("/") == issuer.rstrip("/"):
                    keys = await asyncio.to_thread(_discovered_keys, issuer)
                else:
                    continue
                self._verifiers[issuer] = provider, TokenVerifier(provider, issuer=issuer, keys_url=keys)
                break
            else:
                raise InvalidToken(_NO_HEADER)
        return self._verifiers[issuer]

    async def _lambda(self, authorizer: LambdaAuthorizer, token: str, credentials: Credentials) -> Caller:
        try:
            return await authorizer.caller(token, credentials.operation, credentials.headers)
        except TokenRefused as fault:
            raise AuthenticationFailed(_NOT_AUTHORIZED if fault.by_function else _NO_HEADER) from fault


def _same(secret: str, presented: str) -> bool:
    return hmac.compare_digest(secret.encode(), presented.encode())


def _discovered_keys(issuer: str) -> str:
    """Returns the URL of the issuer's key set (OpenID Connect Discovery 1.0, section 4). Raises InvalidToken."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # the issuer that the API names # noqa: S310 # nosec B310
            return str(json.load(answer)["jwks_uri"])
    except (OSError, ValueError, KeyError) as fault:
        raise InvalidToken(_NO_HEADER) from fault


Authenticate = Callable[[Credentials], Awaitable[Caller]]
