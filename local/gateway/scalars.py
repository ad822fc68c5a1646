"""AppSync's scalars, validated in both directions (AppSync Developer Guide, "Scalar types in AWS AppSync")."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLError, GraphQLScalarType, StringValueNode, ValueNode, print_ast
from graphql.language import IntValueNode

from local.gateway.json_text import parse_json

_OFFSET = r"(?:Z|[+-](?:0\d|1[0-8]):[0-5]\d(?::[0-5]\d)?)"
_TIME = r"(\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?"
_DATE = r"(-?\d{4}-\d{2}-\d{2})"
_DATE_TIME_FORM = re.compile(rf"{_DATE}T{_TIME}{_OFFSET}", re.ASCII)
_DATE_FORM = re.compile(rf"{_DATE}{_OFFSET}?", re.ASCII)
_TIME_FORM = re.compile(rf"{_TIME}{_OFFSET}?")
_EMAIL_FORM = re.compile(r"[^\s@<>\"]+@[^\s@<>\".]+(?:\.[^\s@<>\".]+)*")
_PHONE_FORM = re.compile(r"\+?[0-9][0-9 ()./-]{4,24}")


def _date_time(text: str) -> bool:
    form = _DATE_TIME_FORM.fullmatch(text)
    return bool(form and _is_date(form[1]) and _is_time(form[2]))


def _date(text: str) -> bool:
    form = _DATE_FORM.fullmatch(text)
    return bool(form and _is_date(form[1]))


def _time(text: str) -> bool:
    form = _TIME_FORM.fullmatch(text)
    return bool(form and _is_time(form[1]))


def _is_date(text: str) -> bool:
    return _accepts(date.fromisoformat, text.removeprefix("-"))


def _is_time(text: str) -> bool:
    return _accepts(time.fromisoformat, text)


def _json(text: str) -> bool:
    return _accepts(parse_json, text)


def _url(text: str) -> bool:
    return _accepts(urlsplit, text) and bool(urlsplit(text).scheme and urlsplit(text).netloc)


def _ip_address(text: str) -> bool:
    return _accepts(ipaddress.ip_interface, text)


def _accepts(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _text_scalar(name: str, is_valid: Callable[[str], bool]) -> GraphQLScalarType:
    def checked(value: Any) -> str:
        if not isinstance(value, str) or not is_valid(value):
            raise GraphQLError(f"Unable to parse `{value}` as `{name}`.")
        return value

    def literal(node: ValueNode) -> str:
        return checked(node.value if isinstance(node, StringValueNode) else None)

    def serialized(value: Any) -> str:
        if not isinstance(value, str) or not is_valid(value):
            raise GraphQLError(f"Unable to serialize `{value}` as a valid {name}.")
        return value

    return GraphQLScalarType(
        name, coerce_output_value=serialized, coerce_input_value=checked, coerce_input_literal=literal
    )


def _timestamp() -> GraphQLScalarType:
    def checked(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise GraphQLError(f"Unable to parse `{value}` as `AWSTimestamp`.")
        return value

    def literal(node: ValueNode) -> int:
        return checked(int(node.value) if isinstance(node, IntValueNode) else print_ast(node))

    def serialized(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise GraphQLError(f"Unable to serialize `{value}` as a valid AWSTimestamp.")
        return value

    return GraphQLScalarType(
        "AWSTimestamp", coerce_output_value=serialized, coerce_input_value=checked, coerce_input_literal=literal
    )


def _json_scalar() -> GraphQLScalarType:
    """In and out a text of JSON; resolvers see the value, and may answer a value."""

    def parsed(value: Any) -> Any:
        if not isinstance(value, str) or not _json(value):
            raise GraphQLError(f"Unable to parse `{value}` as `AWSJSON`.")
        return parse_json(value)

    def literal(node: ValueNode) -> Any:
        return parsed(node.value if isinstance(node, StringValueNode) else None)

    def serialized(value: Any) -> str:
        if isinstance(value, str) and _json(value):
            return value
        return json.dumps(value)

    return GraphQLScalarType(
        "AWSJSON", coerce_output_value=serialized, coerce_input_value=parsed, coerce_input_literal=literal
    )


AWS_SCALARS: Mapping[str, GraphQLScalarType] = {
    scalar.name: scalar
    for scalar in (
        _text_scalar("AWSDateTime", _date_time),
        _text_scalar("AWSDate", _date),
        _text_scalar("AWSTime", _time),
        _timestamp(),
        _text_scalar("AWSEmail", lambda text: bool(_EMAIL_FORM.fullmatch(text))),
        _json_scalar(),
        _text_scalar("AWSURL", _url),
        _text_scalar("AWSPhone", lambda text: bool(_PHONE_FORM.fullmatch(text))),
        _text_scalar("AWSIPAddress", _ip_address),
    )
}
