"""An operation as it was asked for: parsed, validated, its variables coerced; or AppSync's refusal."""

import json
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    SourceLocation,
    parse,
    print_ast,
    specified_rules,
    type_from_ast,
    validate,
)
from graphql.execution.values import get_variable_values
from graphql.type import GraphQLNonNull

from local.gateway.faults import Fault, request_fault

_MAXIMUM_TOKENS = 15_000  # graphql-java's own bound on a document (ParserOptions.MAX_QUERY_TOKENS)
_MAXIMUM_ERRORS = 50
_REMEMBERED = 128  # documents that need no second validation; clients send the same few again and again
_MEMORABLE = 10_000  # characters; a longer document is validated each time


class Refused(Exception):
    """The operation cannot run: the errors of the answer."""

    def __init__(self, errors: Sequence[Fault]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)


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
        self._rules: list[type[ASTValidationRule]] = list(specified_rules)
        if not introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._depth_limit = depth_limit
        self._remembered = lru_cache(_REMEMBERED)(self._document)

    def prepare(self, query: str, variables: Mapping[str, Any], operation_name: str | None) -> Operation:
        """The operation that a request asks for. Raises Refused."""
        document = (self._remembered if len(query) <= _MEMORABLE else self._document)(query)
        definition = _chosen(document, operation_name)
        _check_depth(definition, document, self._depth_limit)
        return Operation(document, definition, _coerced(self._schema, definition, variables))

    def _document(self, query: str) -> DocumentNode:
        document = _parsed(query)
        try:
            errors = validate(self._schema, document, self._rules, max_errors=_MAXIMUM_ERRORS, hide_suggestions=True)
        except RecursionError as fault:
            raise Refused([request_fault("Invalid Syntax : the query is nested too deeply", None)]) from fault
        if errors:
            raise Refused([_validation_fault(error, document) for error in errors])
        return document


def _parsed(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=_MAXIMUM_TOKENS)
    except GraphQLSyntaxError as fault:
        place = fault.locations or [SourceLocation(0, 0)]
        detail = fault.message.removeprefix("Syntax Error: ").rstrip(".")
        message = f"Invalid Syntax : {detail} at line {place[0].line} column {place[0].column}"
        raise Refused([request_fault(message, fault.locations)]) from fault
    except RecursionError as fault:
        raise Refused([request_fault("Invalid Syntax : the query is nested too deeply", None)]) from fault


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name:
        named = [one for one in operations if one.name and one.name.value == name]
        if not named:
            raise Refused([request_fault(f"Unknown operation named '{name}'.", None)])
        return named[0]
    if len(operations) != 1:
        raise Refused([request_fault("Must provide operation name if query contains multiple operations.", None)])
    return operations[0]


def _coerced(
    schema: GraphQLSchema, definition: OperationDefinitionNode, variables: Mapping[str, Any]
) -> dict[str, Any]:
    given = dict(variables)
    for declared in definition.variable_definitions or ():
        name = declared.variable.name.value
        required = isinstance(type_from_ast(schema, declared.type), GraphQLNonNull)
        # AppSync takes a declared but unsupplied variable for an explicit null.
        if name not in given and declared.default_value is None and not required:
            given[name] = None
    outcome = get_variable_values(schema, definition.variable_definitions or (), given, hide_suggestions=True)
    if isinstance(outcome, list):
        raise Refused([request_fault(_variable_message(error, definition), error.locations) for error in outcome])
    return given


def _variable_message(error: GraphQLError, definition: OperationDefinitionNode) -> str:
    types = {one.variable.name.value: print_ast(one.type) for one in definition.variable_definitions or ()}
    found = re.search(r"\$(\w+)", error.message)
    name = found[1] if found else ""
    if re.search(r"value of non-null type|was not provided|must not be null", error.message):
        return f"Variable '{name}' has coerced Null value for NonNull type '{types.get(name, '')}'"
    detail = error.message.partition("; ")[2] or error.message.partition(": ")[2] or error.message
    path = re.search(r'at "([^"]+)"|at value((?:\.\w+|\[\d+\])+)', error.message)
    where = (path[1] or name + path[2]) if path else name
    return f"Variable '{where}' has an invalid value: {detail}"


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


# graphql-java's error types and words, which AppSync shows, for graphql-core's messages.
_WORDS: Sequence[tuple[str, str, str]] = (
    (r"Cannot query field '(\w+)' on type '(\w+)'", "FieldUndefined", "Field '{0}' in type '{1}' is undefined"),
    (r"GraphQL introspection .* contained .*?(__\w+)", "FieldUndefined", "Field '{0}' in type 'Query' is undefined"),
    (r"(?:Argument|Field) '.*?(\w+)' of type '.*' is required", "MissingFieldArgument", "Missing field argument '{0}'"),
    (r"Unknown argument '(\w+)'", "UnknownArgument", "Unknown field argument '{0}'"),
    (r"Unknown type '(\w+)'", "UnknownType", "Unknown type '{0}'"),
    (r"Unknown fragment '(\w+)'", "UndefinedFragment", "Undefined fragment '{0}'"),
    (r"Fragment '(\w+)' is never used", "UnusedFragment", "Unused fragment '{0}'"),
    (r"Unknown directive '@(\w+)'", "UnknownDirective", "Unknown directive '{0}'"),
    (r"Variable '\$(\w+)' is not defined", "UndefinedVariable", "Undefined variable '{0}'"),
    (r"Variable '\$(\w+)' is never used", "UnusedVariable", "Unused variable '{0}'"),
    (
        r"Variable '\$(\w+)' of type '(.+)' used in position expecting type '(.+)'",
        "VariableTypeMismatch",
        "Variable '{0}' of type '{1}' used in position expecting type '{2}'",
    ),
    (
        r"Field '(\w+)' of type '(.+)' must have a selection",
        "SubSelectionRequired",
        "Sub selection required for type '{1}' of field '{0}'",
    ),
    (
        r"Field '(\w+)' must not have a selection since type '(.+)' has no subfields",
        "SubSelectionNotAllowed",
        "Sub selection not allowed on leaf type '{1}' of field '{0}'",
    ),
)


def _validation_fault(error: GraphQLError, document: DocumentNode) -> Fault:
    kind, words = "WrongType", error.message.rstrip(".")
    for pattern, its_kind, template in _WORDS:
        if found := re.search(pattern, error.message):
            kind, words = its_kind, template.format(*found.groups())
            break
    path = _field_path(error.nodes[0], document) if error.nodes else ""
    where = f" @ '{path}'" if path else ""
    return request_fault(f"Validation error of type {kind}: {words}{where}", error.locations)


def _field_path(node: Node, document: DocumentNode) -> str:
    """The fields from the root to a node, joined by `/`."""
    if node.loc is None:
        return ""
    names: list[str] = []
    within: Any = next((one for one in document.definitions if _covers(one, node)), None)
    while within is not None:
        if isinstance(within, FieldNode):
            names.append(within.name.value)
        selections = getattr(getattr(within, "selection_set", None), "selections", ())
        within = next((one for one in selections if _covers(one, node)), None)
    return "/".join(names)


def _covers(outer: Node, inner: Node) -> bool:
    return bool(outer.loc and inner.loc and outer.loc.start <= inner.loc.start and inner.loc.end <= outer.loc.end)
