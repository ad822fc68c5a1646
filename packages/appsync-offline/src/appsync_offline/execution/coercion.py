"""Coerces GraphQL's built-in scalars and enums as graphql-java 9 does, for variables and for results.

graphql-java 9 accepts more than the GraphQL specification: a string is accepted as a number, and any value as a string.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from graphql import GraphQLEnumType, GraphQLError, GraphQLScalarType

from appsync_offline.text.java_text import class_name, text_of

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)  # what java.math.BigDecimal reads
_MOST_DIGITS = 1_000  # of a number in a string; Python converts longer ones slowly
_INT = 2**31
_LONG = 2**63


class CannotCoerce(GraphQLError):
    """A value cannot be coerced to its type. The message is AppSync's."""


def scalar_from_variable(kind: GraphQLScalarType, value: Any) -> Any:
    """Returns a scalar's value for a variable of a request. Raises CannotCoerce."""
    return _BUILT_IN.get(kind.name, kind.coerce_input_value)(value)


def enum_from_variable(kind: GraphQLEnumType, value: Any) -> Any:
    """Returns an enum's value for a variable of a request. Raises CannotCoerce."""
    name = text_of(value)
    if name not in kind.values:
        raise CannotCoerce(f"Invalid input for Enum '{kind.name}'. No value found for name '{name}'")
    return kind.values[name].value


def leaf_to_answer(kind: GraphQLScalarType | GraphQLEnumType, value: Any) -> Any:
    """Returns the result value of a scalar or enum that a resolver returned. Raises CannotCoerce."""
    if isinstance(kind, GraphQLEnumType):
        if not isinstance(value, str) or value not in kind.values:
            raise CannotCoerce(f"Invalid input for Enum '{kind.name}'. Unknown value '{text_of(value)}'")
        return value
    return _BUILT_IN.get(kind.name, kind.coerce_output_value)(value)


def _int(value: Any) -> int:
    number = _number(value)
    if number is None or number.adjusted() > 10 or number != number.to_integral_value() or not _fits(int(number), _INT):
        raise _unexpected("Int", value)
    return int(number)


def _float(value: Any) -> float:
    number = _number(value)
    if number is None or not isfinite(float(number)):
        raise _unexpected("Float", value)
    return float(number)


def _string(value: Any) -> str:
    return text_of(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"
    number = _number(value)
    if number is None:
        raise _unexpected("Boolean", value)
    return number != 0


def _id(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not _fits(value, _LONG):
        raise _unexpected("ID", value)
    return str(value)


_BUILT_IN: Mapping[str, Callable[[Any], Any]] = {
    "Int": _int,
    "Float": _float,
    "String": _string,
    "Boolean": _boolean,
    "ID": _id,
}


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, int):
        return Decimal(value)
    text = value if isinstance(value, str) else repr(value)
    return Decimal(text) if len(text) <= _MOST_DIGITS and _NUMBER.fullmatch(text) else None


def _fits(value: int, bound: int) -> bool:
    return -bound <= value < bound


def _unexpected(name: str, value: Any) -> CannotCoerce:
    return CannotCoerce(f"Expected type '{name}' but was '{class_name(value)}'.")
