"""Converts tasks and events to the JSON that resolvers return, messages carry and live updates publish.

The fields are derived from the domain's classes, so that a field that is added to the snapshot or to an event appears
everywhere. tests/unit/test_fields.py compares them with the schema.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from pydantic.alias_generators import to_camel

from adapters.timestamps import to_text
from domain.access import ActorKind
from domain.events import DomainEvent, UnknownEvent, facts_of
from domain.identifiers import TaskId, UserId
from domain.planning import TaskDue, TaskPriority, UnknownPriority
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus, UnknownStatus

TASK_FIELDS: Mapping[str, str] = {field.name: to_camel(field.name) for field in fields(TaskSnapshot)}
"""The stored fields of the schema's `Task`: the name in the domain and the name in the schema."""

TaskJson = dict[str, Any]  # the JSON values of the schema's `Task`


def task_json(task: TaskSnapshot) -> TaskJson:
    """Returns a task as JSON: the schema's `Task` without `history`, which equals `TaskSnapshotInput`."""
    return {json_name: json_value(getattr(task, name)) for name, json_name in TASK_FIELDS.items()}


def facts_json(event: DomainEvent) -> Mapping[str, Any]:
    """Returns the facts of an event, which are its fields beside those of every event, as JSON."""
    if isinstance(event, UnknownEvent):
        return event.facts
    return {to_camel(name): json_value(getattr(event, name)) for name in facts_of(type(event))}


def actor_json(by: str | None) -> Mapping[str, str] | None:
    """Returns the schema's `TaskActor`, or None for a kind that this code does not know."""
    return {"kind": by} if by is not None and by in set(ActorKind) else None


@cache
def event_name(event_type: str) -> str:
    """Returns the schema's TaskEventType of an event type: `TaskStatusChanged` is STATUS_CHANGED."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", event_type.removeprefix("Task")).upper()


def json_value(value: Any) -> Any:  # noqa: ANN401 - of any type that a field of the domain has
    """Returns the JSON value of a field's value."""
    as_json = _AS_JSON.get(type(value))
    return as_json(value) if as_json else value


def _due_json(due: TaskDue) -> Mapping[str, str | None]:
    """Returns the schema's `TaskDue`."""
    return {
        "date": due.day.isoformat(),
        "at": to_text(due.at) if due.at else None,
        "timeZone": due.time_zone,
    }


_AS_JSON: Mapping[type, Callable[[Any], Any]] = {
    datetime: to_text,
    TaskId: str,
    UserId: str,
    TaskStatus: str,
    UnknownStatus: str,
    TaskDue: _due_json,
    TaskPriority: str,
    UnknownPriority: lambda _: str(TaskPriority.NONE),  # the schema of this code cannot name it
    tuple: list,
}
