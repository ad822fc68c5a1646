"""Converts AppSync's identity to the domain's Actor. No other module reads the identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.access import Actor
from domain.errors import Unauthorized
from domain.identifiers import UserId

ADMINS = "admins"
# A role of this name is no service, but a user of this name: a pipeline that somebody takes over reaches no one's tasks
# (docs/delivery.md, "The smoke role").
CONFINED_ROLE = "tasks-api-smoke"


@dataclass(frozen=True, slots=True)
class Access:
    """The rule of a stage that decides which callers may use the API.

    `accepts_api_keys` is true in stages that issue an API key, with which developers explore the API. In other stages a
    caller without an identity is refused, whichever authorization modes the API has.
    """

    accepts_api_keys: bool

    def actor_of(self, event: Mapping[str, Any]) -> Actor:
        """Returns the actor of a resolver event (AppSync Developer Guide, "Identity" of the context object).

        A user of the user pool acts for themselves, and for anyone if they are in the group `admins`. IAM callers are
        services and API key callers, whose identity is null, are developers: both are no users and act for anyone. The
        role CONFINED_ROLE acts for itself.
        Raises Unauthorized for every other identity, including credentials of an identity pool, which belong to an end
        user.
        """
        identity = event.get("identity", {})
        if identity is None and self.accepts_api_keys:
            return Actor(user_id=None, acts_for_anyone=True, service="api-key")
        if identity and identity.get("userArn") and not identity.get("cognitoIdentityId"):
            if _role_of(identity["userArn"]) == CONFINED_ROLE:
                return Actor(UserId(CONFINED_ROLE), acts_for_anyone=False)
            return Actor(user_id=None, acts_for_anyone=True, service=_service(identity["userArn"]))
        if identity and _is_of_the_user_pool(identity):
            return Actor(UserId(identity["sub"]), _is_admin(identity.get("groups")), _issued_at(identity["claims"]))
        raise Unauthorized("This kind of credentials may not use the API.")


def _service(arn: str) -> str:
    """Returns the ARN of a user or, without the session's name, of an assumed role (IAM User Guide, "IAM ARNs")."""
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


def _role_of(arn: str) -> str | None:
    """Returns the role's name in `arn:aws:sts::<account>:assumed-role/<role>/<session>` (IAM User Guide)."""
    kind, _, rest = arn.partition(":assumed-role/")
    return rest.partition("/")[0] if kind.startswith("arn:") and rest else None


def _is_admin(groups: object) -> bool:
    # In a text, `in` would find the name as a part of another one.
    return isinstance(groups, list) and ADMINS in groups


def _issued_at(claims: Mapping[str, Any]) -> datetime | None:
    # RFC 7519, `iat`: seconds, which AppSync passes as a number or as a text.
    issued = str(claims.get("iat", ""))
    return datetime.fromtimestamp(int(issued), UTC) if issued.isdecimal() else None


def _is_of_the_user_pool(identity: Mapping[str, Any]) -> bool:
    # An OpenID Connect provider's identity has `sub` and `claims` too, but no `username` (@aws-appsync/utils, types).
    claims = identity.get("claims") or {}
    return {"sub", "username"} <= identity.keys() and claims.get("token_use") in {"access", "id"}
