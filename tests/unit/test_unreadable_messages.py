"""The error of an unreadable message names the field and the rule, never what somebody wrote."""

import json
import traceback
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from adapters.messages import ChangeMessage, UnreadableMessage
from tests.builders import NOON, a_planned_task

SECRET = "anna@example"
STRANGE: list[Any] = [
    *(SECRET, [SECRET], {SECRET: SECRET}, [{"type": SECRET}], [{"type": [SECRET]}], [{SECRET: SECRET}]),
    *({"type": SECRET}, {"type": [SECRET]}, {"type": {SECRET: 1}}, 7.5, None, True, -1),
]


def a_message() -> dict[str, Any]:
    task = a_planned_task()
    task.complete(NOON + timedelta(hours=2))
    message: dict[str, Any] = json.loads(ChangeMessage(task.changes[-1], "Root=1-2").to_json())
    return message


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from places(entry, (*path, key))


def changed(message: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    message = deepcopy(message)
    inner = message
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return message


def error_of(message: Any) -> str:
    """Returns the whole text of the error, with its causes; empty for a message that can be read."""
    try:
        ChangeMessage.read(json.dumps(message))
    except UnreadableMessage as fault:
        return "".join(traceback.format_exception(fault))
    return ""


@pytest.mark.parametrize("path", list(places(a_message())), ids=lambda path: ".".join(map(str, path)) or "message")
def test_no_error_shows_a_value_or_an_unknown_name(path: tuple[Any, ...]) -> None:
    for value in STRANGE:
        unknown = [changed(a_message(), (*path[:-1], SECRET), value)] if path and isinstance(path[-1], str) else []
        for strange in (changed(a_message(), path, value), *unknown):
            assert SECRET not in error_of(strange)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("version",), 2, "version: Input should be 1"),
        (("source",), SECRET, "source: Input should be 'tasks-api'"),
        (("task", "createdAt"), SECRET, "task.createdAt: "),
        (("task", "id"), SECRET, "task.id"),
        (("events", 0, "type"), [SECRET], "events.0"),
        (("events", 0, "id"), SECRET, "events: must have the ids of the task's events"),
        (("events",), [], "events: "),
    ],
)
def test_the_error_names_the_field_and_the_rule(path: tuple[Any, ...], value: Any, text: str) -> None:
    with pytest.raises(UnreadableMessage) as unreadable:
        ChangeMessage.read(json.dumps(changed(a_message(), path, value)))

    assert str(unreadable.value).startswith(text)
