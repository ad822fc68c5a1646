"""Reads JSON that anybody may have sent, for example dead letters.

No input ends a command: not a deeply nested one, which exceeds Python's recursion limit, and not a number with a
million digits.
"""

import json
import re
from collections.abc import Iterator

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Unreadable(ValueError):
    """The text is not JSON that Python can hold."""


def read(text: str) -> object:
    """Returns the value of the text. Raises Unreadable."""
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError as fault:
        raise Unreadable(f"no JSON: {str(fault).partition(':')[0]}") from None


def field(value: object, *path: str | int) -> object:
    """Returns the value at a path of keys and indexes, or None where the value has no such path."""
    for step in path:
        match value, step:
            case dict(), str():
                value = value.get(step)
            case list(), int() if -len(value) <= step < len(value):
                value = value[step]
            case _:
                return None
    return value


def strings(text: str) -> Iterator[str]:
    """Yields every string value of a JSON text, also of JSON inside a string, as SNS wraps messages.

    Of JSON that is nested too deeply, every string is yielded, keys included. Raises Unreadable for other text.
    """
    waiting = [_value(text)]
    while waiting:
        match waiting.pop():
            case str() as string:
                yield string
                if string[:1] in {"{", "["}:
                    waiting += _inner(string)
            case dict() as members:
                waiting += members.values()
            case list() as elements:
                waiting += elements
            case _:
                pass


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError:
        return [json.loads(string, strict=False) for string in _STRING.findall(text) if _is_string(string)]
    except ValueError:
        raise Unreadable("no JSON") from None


def _is_string(token: str) -> bool:
    try:
        json.loads(token, strict=False)
    except ValueError:
        return False
    return True


def _inner(string: str) -> list[object]:
    try:
        return [_value(string)]
    except Unreadable:
        return []
