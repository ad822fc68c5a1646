"""Who calls, as AppSync tells resolvers."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from local.gateway.deployed_api import AuthMode


@dataclass(frozen=True)
class Caller:
    """An authenticated caller.

    `identity` is ctx.identity (AppSync Developer Guide, "Identity"): None for an API key. `name` is for logs and never
    a secret. `denied_fields` are a Lambda authorizer's, as `Type.field`.
    """

    mode: AuthMode
    name: str
    identity: Mapping[str, Any] | None = None
    groups: frozenset[str] = frozenset()
    denied_fields: frozenset[str] = frozenset()

    @property
    def rights(self) -> Hashable:
        """Equal for callers who may see the same fields."""
        return self.mode, self.groups, self.denied_fields
