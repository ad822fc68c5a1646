"""Verifies JSON Web Tokens of Cognito user pools and OpenID Connect issuers (RFC 7519; Amazon Cognito Developer Guide,
"Verifying JSON web tokens").

PyJWT is imported with the first token, because it takes a tenth of the gateway's start.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any

from appsync_offline.control_plane.deployed_api import AuthProvider

_LEEWAY = 0  # seconds
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")


class InvalidToken(Exception):
    """The token is not valid. The message is AppSync's."""


def token_in(authorization: str) -> str | None:
    """Returns the JWT of the header, with or without `Bearer`; None if the header holds something else."""
    token = re.sub(r"^Bearer\s+", "", authorization.strip(), flags=re.IGNORECASE)
    return token if _JWT.fullmatch(token) else None


def claimed_issuer(token: str) -> str:
    """Returns the issuer that a token claims. It is unverified and serves only to choose the verifier.

    Raises InvalidToken.
    """
    import jwt

    try:
        return str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError as fault:
        raise InvalidToken("Unable to parse JWT token.") from fault


def user_pool_issuer(provider: AuthProvider) -> str:
    """Returns the `iss` claim of the tokens of the provider's user pool."""
    return f"https://cognito-idp.{provider.user_pool_region}.amazonaws.com/{provider.user_pool_id}"


class TokenVerifier:
    """Verifies one provider's tokens against its published keys, which are fetched on first use and cached."""

    def __init__(self, provider: AuthProvider, *, issuer: str, keys_url: str) -> None:
        from jwt import PyJWKClient

        self._provider = provider
        self.issuer = issuer
        self._keys = PyJWKClient(keys_url, timeout=5)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Returns the token's verified claims. Raises InvalidToken."""
        import jwt

        try:
            claims = await asyncio.to_thread(self._verified, token)
        except jwt.ExpiredSignatureError as fault:
            raise InvalidToken("Token has expired.") from fault
        except jwt.PyJWTError as fault:
            raise InvalidToken("Valid authorization header not provided.") from fault
        self._check_client(claims)
        self._check_ages(claims)
        return claims

    def _verified(self, token: str) -> Mapping[str, Any]:
        import jwt

        key = self._keys.get_signing_key_from_jwt(token)
        decoded: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256", "RS384", "RS512", "ES256"],
            issuer=self.issuer,
            leeway=_LEEWAY,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},  # _check_client checks the audience
        )
        return decoded

    def _check_client(self, claims: Mapping[str, Any]) -> None:
        is_pool = self._provider.user_pool_id is not None
        if is_pool and claims.get("token_use") not in {"access", "id"}:
            raise InvalidToken("Valid authorization header not provided.")
        allowed = self._provider.app_id_client_regex if is_pool else self._provider.client_id
        audience = claims.get("aud") or ()
        clients = [claims.get("client_id"), claims.get("azp"), *([audience] if isinstance(audience, str) else audience)]
        if allowed and not any(isinstance(client, str) and re.fullmatch(allowed, client) for client in clients):
            raise InvalidToken("Valid authorization header not provided.")

    def _check_ages(self, claims: Mapping[str, Any]) -> None:
        ages = (("iat", self._provider.iat_ttl), ("auth_time", self._provider.auth_ttl))
        if any(ttl and time.time() * 1000 - claims.get(claim, 0) * 1000 > ttl for claim, ttl in ages):
            raise InvalidToken("Token has expired.")
