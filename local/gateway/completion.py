"""Completes resolvers' values into an answer as graphql-java 9 does, and keeps what goes wrong in AppSync's words.

It differs from graphql-core: the fields beside one that fails are completed too, so that each fault is told, and leaf
values are converted more generously (coercion.py).
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

from local.gateway.coercion import CannotCoerce, leaf_to_answer
from local.gateway.faults import (
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
    """A null stands where the schema promises a value."""

    def __init__(self, kind: GraphQLOutputType, parent: str) -> None:
        super().__init__(kind, parent)
        self.kind, self.parent = kind, parent


class _Mismatch(Exception):
    """A value is not of its field's type: the words around its path."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(before, after)
        self.words = before, after


class _Kept(GraphQLError):
    """A fault that has been kept already: the nearest nullable field above is null."""

    def __init__(self) -> None:
        super().__init__("kept")


class Completion(Executor[ContextT]):
    """Runs one operation. `faults` holds what went wrong, in the order in which it did."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.faults: list[Fault] = []

    def handle_field_error(
        self, raw_error: Exception, return_type: GraphQLOutputType, field_details_list: FieldDetailsList, path: Path
    ) -> None:
        """Keep a fault once, where it happens; a null goes up from there to the first field that may be null."""
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
        """The fields' values by their names, or an awaitable of them. Raises _Kept once all are complete."""
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
        """A value as the answer shows it, or an awaitable of that."""
        kind = return_type.of_type if isinstance(return_type, GraphQLNonNull) else return_type
        if result is None:
            if kind is return_type:
                return None
            raise _Null(kind, _parent(info, path))
        if isinstance(kind, GraphQLList):
            return self.complete_list_value(kind, field_details_list, info, path, result, position_context)
        if isinstance(kind, (GraphQLScalarType, GraphQLEnumType)):
            # Introspection answers with Python's own enum members.
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
        """The entries' values, or an awaitable of them. Raises _Kept once all are complete."""
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
            except Exception as error:  # noqa: BLE001 # whatever it is, it is kept as a fault of this entry
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
        except Exception as error:  # noqa: BLE001 # whatever it is, it is kept as a fault of this entry
            self.handle_field_error(error, kind, details, path)
            return None

    def _complete(self, values: Any, keys: Sequence[Any], *, failed: bool) -> Any:
        """The values once none of them is awaited any more."""
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
        found = self.schema.get_type(name) if isinstance(name, str) else None
        if isinstance(found, GraphQLObjectType) and self.schema.is_sub_type(kind, found):
            return found
        reason = (
            f"Runtime Object type '{found.name}' is not a possible type for '{kind.name}'."
            if found
            else f"Could not determine the exact type of '{kind.name}'"
        )
        field = f"{_parent(info, path)}.{info.field_name}"
        after = (
            f"'. Abstract type '{kind.name}' must resolve to an Object type at runtime for field '{field}'. {reason}"
        )
        raise _Mismatch("Can't resolve '", after)


def _parent(info: Info, path: Path) -> str:
    """The name of the type around a value: a list, which is around its entries, has none."""
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
