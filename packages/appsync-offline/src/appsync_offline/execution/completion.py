"""Completes resolver values into a result as graphql-java 9 does, and records errors with AppSync's messages.

It differs from graphql-core in two ways. When a field fails, its sibling fields are still completed, so that each error
is reported. Leaf values are coerced by graphql-java's rules (coercion.py).
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from graphql import (
    Executor,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path

from appsync_offline.execution.coercion import CannotCoerce, leaf_to_answer
from appsync_offline.execution.faults import (
    Fault,
    GraphqlFault,
    ResolverError,
    mismatch_fault,
    null_fault,
    path_text,
    resolver_fault,
)

logger = logging.getLogger(__name__)

ContextT = TypeVar("ContextT")
Info = GraphQLResolveInfo[Any]


class _Null(Exception):
    """A resolver returned null for a non-null type."""

    def __init__(self, kind: GraphQLOutputType, parent: str) -> None:
        super().__init__(kind, parent)
        self.kind, self.parent = kind, parent


class _Mismatch(Exception):
    """A value does not match its field's type. Carries the message's text before and after the path."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(before, after)
        self.words = before, after


class _Kept(GraphQLError):
    """Propagates a null to the nearest nullable field. The error itself is already recorded."""

    def __init__(self) -> None:
        super().__init__("kept")


class Completion(Executor[ContextT]):
    """Executes one operation. `faults` holds its errors in the order in which they happened."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.faults: list[Fault] = []

    def handle_field_error(
        self, raw_error: Exception, return_type: GraphQLOutputType, field_details_list: FieldDetailsList, path: Path
    ) -> None:
        """Record an error where it happens, once. The null propagates from there to the nearest nullable field."""
        if not isinstance(raw_error, _Kept):
            self.faults.append(_fault(raw_error, [details.node for details in field_details_list], path.as_list()))
        if isinstance(return_type, GraphQLNonNull):
            raise _Kept

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: ContextT | None,
    ) -> Any:
        """Returns the fields' values by response name, or an awaitable of them.

        Raises _Kept after all fields are complete, if a null must propagate.
        """
        fields: dict[str, Any] = {}

        def complete(name: str, details: FieldDetailsList) -> None:
            field_path = Path(path, name, parent_type.name)
            value = self.execute_field(parent_type, source_value, details, field_path, position_context)
            if value is not Undefined:
                fields[name] = value

        failed = False
        for name, details in grouped_field_set.items():
            try:
                complete(name, details)
            except _Kept:
                failed = True
        return self._complete(fields, list(fields), failed=failed)

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: Info,
        path: Path,
        result: Any,
        position_context: ContextT | None,
    ) -> Any:
        """Returns the completed value, or an awaitable of it."""
        kind = return_type.of_type if isinstance(return_type, GraphQLNonNull) else return_type
        if result is None:
            if kind is return_type:
                return None
            raise _Null(kind, _parent(info, path))
        if isinstance(kind, GraphQLList):
            return self.complete_list_value(kind, field_details_list, info, path, result, position_context)
        if isinstance(kind, (GraphQLScalarType, GraphQLEnumType)):
            # Introspection fields return Python enum members.
            return kind.coerce_output_value(result) if kind.name.startswith("__") else leaf_to_answer(kind, result)
        if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
            kind = self._runtime_type(kind, info, path, result)
        return self.complete_object_value(kind, field_details_list, info, path, result, position_context)

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: Info,
        path: Path,
        result: Any,
        position_context: ContextT | None,
    ) -> Any:
        """Returns the completed list, or an awaitable of it.

        Raises _Kept after all entries are complete, if a null must propagate.
        """
        if isinstance(result, (str, Mapping)) or not isinstance(result, Iterable):
            raise _Mismatch("Can't resolve value (", ") : type mismatch error, expected type LIST")
        item_type = return_type.of_type
        entries: list[Any] = []
        failed = False
        for index, item in enumerate(result):
            item_path = path.add_key(index, None)
            try:
                value = self.complete_value(item_type, field_details_list, info, item_path, item, position_context)
                if self.is_awaitable(value):
                    value = self._entry(value, item_type, field_details_list, item_path)
                entries.append(value)
            except Exception as error:  # noqa: BLE001 # every exception is recorded as an error of this entry
                entries.append(None)
                failed |= self._goes_up(error, item_type, field_details_list, item_path)
        return self._complete(entries, range(len(entries)), failed=failed)

    def _goes_up(self, error: Exception, kind: GraphQLOutputType, details: FieldDetailsList, path: Path) -> bool:
        try:
            self.handle_field_error(error, kind, details, path)
        except _Kept:
            return True
        return False

    async def _entry(
        self, value: Awaitable[Any], kind: GraphQLOutputType, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await value
        except Exception as error:  # noqa: BLE001 # every exception is recorded as an error of this entry
            self.handle_field_error(error, kind, details, path)
            return None

    def _complete(self, values: Any, keys: Sequence[Any], *, failed: bool) -> Any:
        """Returns the values, or an awaitable of them while some are pending."""
        pending = [key for key in keys if self.is_awaitable(values[key])]
        if pending:
            return self._awaited(values, pending, failed=failed)
        if failed:
            raise _Kept
        return values

    async def _awaited(self, values: Any, pending: Sequence[Any], *, failed: bool) -> Any:
        outcomes = await asyncio.gather(*(values[key] for key in pending), return_exceptions=True)
        for key, outcome in zip(pending, outcomes, strict=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, _Kept):
                raise outcome
            values[key] = outcome
            failed |= isinstance(outcome, _Kept)
        if failed:
            raise _Kept
        return values

    def _runtime_type(
        self, kind: GraphQLInterfaceType | GraphQLUnionType, info: Info, path: Path, result: Any
    ) -> GraphQLObjectType:
        name = result.get("__typename") if isinstance(result, Mapping) else None
        named = self.schema.get_type(name) if isinstance(name, str) else None
        if isinstance(named, GraphQLObjectType) and self.schema.is_sub_type(kind, named):
            return named
        reason = (
            f"Runtime Object type '{named.name}' is not a possible type for '{kind.name}'."
            if named
            else f"Could not determine the exact type of '{kind.name}'"
        )
        field = f"{_parent(info, path)}.{info.field_name}"
        after = (
            f"'. Abstract type '{kind.name}' must resolve to an Object type at runtime for field '{field}'. {reason}"
        )
        raise _Mismatch("Can't resolve '", after)


def _parent(info: Info, path: Path) -> str:
    """Returns the name of the type that contains a value; `null` for an entry of a list."""
    return "null" if isinstance(path.key, int) else info.parent_type.name


def _fault(error: Exception, nodes: Sequence[FieldNode], path: Sequence[str | int]) -> Fault:
    if isinstance(error, ResolverError):
        return resolver_fault(error.fault, path, GraphQLError("", nodes).locations)
    if isinstance(error, _Null):
        return null_fault(error.kind, error.parent, path)
    if isinstance(error, CannotCoerce):
        return mismatch_fault(f"Can't serialize value ({path_text(path)}) : {error.message}", path)
    if isinstance(error, _Mismatch):
        return mismatch_fault(path_text(path).join(error.words), path)
    logger.error("a field failed", exc_info=error)
    return resolver_fault(GraphqlFault("Internal failure", "InternalFailure"), path, GraphQLError("", nodes).locations)
