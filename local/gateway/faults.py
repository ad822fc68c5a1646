"""What goes wrong, and how AppSync spells it in an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLOutputType, SourceLocation

from local.gateway.java_text import java_name

Fault = dict[str, Any]


@dataclass(frozen=True)
class GraphqlFault:
    """What a resolver raises by util.error and its kin."""

    message: str
    error_type: str | None = None
    data: Any = None
    info: Any = None


class ResolverError(Exception):
    """A field failed with a fault that the answer shows."""

    def __init__(self, fault: GraphqlFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class NotAuthorized(ResolverError):
    """The caller may not see a field."""

    def __init__(self, type_name: str, field_name: str) -> None:
        super().__init__(GraphqlFault(f"Not Authorized to access {field_name} on type {type_name}", "Unauthorized"))


def resolver_fault(fault: GraphqlFault, path: Sequence[str | int], locations: Sequence[SourceLocation] | None) -> Fault:
    """An error of a field: all six keys, always."""
    return {
        "path": list(path),
        "data": fault.data,
        "errorType": fault.error_type,
        "errorInfo": fault.info,
        "locations": _locations(locations),
        "message": fault.message,
    }


def request_fault(message: str, locations: Sequence[SourceLocation] | None) -> Fault:
    """An error that kept the operation from running: syntax, validation, variables. No errorType, data or errorInfo."""
    return {"path": None, "locations": _locations(locations) or None, "message": message}


def null_fault(kind: GraphQLOutputType, parent: str, path: Sequence[str | int]) -> Fault:
    """A null where the schema promises a value of a type: only three keys, no locations."""
    name = java_name(kind)
    return mismatch_fault(
        f"Cannot return null for non-nullable type: '{name}' within parent '{parent}' ({path_text(path)})", path
    )


def mismatch_fault(message: str, path: Sequence[str | int]) -> Fault:
    """A value that is not of its field's type: only these three keys, no locations."""
    return {"path": list(path), "locations": None, "message": message}


def path_text(path: Sequence[str | int]) -> str:
    """A path as messages show it: `/books[1]/title`."""
    return "".join(f"/{step}" if isinstance(step, str) else f"[{step}]" for step in path)


def _locations(locations: Sequence[SourceLocation] | None) -> list[Mapping[str, int | None]]:
    return [{"line": place.line, "column": place.column, "sourceName": None} for place in locations or ()]
