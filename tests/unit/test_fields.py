"""Every place that needs a task's fields has all of them. Each test names the place where a field is missing."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from appsync_offline.schema.executable import PRELUDE
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, build_schema, parse
from pydantic.alias_generators import to_camel

from adapters import appsync_live_updates
from adapters.task_items import task_item, task_of
from adapters.task_json import TASK_FIELDS, TaskJson, event_name, task_json
from domain.details import TaskDetails, details_of, fingerprint
from domain.events import EVENT_TYPES
from domain.identifiers import TaskId
from domain.planning import TaskDue, TaskPriority
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus
from resolvers import inputs
from tests.builders import a_task

SCHEMA = build_schema(PRELUDE + (Path(__file__).parents[2] / "schema.graphql").read_text())
NOT_STORED = {"history"}  # a projection with a resolver of its own
NOT_DETAILS = {"id", "userId", "clientToken", "mutationId", "expectedVersion", "addLabels", "removeLabels", "clear"}
DETAILS = {to_camel(detail.name) for detail in fields(TaskDetails)}


def fields_of(name: str) -> set[str]:
    kind = SCHEMA.get_type(name)
    assert isinstance(kind, GraphQLObjectType | GraphQLInputObjectType)
    return set(kind.fields)


STORED = fields_of("Task") - NOT_STORED


def test_the_domains_snapshot_has_every_stored_field_of_the_schema() -> None:
    assert set(TASK_FIELDS.values()) == STORED


def test_publish_mutations_take_every_stored_field() -> None:
    assert fields_of("TaskSnapshotInput") == STORED


def test_the_schema_names_every_event_type() -> None:
    kind = SCHEMA.get_type("TaskEventType")
    assert isinstance(kind, GraphQLEnumType)
    assert [event_name(event_type) for event_type in EVENT_TYPES] == list(kind.values)


@pytest.mark.parametrize("publish", [appsync_live_updates._publish_change, appsync_live_updates._publish_completion])
def test_publishes_select_every_stored_field(publish: Callable[[TaskJson], str]) -> None:
    mutation = publish(task_json(a_task().state))
    (operation,) = parse(mutation).definitions
    selected = _selection(operation)

    assert selected["publishTaskChange"]["task"].keys() == STORED
    assert selected.get("publishTaskCompleted", dict.fromkeys(STORED)).keys() == STORED


def _selection(node: Any) -> dict[str, Any]:
    """Returns the selected fields by name, each with its own selection, or {} for a field without a selection."""
    return (
        {field.name.value: _selection(field) for field in node.selection_set.selections} if node.selection_set else {}
    )


@pytest.mark.parametrize("kind", ["CreateTaskInput", "UpdateTaskInput"])
def test_every_detail_can_be_given_when_a_task_is_created_and_edited(kind: str) -> None:
    assert fields_of(kind) - NOT_DETAILS == DETAILS
    model = getattr(inputs, kind)
    assert {to_camel(name) for name in model.model_fields} == fields_of(kind)


CHANGED: dict[str, Any] = {
    "title": "Another title",
    "description": "Another description",
    "id": "task-another",
    "status": TaskStatus.CANCELLED,
    "due": TaskDue.of(None, "2026-12-24T08:30:00Z", "Europe/Berlin"),
    "priority": TaskPriority.URGENT,
    "labels": ("family", "home"),
    "remind_at": datetime(2026, 12, 24, 8, 30, tzinfo=UTC),
    "rank": "zUWH2nT0a7Qx",
}
"""Another value for each field that is neither a time nor a number."""


@pytest.mark.parametrize("name", TASK_FIELDS)
def test_the_stored_item_holds_every_field(name: str) -> None:
    state = replace(a_task(status=TaskStatus.COMPLETED).state, **{name: _another(name)})

    stored = task_of(task_item(replace(a_task(), state=state), write_id="w", correlation_id=None))

    assert getattr(stored.state, name) == getattr(state, name)


@pytest.mark.parametrize("name", [detail.name for detail in fields(TaskDetails)])
def test_another_value_of_any_detail_is_another_creation(name: str) -> None:
    task = a_task().state

    assert fingerprint(replace(task, **{name: _another(name)})) != fingerprint(task)


def test_who_owns_a_task_and_when_it_changed_is_no_part_of_its_fingerprint() -> None:
    task = a_task().state

    assert fingerprint(replace(task, version=9, updated_at=task.updated_at + timedelta(1))) == fingerprint(task)
    assert details_of(task).keys() == {detail.name for detail in fields(TaskDetails)}


def _another(name: str) -> Any:
    value = getattr(a_task(status=TaskStatus.COMPLETED).state, name)
    if name in CHANGED:
        return type(value)(CHANGED[name]) if isinstance(value, str | TaskId) else CHANGED[name]
    if name.endswith("_at"):
        return value + timedelta(days=1)
    return value + 1 if isinstance(value, int) else type(value)("another")


def test_every_field_of_the_snapshot_has_another_value_here() -> None:
    state = a_task(status=TaskStatus.COMPLETED).state

    assert all(_another(field.name) != getattr(state, field.name) for field in fields(TaskSnapshot))
