"""Formats values and literals as Java's `toString` does, because AppSync's messages quote Java objects."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLNamedType,
    GraphQLType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

_INTEGER, _LONG = 31, 63  # bits without the sign


def class_name(value: Any) -> str:
    """Returns the simple name of the Java class that holds a JSON value."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int):
        bits = value.bit_length() if value >= 0 else (value + 1).bit_length()
        return "Integer" if bits <= _INTEGER else "Long" if bits <= _LONG else "BigInteger"
    names = ((str, "String"), (float, "Double"), (Mapping, "LinkedHashMap"), (Sequence, "ArrayList"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def text_of(value: Any) -> str:
    """Returns a JSON value's `toString`: `{key=value}` for an object, `[a, b]` for a list."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={text_of(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return str(value)


def literal_text(node: ValueNode | None) -> str:
    """Returns a literal's `toString`, which shows the class and fields of graphql-java's syntax tree node."""
    match node:
        case StringValueNode(value=value):
            return f"StringValue{{value='{value}'}}"
        case IntValueNode(value=value):
            return f"IntValue{{value={'0' if value == '-0' else value}}}"
        case FloatValueNode(value=value):
            return f"FloatValue{{value={_decimal(value)}}}"
        case BooleanValueNode(value=value):
            return f"BooleanValue{{value={text_of(value)}}}"
        case EnumValueNode(value=value):
            return f"EnumValue{{name='{value}'}}"
        case NullValueNode():
            return "NullValue{}"
        case VariableNode(name=name):
            return f"VariableReference{{name='{name.value}'}}"
        case ListValueNode(values=values):
            return f"ArrayValue{{values=[{', '.join(map(literal_text, values))}]}}"
        case ObjectValueNode(fields=fields):
            named = (f"ObjectField{{name='{field.name.value}', value={literal_text(field.value)}}}" for field in fields)
            return f"ObjectValue{{objectFields=[{', '.join(named)}]}}"
    return "null"


def _decimal(text: str) -> str:
    """Returns BigDecimal.toString, which Decimal follows; the text itself if Decimal cannot hold the number."""
    try:
        return str(Decimal(text))
    except InvalidOperation:
        return text


def java_name(kind: GraphQLType) -> str:
    """Returns a type's `getName` in graphql-java 9, which is null for a list or a non-null type."""
    return kind.name if isinstance(kind, GraphQLNamedType) else "null"


def hash_set_text(names: Iterable[str]) -> str:
    """Returns the `toString` of a HashSet of strings, which lists them in the order of the hash buckets."""
    unique = list(dict.fromkeys(names))
    capacity = 16
    while len(unique) > capacity * 0.75:
        capacity *= 2
    return "[" + ", ".join(sorted(unique, key=lambda name: _spread(name) & (capacity - 1))) + "]"


def _spread(text: str) -> int:
    """Returns java.util.HashMap's spread of String.hashCode."""
    code = 0
    for unit in _utf_16(text):
        code = (31 * code + unit) & 0xFFFFFFFF
    return code ^ (code >> 16)


def _utf_16(text: str) -> Iterable[int]:
    encoded = text.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(encoded[index : index + 2], "big") for index in range(0, len(encoded), 2))


def _double(value: float) -> str:
    """Returns Double.toString: plain notation from 0.001 to below 10,000,000, otherwise with an exponent."""
    if not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(Decimal(repr(value)), "f")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, *rest = map(str, digits)
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{first}.{''.join(rest) or '0'}E{power}"
