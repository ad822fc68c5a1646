"""Who is calling: AppSync's identity as the domain's Actor. The one place that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.access import Actor
from domain.errors import Unauthorized
from domain.identifiers import UserId

ADMINS = "admins"


@dataclass(frozen=True, slots=True)
class Access:
    """The stage's rule of who may come in.

    `accepts_api_keys`: a developer with an API key explores, in stages that issue one. Elsewhere a caller without
    identity is refused, whatever authorization modes the API has.
    """

    accepts_api_keys: bool

    def actor_of(self, event: Mapping[str, Any]) -> Actor:
        """The actor of a resolver event (AppSync Developer Guide, "Identity" of the context object).

        A user pool's user acts for themselves, one in group `admins` for anyone. IAM callers are services, and API key
        callers (their identity is null) developers: both are no user, and act for anyone. Raises Unauthorized for
        every other identity; an identity pool's credentials too, because they are an end user's.
        """
        identity = event.get("identity", {})
        if identity is None and self.accepts_api_keys:
            return Actor(user_id=None, acts_for_anyone=True)
        if identity and identity.get("userArn") and not identity.get("cognitoIdentityId"):
            return Actor(user_id=None, acts_for_anyone=True)
        if identity and _is_of_the_user_pool(identity):
            return Actor(UserId(identity["sub"]), acts_for_anyone=ADMINS in (identity.get("groups") or ()))
        raise Unauthorized("This kind of credentials may not use the API.")


def _is_of_the_user_pool(identity: Mapping[str, Any]) -> bool:
    # An OpenID Connect provider's identity has `sub` and `claims` too, but no `username` (@aws-appsync/utils, types).
    claims = identity.get("claims") or {}
    return {"sub", "username"} <= identity.keys() and claims.get("token_use") in {"access", "id"}
