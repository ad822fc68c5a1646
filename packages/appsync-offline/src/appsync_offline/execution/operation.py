"""Prepares a requested operation: parses and validates its document, and coerces its variables."""

import json
import re
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
    MaxIntrospectionDepthRule,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TokenKind,
    parse,
    validate,
)

from appsync_offline.execution.faults import Fault, request_fault
from appsync_offline.execution.variables import InvalidVariable, coerced_variables
from appsync_offline.validation.rules import NotADocument, Validator

_MAXIMUM_TOKENS = 15_000  # graphql-java's own bound on a document (ParserOptions.MAX_QUERY_TOKENS)
_PLURAL = {
    OperationType.QUERY: "queries",
    OperationType.MUTATION: "mutations",
    OperationType.SUBSCRIPTION: "subscriptions",
}
_NEWER_LITERAL = re.compile(r"(?<!\\)(?:\\\\)*\\u\{|[\u2028\u2029]")
_REMEMBERED = 128  # cached documents, which are not validated again; clients send the same few documents repeatedly
_MEMORABLE = 10_000  # characters; longer documents are not cached


class Refused(Exception):
    """The operation cannot run. Carries the errors of the answer."""

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)


class Unparsable(Exception):
    """The query is not a GraphQL document, or is nested too deeply to be parsed."""

    def __init__(self) -> None:
        super().__init__("Unable to parse GraphQL query.")


@dataclass(frozen=True)
class Operation:
    """A valid operation. `variables` holds every declared variable; a variable that was not supplied is null."""

    document: DocumentNode
    definition: OperationDefinitionNode
    variables: Mapping[str, Any]

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    @property
    def name(self) -> str:
        """The name for logs: the operation's name, or the names of its root fields."""
        if self.definition.name:
            return self.definition.name.value
        roots = (
            selection for selection in self.definition.selection_set.selections if isinstance(selection, FieldNode)
        )
        return ",".join(root.name.value for root in roots)

    @cached_property
    def key(self) -> Hashable:
        """A value that is equal for operations with the same document, name and variables."""
        source = self.document.loc.source.body if self.document.loc else None
        return source, self.name, json.dumps(self.variables, sort_keys=True)

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return {
            definition.name.value: definition
            for definition in self.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }


class Operations:
    """Prepares operations against one schema."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True, depth_limit: int = 0) -> None:
        self._schema = schema
        self._validator = Validator(schema, introspection=introspection)
        self._depth_limit = depth_limit
        self._remembered = lru_cache(_REMEMBERED)(self._document)

    def prepare(self, query: str, variables: Mapping[str, Any], operation_name: str | None) -> Operation:
        """Returns the operation of a request. Raises Refused, and Unparsable for a query that is not a document."""
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
            _check_literals(document)
            faults = self._validator.faults(document)
        except (GraphQLSyntaxError, NotADocument, RecursionError) as fault:
            raise Unparsable from fault
        if faults:
            raise Refused(faults)
        # The depth limit does not count introspection, which goes round in circles: graphql-core's rule bounds it.
        if errors := validate(self._schema, document, [MaxIntrospectionDepthRule]):
            raise Refused([request_fault(error.message, error.locations) for error in errors])
        return document


def _check_literals(document: DocumentNode) -> None:
    """Raises NotADocument for a literal that graphql-java's older grammar does not have: `\\u{…}`, or a raw U+2028."""
    token = document.loc.start_token if document.loc else None
    while document.loc and token:
        if token.kind is TokenKind.STRING:
            literal = document.loc.source.body[token.start : token.end]
            if _NEWER_LITERAL.search(literal):
                raise NotADocument
        token = token.next


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    # Validation accepts several operations of the same name; the last one is executed.
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
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
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

    deepest = depth(definition.selection_set)
    if deepest > limit:
        raise Refused([request_fault(f"maximum query depth exceeded {deepest} > {limit}", None)])
