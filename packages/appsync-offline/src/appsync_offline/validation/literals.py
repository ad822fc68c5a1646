"""Checks literals against their types, with graphql-java's messages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)

from appsync_offline.text.java_text import hash_set_text, literal_text
from appsync_offline.validation import texts


@dataclass(frozen=True)
class LiteralFault:
    """An error within a literal: the message, the path, and the inner value if the message is about that value."""

    words: str
    value: ValueNode | None = None
    path: str = ""

    def within(self, step: str) -> "LiteralFault":
        """Returns the same fault with its path extended by the enclosing level."""
        return replace(self, path=step + self.path)

    def names(self, argument: str, value: ValueNode) -> tuple[str, str, str]:
        """Returns the place, the value and the words for the message of an argument's fault."""
        return argument + self.path, literal_text(self.value or value), self.words


def literal_fault(value: ValueNode, kind: GraphQLInputType) -> LiteralFault | None:
    """Returns the fault of a literal, or None if it matches its type. A variable matches every type."""
    if isinstance(value, NullValueNode):
        return LiteralFault(texts.NULL_LITERAL, value) if isinstance(kind, GraphQLNonNull) else None
    if isinstance(value, VariableNode):
        return None
    if isinstance(kind, GraphQLNonNull):
        return literal_fault(value, kind.of_type)
    if isinstance(kind, GraphQLList):
        return _list_fault(value, kind.of_type)
    if isinstance(kind, GraphQLInputObjectType):
        return _object_fault(value, kind)
    return None if _fits(value, kind) else LiteralFault(texts.WRONG_LITERAL.format(kind.name), value)


def _fits(value: ValueNode, kind: GraphQLScalarType | GraphQLEnumType) -> bool:
    coerce: Callable[[Any], Any] | None = kind.coerce_input_literal
    try:
        coerced = coerce(value) if coerce else value
        # JSON cannot represent a number that is too large for a double.
        return coerced is not Undefined and not (isinstance(coerced, float) and not isfinite(coerced))
    except (GraphQLError, ValueError):  # Python refuses to convert numbers of more than 4,300 digits
        return False


def _list_fault(value: ValueNode, item: GraphQLInputType) -> LiteralFault | None:
    if not isinstance(value, ListValueNode):
        return literal_fault(value, item)
    for index, entry in enumerate(value.values):
        if fault := literal_fault(entry, item):
            return fault.within(f"[{index}]")
    return None


def _object_fault(value: ValueNode, kind: GraphQLInputObjectType) -> LiteralFault | None:
    if not isinstance(value, ObjectValueNode):
        return LiteralFault(texts.NOT_AN_OBJECT)
    names = {field.name.value for field in value.fields}
    # graphql-java 9 also requires fields with a default. No recorded answer of AppSync shows this, so the GraphQL
    # specification applies.
    missing = [
        name
        for name, field in kind.fields.items()
        if isinstance(field.type, GraphQLNonNull) and field.default is None and name not in names
    ]
    if missing:
        return LiteralFault(texts.MISSING_FIELDS.format(hash_set_text(missing)))
    for entry in value.fields:
        name = entry.name.value
        if name not in kind.fields:
            return LiteralFault(texts.EXTRA_FIELD.format(kind.name, name))
        if fault := literal_fault(entry.value, kind.fields[name].type):
            return fault.within(f".{name}")
    return None
