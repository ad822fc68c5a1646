"""Planning through the resolver Lambda, the table and messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.items import deserialize, serialize
from adapters.messages import ChangeMessage
from adapters.task_items import task_key
from domain.changes import TaskChange
from domain.events import TaskUpdated
from domain.identifiers import TaskId
from domain.planning import TaskDue, TaskPriority
from tests.builders import a_planned_task
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA, LambdaContext, field_event
from tests.integration.resolver_lambda import dynamodb as client
from tests.integration.resolver_lambda import handler

pytestmark = pytest.mark.usefixtures("dynamodb")


def answer(field: str, arguments: dict[str, Any]) -> Any:
    return json.loads(json.dumps(handler(field_event(field, arguments, ANNA), LambdaContext())))


def created(**details: Any) -> Any:
    return answer("Mutation.createTask", {"input": {"title": "Pay the rent", **details}})["data"]


def edited(task: Any, **edit: Any) -> Any:
    return answer("Mutation.updateTask", {"input": {"id": task["id"], **edit}})


def test_a_task_without_planning_has_none() -> None:
    task = created()

    assert (task["due"], task["priority"], task["labels"]) == (None, "NONE", [])


def test_a_task_is_planned_when_it_is_created_and_read_as_planned() -> None:
    due = {"at": "2026-12-24T23:30:00Z", "timeZone": "Asia/Tokyo"}

    task = created(due=due, priority="HIGH", labels=["home", "family"])

    planned = {
        "due": {"date": "2026-12-25", "at": "2026-12-24T23:30:00.000Z", "timeZone": "Asia/Tokyo"},
        "priority": "HIGH",
        "labels": ["family", "home"],
    }
    assert planned.items() <= task.items()
    assert answer("Query.task", {"id": task["id"]})["data"] == task
    assert answer("Query.tasksByUser", {})["data"]["items"] == [task]


def test_planning_is_edited_merged_and_cleared() -> None:
    task = created(due={"date": "2026-12-01"}, labels=["family", "home"])

    edited(task, priority="URGENT", addLabels=["office"], removeLabels=["family"])
    now = edited(task, clear=["DUE"])["data"]

    assert (now["due"], now["priority"], now["labels"], now["version"]) == (None, "URGENT", ["home", "office"], 3)


def test_null_leaves_planning_as_it_is() -> None:
    task = created(due={"date": "2026-12-01"}, priority="LOW", labels=["home"])

    now = edited(task, title="Pay", due=None, priority=None, labels=None, addLabels=None, clear=None)["data"]

    assert (now["due"], now["priority"], now["labels"]) == (task["due"], "LOW", ["home"])


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"due": {"date": "2026-12-01", "at": "2026-12-01T08:00:00Z"}}, "due"),
        ({"due": {}}, "due"),
        ({"due": {"date": "2026-12-01+01:00"}}, "due"),
        ({"due": {"date": "2026-12-01"}, "clear": ["DUE"]}, "clear"),
        ({"clear": ["TITLE"]}, "clear"),
        ({"priority": "SOON"}, "priority"),
        ({"labels": ["a"], "addLabels": ["b"]}, "labels"),
        ({"labels": ["\U0001f600" * 51]}, "labels"),
    ],
)
def test_planning_that_breaks_a_rule_names_the_field_and_stores_nothing(edit: dict[str, Any], field: str) -> None:
    task = created()

    error = edited(task, **edit)["error"]

    assert (error["type"], error["info"]["field"]) == ("ValidationError", field)
    assert answer("Query.task", {"id": task["id"]})["data"] == task


def test_a_priority_of_newer_code_shows_as_none_and_survives_a_change_by_this_code() -> None:
    task = created(priority="HIGH")
    key = serialize(task_key(TaskId(task["id"])))
    client.update_item(
        TableName=TABLE_NAME,
        Key=key,
        UpdateExpression="SET Priority = :newer",
        ExpressionAttributeValues={":newer": {"S": "BLOCKER"}},
    )

    renamed = edited(task, title="Pay")["data"]

    stored = deserialize(client.get_item(TableName=TABLE_NAME, Key=key)["Item"])
    assert (renamed["priority"], stored["Priority"], stored["Title"]) == ("NONE", "BLOCKER", "Pay")


def listed(**arguments: Any) -> Any:
    return answer("Query.tasksByUser", arguments)


def test_a_list_is_filtered_and_ordered_by_due_date() -> None:
    later_ = created(due={"date": "2026-12-02"}, labels=["home"])
    sooner = created(due={"at": "2026-12-01T08:00:00Z"}, labels=["home"])
    created(labels=["home"])
    created(due={"date": "2026-12-01"})

    page = listed(orderBy="DUE_FIRST", filter={"anyLabel": ["home"], "text": "RENT"})["data"]

    assert page == {"items": [sooner, later_], "nextToken": None}
    assert listed(filter={"due": {"to": "2026-12-01"}, "allLabels": ["home"]})["data"]["items"] == [sooner]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"orderBy": "DUE_FIRST", "status": "COMPLETED"}, "orderBy"),
        ({"orderBy": "DUE_FIRST", "statuses": ["PENDING", "CANCELLED"]}, "orderBy"),
        ({"orderBy": "TITLE"}, "orderBy"),
        ({"filter": {"due": {"from": "2026-12-02", "to": "2026-12-01"}}}, "due"),
        ({"filter": {"due": {"from": "0000-01-01"}}}, "due"),
        ({"filter": {"text": "x"}}, "text"),
        ({"filter": {"anyLabel": []}}, "anyLabel"),
    ],
)
def test_a_list_that_breaks_a_rule_names_the_field(arguments: dict[str, Any], field: str) -> None:
    error = listed(**arguments)["error"]

    assert (error["type"], error["info"]["field"]) == ("ValidationError", field)


def test_a_token_of_another_filter_is_refused() -> None:
    for _ in range(2):
        created(labels=["home"])
    token = listed(limit=1, filter={"anyLabel": ["home"]})["data"]["nextToken"]

    error = listed(limit=1, filter={"anyLabel": ["office"]}, nextToken=token)["error"]

    assert (error["info"]["field"], error["info"]["code"]) == ("nextToken", "REFERENCE")


def test_a_task_is_moved_and_keeps_its_place_until_it_is_deleted() -> None:
    first, second, third = created(), created(), created()
    assert third["rank"] < second["rank"] < first["rank"] or len({first["createdAt"], third["createdAt"]}) < 2
    top, bottom = sorted([first, second], key=lambda task: task["rank"])

    moved = answer("Mutation.moveTask", {"input": {"id": third["id"], "after": top["id"], "before": bottom["id"]}})[
        "data"
    ]
    done = answer("Mutation.completeTask", {"id": third["id"]})["data"]

    assert top["rank"] < moved["rank"] < bottom["rank"]
    assert (moved["version"], done["version"], done["rank"]) == (2, 3, moved["rank"])
    key = serialize(task_key(TaskId(third["id"])))
    assert client.get_item(TableName=TABLE_NAME, Key=key)["Item"]["Rank"]["S"] == moved["rank"]
    answer("Mutation.deleteTask", {"id": third["id"]})
    assert not {"Rank", "OpenDue"} & client.get_item(TableName=TABLE_NAME, Key=key)["Item"].keys()


@pytest.mark.parametrize(
    ("move", "field", "code"),
    [
        ({}, "after", "REQUIRED"),
        ({"after": "itself"}, "after", "EXCLUSIVE"),
        ({"before": "deleted"}, "before", "REFERENCE"),
        ({"after": "task-of-nobody"}, "after", "REFERENCE"),
        ({"before": "no id"}, "before", "FORMAT"),
        ({"after": "other", "expectedVersion": 0}, "expectedVersion", "RANGE"),
    ],
)
def test_a_move_that_breaks_a_rule_names_the_field_and_stores_nothing(
    move: dict[str, Any], field: str, code: str
) -> None:
    task, other, deleted = created(), created(), created()
    answer("Mutation.deleteTask", {"id": deleted["id"]})
    ids = {"itself": task["id"], "other": other["id"], "deleted": deleted["id"]}
    named = {name: ids.get(value, value) for name, value in move.items()}

    error = answer("Mutation.moveTask", {"input": {"id": task["id"], **named}})["error"]

    assert (error["type"], error["info"]["field"], error["info"]["code"]) == ("ValidationError", field, code)
    assert answer("Query.task", {"id": task["id"]})["data"] == task


def test_a_tombstone_holds_no_label_and_no_due_date() -> None:
    task = created(due={"date": "2026-12-01"}, labels=["private matter"])

    answer("Mutation.deleteTask", {"id": task["id"]})

    stored = client.get_item(TableName=TABLE_NAME, Key=serialize(task_key(TaskId(task["id"]))))["Item"]
    assert not {"Due", "Priority", "Labels"} & stored.keys()


def test_a_repeated_creation_with_the_same_planning_is_the_same_creation() -> None:
    details = {"due": {"date": "2026-12-01"}, "labels": ["home"], "clientToken": "t"}

    first, second = created(**details), created(**details)
    other = answer("Mutation.createTask", {"input": {"title": "Pay the rent", **details, "labels": []}})

    assert first == second
    assert other["error"]["type"] == "Conflict"


def test_a_message_carries_planning_there_and_back() -> None:
    task = a_planned_task(due=TaskDue.of(None, "2026-12-24T08:30:00Z", "Europe/Berlin"), priority=TaskPriority.LOW)
    change = TaskChange(task.state, (TaskUpdated.of(task.state),))

    text = ChangeMessage(change, None).to_json()

    assert json.loads(text)["task"]["due"] == {
        "date": "2026-12-24",
        "at": "2026-12-24T08:30:00.000Z",
        "timeZone": "Europe/Berlin",
    }
    assert ChangeMessage.read(text).change == change


def test_a_message_of_older_code_has_no_planning() -> None:
    task = a_planned_task()
    message = json.loads(ChangeMessage(TaskChange(task.state, (TaskUpdated.of(task.state),)), None).to_json())
    for name in ("due", "priority", "labels"):
        del message["task"][name]

    read = ChangeMessage.read(json.dumps(message)).change.task

    assert (read.due, read.priority, read.labels) == (None, TaskPriority.NONE, ())
