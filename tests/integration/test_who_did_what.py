"""A change tells which kind of party made it, which details it changed, and the caller's own name for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from adapters.appsync_live_updates import _about
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import deserialize, serialize
from adapters.messages import ChangeMessage
from adapters.task_items import change_of, task_key
from domain.changes import TaskChange
from domain.identifiers import TaskId
from domain.services.read_tasks import LATEST
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA, API_KEY, BORIS, IAM, LambdaContext, a_user, field_event
from tests.integration.resolver_lambda import dynamodb as client
from tests.integration.resolver_lambda import handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.usefixtures("dynamodb")

PROJECTIONS = DynamoDBProjections(client, TABLE_NAME)


def resolve(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> dict[str, Any]:
    answer = handler(field_event(field, arguments, identity), LambdaContext())
    assert isinstance(answer, dict)
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return] # what AppSync gets is JSON


def changed(mutation: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> TaskChange:
    """Returns the change of a mutation as the processor reads it from the queue, and records it."""
    answer = resolve(f"Mutation.{mutation}", arguments, identity)
    data = answer["data"][0]["task"] if isinstance(answer["data"], list) else answer["data"]
    stored = client.get_item(TableName=TABLE_NAME, Key=serialize(task_key(TaskId(data["id"]))))["Item"]
    change = ChangeMessage.read(ChangeMessage(change_of(deserialize(stored)), None).to_json()).change
    PROJECTIONS.record(change)
    return change


def created(**more: Any) -> str:
    return str(changed("createTask", {"input": {"title": "Milk", **more}}).task_id)


AN_ADMIN = a_user("an-administrator", "admins")  # no random id holds this name


@pytest.mark.parametrize(
    ("identity", "kind"), [(ANNA, "OWNER"), (AN_ADMIN, "ADMIN"), (IAM, "SERVICE"), (API_KEY, "SERVICE")]
)
def test_the_kind_of_the_party_is_recorded_and_nothing_else_of_it(
    identity: dict[str, Any] | None, kind: str, dynamodb: DynamoDBClient
) -> None:
    task = created()

    change = changed("startTask", {"id": task}, identity)

    assert change.by == kind
    events = resolve("Query.task", {"id": task}) and [
        event.by for event in PROJECTIONS.history(TaskId(task), LATEST) if event.version == 2
    ]
    assert events == [kind]
    newest = resolve("Query.taskEvents", {"limit": 1})["data"]["items"][0]
    assert (newest["by"], newest["changed"]) == ({"kind": kind}, [])
    assert (identity or {}).get("sub") in {None, "anna"} or str((identity or {})["sub"]) not in json.dumps(
        dynamodb.scan(TableName=TABLE_NAME)["Items"]
    )


def test_an_edit_names_the_details_that_really_changed() -> None:
    task = created(description="Two liters", labels=["home"])

    edited = changed("updateTask", {"input": {"id": task, "title": "Bread", "description": "Two liters", "labels": []}})
    started = changed("startTask", {"id": task})

    assert (edited.changed, started.changed) == (("title", "labels"), ())
    assert [event["changed"] for event in resolve("Query.taskEvents", {})["data"]["items"]] == [
        [], ["title", "labels"], [],
    ]  # fmt: skip


def test_a_change_echoes_its_mutation_and_the_next_change_does_not() -> None:
    first = changed("createTask", {"input": {"title": "Milk", "mutationId": "page-1/7"}})
    task = str(first.task_id)

    started = changed("startTask", {"id": task, "mutationId": "page-1/8"})
    several = changed("changeTasks", {"input": [{"id": task, "action": "COMPLETE", "mutationId": "page-2/1"}]})
    reopened = changed("reopenTask", {"id": task})
    edited = changed("updateTask", {"input": {"id": task, "title": "Bread", "mutationId": "page-2/2"}})
    deleted = changed("deleteTask", {"id": task, "mutationId": "page-2/3"})

    echoes = [change.mutation_id for change in (first, started, several, reopened, edited, deleted)]
    assert echoes == ["page-1/7", "page-1/8", "page-2/1", None, "page-2/2", "page-2/3"]
    assert _about(edited) == {
        "event": "UPDATED",
        "by": {"kind": "OWNER"},
        "changed": ["title"],
        "mutationId": "page-2/2",
    }


@pytest.mark.parametrize("text", ["", "é", "a b", "x" * 129])
def test_the_name_of_a_mutation_is_visible_ascii(text: str) -> None:
    error = resolve("Mutation.createTask", {"input": {"title": "Milk", "mutationId": text}})["error"]

    assert (error["type"], error["info"]["field"]) == ("ValidationError", "mutationId")


def test_a_kind_that_newer_code_wrote_is_kept_and_not_shown() -> None:
    change = changed("createTask", {"input": {"title": "Milk"}}).signed("PARTNER", None)
    PROJECTIONS.record(ChangeMessage.read(ChangeMessage(change, None).to_json()).change)

    assert ChangeMessage.read(ChangeMessage(change, None).to_json()).change.by == "PARTNER"
    assert _about(change)["by"] is None


def test_a_message_of_older_code_has_no_party() -> None:
    message = json.loads(ChangeMessage(changed("createTask", {"input": {"title": "Milk"}}), None).to_json())
    for name in ("by", "changed", "mutationId"):
        del message[name]

    change = ChangeMessage.read(json.dumps(message)).change

    assert (change.by, change.changed, change.mutation_id) == (None, (), None)


@pytest.mark.parametrize(
    ("arguments", "conditions"),
    [
        ({"id": "task-1"}, {"task.id": {"eq": "task-1"}}),
        ({"statuses": ["PENDING", "COMPLETED"]}, {"task.status": {"in": ["COMPLETED", "PENDING"]}}),
        ({"id": "task-1", "statuses": ["PENDING"]}, {"task.id": {"eq": "task-1"}, "task.status": {"in": ["PENDING"]}}),
    ],
)
def test_a_subscription_narrows_what_the_caller_may_hear(arguments: dict[str, Any], conditions: dict[str, Any]) -> None:
    for identity, owner in ((ANNA, {"eq": "anna"}), (BORIS, {"eq": "boris"}), (IAM, {"ne": ""})):
        filter_ = resolve("Subscription.onTaskChanged", arguments, identity)["subscriptionFilter"]
        assert filter_ == {"task.userId": owner, **conditions}
    assert (
        resolve("Subscription.onTaskChanged", {"userId": "anna", **arguments}, BORIS)["error"]["type"] == "Unauthorized"
    )


@pytest.mark.parametrize("statuses", [[], ["PENDING", "PENDING"], ["FLYING"]])
def test_the_statuses_of_a_subscription_are_checked(statuses: list[str]) -> None:
    assert resolve("Subscription.onTaskChanged", {"statuses": statuses})["error"]["info"]["field"] == "statuses"
