"""The authenticated caller of an operation."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from appsync_offline.control_plane.deployed_api import AuthMode


@dataclass(frozen=True)
class Caller:
    """An authenticated caller.

    `identity` is ctx.identity (AppSync Developer Guide, "Identity"); it is None for an API key. `name` is written to
    logs and is never a secret. `denied_fields` are the fields that a Lambda authorizer denies, as `Type.field`.
    """

    mode: AuthMode
    name: str
    identity: Mapping[str, Any] | None = None
    groups: frozenset[str] = frozenset()
    denied_fields: frozenset[str] = frozenset()

    @property
    def rights(self) -> Hashable:
        """A value that is equal for callers who may see the same fields."""
        return self.mode, self.groups, self.denied_fields
