"""Errors of an execution, in the form that AppSync gives them in an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLOutputType, SourceLocation

from appsync_offline.text.java_text import java_name

Fault = dict[str, Any]


@dataclass(frozen=True)
class GraphqlFault:
    """An error that resolver code raises by util.error, util.appendError or util.unauthorized."""

    message: str
    error_type: str | None = None
    data: Any = None
    info: Any = None


class ResolverError(Exception):
    """A field failed. The answer shows the fault."""

    def __init__(self, fault: GraphqlFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class NotAuthorized(ResolverError):
    """The caller may not see a field."""

    def __init__(self, type_name: str, field_name: str) -> None:
        super().__init__(GraphqlFault(f"Not Authorized to access {field_name} on type {type_name}", "Unauthorized"))


def resolver_fault(fault: GraphqlFault, path: Sequence[str | int], locations: Sequence[SourceLocation] | None) -> Fault:
    """Returns the error of a field. It always has all six keys."""
    return {
        "path": list(path),
        "data": fault.data,
        "errorType": fault.error_type,
        "errorInfo": fault.info,
        "locations": _locations(locations),
        "message": fault.message,
    }


def request_fault(message: str, locations: Sequence[SourceLocation] | None) -> Fault:
    """Returns an error of syntax, validation or variables. It has no errorType, data or errorInfo."""
    return {"path": None, "locations": _locations(locations) or None, "message": message}


def null_fault(kind: GraphQLOutputType, parent: str, path: Sequence[str | int]) -> Fault:
    """Returns the error of a null in a non-null type. It has three keys, and `locations` is null."""
    name = java_name(kind)
    return mismatch_fault(
        f"Cannot return null for non-nullable type: '{name}' within parent '{parent}' ({path_text(path)})", path
    )


def mismatch_fault(message: str, path: Sequence[str | int]) -> Fault:
    """Returns the error of a value that does not match its field's type. It has three keys; `locations` is null."""
    return {"path": list(path), "locations": None, "message": message}


def path_text(path: Sequence[str | int]) -> str:
    """Returns a path as messages show it: `/books[1]/title`."""
    return "".join(f"/{step}" if isinstance(step, str) else f"[{step}]" for step in path)


def _locations(locations: Sequence[SourceLocation] | None) -> list[Mapping[str, int | None]]:
    return [{"line": place.line, "column": place.column, "sourceName": None} for place in locations or ()]
