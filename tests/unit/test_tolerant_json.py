"""No text that somebody may send ends a command."""

import json

import pytest

from operations.tolerant_json import Unreadable, field, read, strings

DEEP = "[" * 200_000 + '"inner"' + "]" * 200_000


@pytest.mark.parametrize("text", ["", "{", DEEP, "1" * 100_000, "\x00"])
def test_what_cannot_be_read_is_one_typed_error(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"events": [{"id": "e"}]}, ("events", 0, "id"), "e"),
        ({"events": []}, ("events", 0, "id"), None),
        ({"events": "text"}, ("events", 0), None),
        ([], ("task",), None),
        (None, ("task", "id"), None),
    ],
)
def test_a_field_that_is_not_there_is_none(value: object, path: tuple[str | int, ...], expected: object) -> None:
    assert field(value, *path) == expected


def test_strings_are_found_at_every_depth() -> None:
    wrapped = json.dumps({"Message": json.dumps({"task": {"userId": "anna"}})})

    assert "anna" in strings(wrapped)
    assert "inner" in strings(DEEP)
    assert "anna" in strings('{"a": ' + DEEP + ', "userId": "\\u0061nna"}')
    assert "anna" not in strings('{"anna": "annabel"}')
