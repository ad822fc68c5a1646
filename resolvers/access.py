"""Who is calling: AppSync's identity as the domain's Actor. The one place that reads it."""

from collections.abc import Mapping
from typing import Any

from domain.access import Actor
from domain.errors import Unauthorized
from domain.identifiers import UserId

ADMINS = "admins"


def actor_of(event: Mapping[str, Any]) -> Actor:
    """The actor of a resolver event (AppSync Developer Guide, "Identity" of the context object).

    A Cognito user acts for themselves, one in group `admins` for anyone. IAM and API key callers (identity null; no
    key exists in production) are services and developers: no user, and act for anyone. Raises Unauthorized for any
    other identity: a mode that nobody has thought about is no way in.
    """
    identity = event.get("identity")
    if identity is None or "userArn" in identity:
        return Actor(user_id=None, acts_for_anyone=True)
    claims = identity.get("claims", {})
    if "sub" in identity and claims.get("token_use") in {"access", "id"}:
        return Actor(UserId(identity["sub"]), acts_for_anyone=ADMINS in (identity.get("groups") or ()))
    raise Unauthorized("This kind of credentials may not use the API.")
