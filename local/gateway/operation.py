"""An operation as it was asked for: parsed, validated, its variables coerced; or AppSync's refusal."""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from local.gateway.faults import Fault, request_fault
from local.gateway.validation.rules import NotADocument, Validator
from local.gateway.variables import InvalidVariable, coerced_variables

_MAXIMUM_TOKENS = 15_000  # graphql-java's own bound on a document (ParserOptions.MAX_QUERY_TOKENS)
_PLURAL = {
    OperationType.QUERY: "queries",
    OperationType.MUTATION: "mutations",
    OperationType.SUBSCRIPTION: "subscriptions",
}
_REMEMBERED = 128  # documents that need no second validation; clients send the same few again and again
_MEMORABLE = 10_000  # characters; a longer document is validated each time


class Refused(Exception):
    """The operation cannot run: the errors of the answer."""

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)


class Unparsable(Exception):
    """The query is no GraphQL document, or is nested too deeply to be read."""

    def __init__(self) -> None:
        super().__init__("Unable to parse GraphQL query.")


@dataclass(frozen=True)
class Operation:
    """An operation that may run. `variables` holds every declared variable: one that was not supplied is null."""

    document: DocumentNode
    definition: OperationDefinitionNode
    variables: Mapping[str, Any]

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    @property
    def name(self) -> str:
        """What a log calls it: its own name, or its root fields'."""
        if self.definition.name:
            return self.definition.name.value
        roots = (one for one in self.definition.selection_set.selections if isinstance(one, FieldNode))
        return ",".join(root.name.value for root in roots)

    @cached_property
    def key(self) -> Hashable:
        """Equal for operations that ask for the same with the same variables."""
        source = self.document.loc.source.body if self.document.loc else None
        return source, self.name, json.dumps(self.variables, sort_keys=True)

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return {one.name.value: one for one in self.document.definitions if isinstance(one, FragmentDefinitionNode)}


class Operations:
    """The operations that a schema allows."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True, depth_limit: int = 0) -> None:
        self._schema = schema
        self._validator = Validator(schema, introspection=introspection)
        self._depth_limit = depth_limit
        self._remembered = lru_cache(_REMEMBERED)(self._document)

    def prepare(self, query: str, variables: Mapping[str, Any], operation_name: str | None) -> Operation:
        """The operation that a request asks for. Raises Refused, and Unparsable for a text that is no document."""
        document = (self._remembered if len(query) <= _MEMORABLE else self._document)(query)
        definition = _chosen(document, operation_name)
        if self._schema.get_root_type(definition.operation) is None:
            message = f"Schema is not configured for {_PLURAL[definition.operation]}."
            raise Refused([request_fault(message, GraphQLError("", definition).locations)])
        _check_depth(definition, document, self._depth_limit)
        try:
            return Operation(document, definition, coerced_variables(self._schema, definition, variables))
        except InvalidVariable as invalid:
            raise Refused([invalid.fault]) from invalid
        except RecursionError as fault:
            raise Unparsable from fault

    def _document(self, query: str) -> DocumentNode:
        try:
            document = parse(query, max_tokens=_MAXIMUM_TOKENS)
            faults = self._validator.faults(document)
        except (GraphQLSyntaxError, NotADocument, RecursionError) as fault:
            raise Unparsable from fault
        if faults:
            raise Refused(faults)
        return document


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    # Of operations with the same name, which the validation lets by, the last one counts.
    operations = {
        definition.name.value if definition.name else None: definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    if name:
        if name not in operations:
            raise Refused([request_fault(f"Unknown operation named '{name}'.", None)])
        return operations[name]
    if len(operations) != 1:
        raise Refused([request_fault("Must provide operation name if query contains multiple operations.", None)])
    return next(iter(operations.values()))


def _check_depth(definition: OperationDefinitionNode, document: DocumentNode, limit: int) -> None:
    if not limit:
        return
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    depths: dict[str, int] = {}

    def depth(selection_set: SelectionSetNode | None) -> int:
        return max(map(below, selection_set.selections), default=0) if selection_set else 0

    def below(selection: Node) -> int:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in depths:
                depths[name] = depth(fragments[name].selection_set)
            return depths[name]
        nested = depth(getattr(selection, "selection_set", None))
        introspects = isinstance(selection, FieldNode) and selection.name.value.startswith("__")
        return 0 if introspects else nested + isinstance(selection, FieldNode)

    found = depth(definition.selection_set)
    if found > limit:
        raise Refused([request_fault(f"maximum query depth exceeded {found} > {limit}", None)])
