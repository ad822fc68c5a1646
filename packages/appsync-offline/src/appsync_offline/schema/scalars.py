"""AppSync's own scalars, validated in both directions (AppSync Developer Guide, "Scalar types in AWS AppSync")."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLScalarType, IntValueNode, StringValueNode, ValueNode

from appsync_offline.execution.coercion import CannotCoerce
from appsync_offline.text.java_text import class_name, text_of
from appsync_offline.text.json_text import parse_json

_REGION = "US"  # default region of a phone number without a country code

_OFFSET = r"(?:Z|[+-](?:0\d|1[0-8]):[0-5]\d(?::[0-5]\d)?)"
_TIME = r"(\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?"
_DATE = r"(-?\d{4}-\d{2}-\d{2})"
_DATE_TIME_FORM = re.compile(rf"{_DATE}T{_TIME}{_OFFSET}", re.ASCII)
_DATE_FORM = re.compile(rf"{_DATE}{_OFFSET}?", re.ASCII)
_TIME_FORM = re.compile(rf"{_TIME}{_OFFSET}?")
_EMAIL_FORM = re.compile(r"[^\s@<>\"]+@[^\s@<>\".]+(?:\.[^\s@<>\".]+)*")


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


def _phone(text: str) -> bool:
    # Imported on first use, because its tables would slow down the start of APIs without phone numbers.
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, _REGION))
    except phonenumbers.NumberParseException:
        return False


def _accepts(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _text_scalar(name: str, noun: str, is_valid: Callable[[str], bool]) -> GraphQLScalarType:
    """Returns a scalar whose values are strings that `is_valid` accepts. `noun` is AppSync's term in error messages."""

    def checked(value: Any, verb: str) -> str:
        if not isinstance(value, str) or not is_valid(value):
            raise CannotCoerce(f"Unable to {verb} `{text_of(value)}` as {noun}.")
        return value

    def literal(node: ValueNode) -> str:
        return checked(node.value if isinstance(node, StringValueNode) else None, "parse")

    return GraphQLScalarType(
        name,
        coerce_output_value=lambda value: checked(value, "serialize"),
        coerce_input_value=lambda value: checked(value, "parse"),
        coerce_input_literal=literal,
    )


def _timestamp() -> GraphQLScalarType:
    def checked(value: Any, verb: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise CannotCoerce(f"Unable to {verb} `{text_of(value)}` as a valid timestamp.")
        return value

    def literal(node: ValueNode) -> int:
        return checked(int(node.value) if isinstance(node, IntValueNode) else None, "parse")

    return GraphQLScalarType(
        "AWSTimestamp",
        coerce_output_value=lambda value: checked(value, "serialize"),
        coerce_input_value=lambda value: checked(value, "parse"),
        coerce_input_literal=literal,
    )


def _json_scalar() -> GraphQLScalarType:
    """Returns AWSJSON: clients send and receive JSON text; resolvers receive the parsed value and may return one."""

    def parsed(value: Any) -> Any:
        if not isinstance(value, str) or not _json(value):
            raise CannotCoerce(f"Unable to parse {text_of(value)} as valid JSON.")
        return parse_json(value)

    def literal(node: ValueNode) -> Any:
        return parsed(node.value if isinstance(node, StringValueNode) else None)

    def serialized(value: Any) -> str:
        if isinstance(value, str) and _json(value):
            return value
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    return GraphQLScalarType(
        "AWSJSON", coerce_output_value=serialized, coerce_input_value=parsed, coerce_input_literal=literal
    )


def _long() -> GraphQLScalarType:
    def checked(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
            raise CannotCoerce(f"Expected type 'Long' but was '{class_name(value)}'.")
        return value

    def literal(node: ValueNode) -> int:
        return checked(int(node.value) if isinstance(node, IntValueNode) else None)

    return GraphQLScalarType(
        "Long", coerce_output_value=checked, coerce_input_value=checked, coerce_input_literal=literal
    )


LONG = _long()
"""graphql-java's scalar of 64 bits."""

AWS_SCALARS: Mapping[str, GraphQLScalarType] = {
    scalar.name: scalar
    for scalar in (
        _text_scalar("AWSDateTime", "a valid DateTime Object", _date_time),
        _text_scalar("AWSDate", "a valid date", _date),
        _text_scalar("AWSTime", "a valid time", _time),
        _timestamp(),
        _text_scalar("AWSEmail", "a valid email address", lambda text: bool(_EMAIL_FORM.fullmatch(text))),
        _json_scalar(),
        _text_scalar("AWSURL", "a valid URL", _url),
        _text_scalar("AWSPhone", "a valid phone number", _phone),
        _text_scalar("AWSIPAddress", "a valid IP address", _ip_address),
    )
}
