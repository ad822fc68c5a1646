"""Converts a task to the schema's JSON, which resolvers return, messages carry and live updates publish.

The fields are derived from the domain's snapshot, so that a field that is added to the snapshot appears in all three.
tests/unit/test_fields.py compares them with the schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from pydantic.alias_generators import to_camel

from adapters.timestamps import to_text
from domain.identifiers import TaskId, UserId
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus

TASK_FIELDS: Mapping[str, str] = {field.name: to_camel(field.name) for field in fields(TaskSnapshot)}
"""The stored fields of the schema's `Task`: the name in the domain and the name in the schema."""

# The schema's TaskEventType of each event type.
EVENT_NAMES: Mapping[str, str] = {
    "TaskCreated": "CREATED",
    "TaskUpdated": "UPDATED",
    "TaskStatusChanged": "STATUS_CHANGED",
    "TaskCompleted": "COMPLETED",
    "TaskReopened": "REOPENED",
    "TaskDeleted": "DELETED",
}

TaskJson = dict[str, str | int | None]


def task_json(task: TaskSnapshot) -> TaskJson:
    """Returns a task as JSON: the schema's `Task` without `history`, which equals `TaskSnapshotInput`."""
    return {told: _plain(getattr(task, name)) for name, told in TASK_FIELDS.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - of any type that a snapshot's fields have
    as_text = _AS_TEXT.get(type(value))
    return as_text(value) if as_text else value


_AS_TEXT: Mapping[type, Callable[[Any], str]] = {datetime: to_text, TaskId: str, UserId: str, TaskStatus: str}
