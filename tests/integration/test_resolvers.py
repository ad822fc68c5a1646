"""The resolver Lambda answers each field, called as AppSync calls it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from appsync_offline.realtime.filters import enhanced_filter
from botocore.exceptions import ConnectTimeoutError

from adapters.dynamodb_ended_access import DynamoDBEndedAccess
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import deserialize
from adapters.timestamps import from_text
from domain.access import Actor
from domain.details import TaskDetails
from domain.events import DomainEvent
from domain.identifiers import ClientToken, TaskId, UserId
from domain.services.read_tasks import ReadHistory
from resolvers.access import Access
from resolvers.application import Handler, lambda_handler
from resolvers.telemetry import logger
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import (
    ADMIN,
    ANNA,
    API_KEY,
    BORIS,
    IAM,
    IDENTITY_POOL,
    LAMBDA_AUTHORIZER,
    OIDC,
    LambdaContext,
    field_event,
)
from tests.integration.resolver_lambda import dynamodb as client
from tests.integration.resolver_lambda import handler, parts
from tests.root_fields import Subject, naming, root_fields

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.usefixtures("dynamodb")

without_api_keys = lambda_handler(replace(parts, access=Access(accepts_api_keys=False)))


def resolve(
    field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA, by: Handler = handler
) -> dict[str, Any]:
    answer = by(field_event(field, arguments, identity), LambdaContext())
    assert isinstance(answer, dict)
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return] # what AppSync gets is JSON


def data(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> Any:
    answer = resolve(field, arguments, identity)
    assert "error" not in answer, answer
    return answer["data"]


def error(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> dict[str, Any]:
    answer = resolve(field, arguments, identity)
    assert "error" in answer, answer
    return answer["error"]  # type: ignore[no-any-return]


def created(title: str = "Buy milk", identity: dict[str, Any] | None = ANNA, **more: Any) -> dict[str, Any]:
    task: dict[str, Any] = data("Mutation.createTask", {"input": {"title": title, **more}}, identity)
    return task


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Returns the text that the Lambda logs."""
    written = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", written)
    return written


def item_count(dynamodb: DynamoDBClient) -> int:
    return dynamodb.scan(TableName=TABLE_NAME)["Count"]


def test_a_signed_in_user_creates_a_task_of_their_own() -> None:
    task = created(" Buy milk ", description="Two litres")

    assert task == {
        "id": task["id"],
        "userId": "anna",
        "title": "Buy milk",
        "description": "Two litres",
        "due": None,
        "remindAt": None,
        "priority": "NONE",
        "labels": [],
        "status": "PENDING",
        "createdAt": task["createdAt"],
        "updatedAt": task["createdAt"],
        "completedAt": None,
        "version": 1,
        "rank": task["rank"],
    }
    assert task["id"].startswith("task-")
    assert task["createdAt"].endswith("Z")
    assert data("Query.task", {"id": task["id"]}) == task


def test_a_task_lives_from_pending_over_started_to_completed() -> None:
    task_id = created()["id"]

    assert data("Mutation.startTask", {"id": task_id})["status"] == "IN_PROGRESS"
    completed = data("Mutation.completeTask", {"id": task_id})

    assert (completed["status"], completed["version"]) == ("COMPLETED", 3)
    assert completed["completedAt"] == completed["updatedAt"]
    assert data("Query.task", {"id": task_id}) == completed


def test_completing_a_completed_task_is_refused() -> None:
    task_id = created()["id"]
    data("Mutation.completeTask", {"id": task_id})

    refusal = error("Mutation.completeTask", {"id": task_id})

    assert refusal["type"] == "InvalidTransition"
    assert refusal["info"] == {
        "code": "SAME_STATUS",
        "currentStatus": "COMPLETED",
        "wantedStatus": "COMPLETED",
        "currentVersion": 2,
    }
    assert refusal["data"] == data("Query.task", {"id": task_id})


CHANGES = {"startTask": "IN_PROGRESS", "completeTask": "COMPLETED", "cancelTask": "CANCELLED", "reopenTask": "PENDING"}


@pytest.mark.parametrize("mutation", [*CHANGES, "deleteTask"])
def test_a_change_of_the_version_that_was_seen_is_made(mutation: str) -> None:
    task = seen_before(mutation)

    changed = data(f"Mutation.{mutation}", {"id": task["id"], "expectedVersion": task["version"]})

    assert changed["status"] == CHANGES.get(mutation, task["status"])
    assert changed["version"] == task["version"] + 1


@pytest.mark.parametrize("mutation", [*CHANGES, "deleteTask"])
def test_a_change_of_a_version_that_is_past_is_a_conflict_with_the_current_one_and_changes_nothing(
    mutation: str,
) -> None:
    task = seen_before(mutation)
    by_somebody_else = data(
        f"Mutation.{'completeTask' if task['status'] == 'PENDING' else 'reopenTask'}", {"id": task["id"]}
    )

    refusal = error(f"Mutation.{mutation}", {"id": task["id"], "expectedVersion": task["version"]})

    assert (refusal["type"], refusal["info"]) == (
        "Conflict",
        {"code": "VERSION", "currentVersion": task["version"] + 1, "currentStatus": by_somebody_else["status"]},
    )
    assert refusal["data"] == by_somebody_else
    assert data("Query.task", {"id": task["id"]}) == by_somebody_else


@pytest.mark.parametrize("mutation", CHANGES)
def test_after_a_lost_answer_the_repetition_tells_that_this_very_change_was_made(mutation: str) -> None:
    task = seen_before(mutation)
    change = {"id": task["id"], "expectedVersion": task["version"]}
    data(f"Mutation.{mutation}", change)

    repeated = error(f"Mutation.{mutation}", change)["info"]

    assert (repeated["currentVersion"], repeated["currentStatus"]) == (task["version"] + 1, CHANGES[mutation])


def test_after_a_lost_answer_the_repetition_tells_that_somebody_else_was_first() -> None:
    task = created()
    data("Mutation.startTask", {"id": task["id"]})
    data("Mutation.completeTask", {"id": task["id"]})

    refusal = error("Mutation.completeTask", {"id": task["id"], "expectedVersion": task["version"]})["info"]

    assert (refusal["currentVersion"], refusal["currentStatus"]) == (task["version"] + 2, "COMPLETED")


def seen_before(mutation: str) -> dict[str, Any]:
    """Returns a task that the mutation can change, as a client received it."""
    task = created()
    return data("Mutation.cancelTask", {"id": task["id"]}) if mutation == "reopenTask" else task


def test_a_reopened_task_is_pending_and_no_longer_completed() -> None:
    task_id = created()["id"]
    data("Mutation.completeTask", {"id": task_id})

    reopened = data("Mutation.reopenTask", {"id": task_id})

    assert (reopened["status"], reopened["completedAt"], reopened["version"]) == ("PENDING", None, 3)
    assert data("Query.task", {"id": task_id}) == reopened
    assert data("Query.tasksByUser", {"status": "PENDING"})["items"] == [reopened]


def test_a_deleted_task_cannot_be_reopened() -> None:
    task_id = created()["id"]
    data("Mutation.deleteTask", {"id": task_id})

    assert error("Mutation.reopenTask", {"id": task_id})["type"] == "TaskNotFound"
    assert error("Mutation.reopenTask", {"id": task_id, "expectedVersion": 2})["type"] == "TaskNotFound"


def test_a_cancelled_task_cannot_be_completed_and_its_details_not_edited() -> None:
    task_id = created()["id"]
    data("Mutation.cancelTask", {"id": task_id})

    assert error("Mutation.completeTask", {"id": task_id})["type"] == "InvalidTransition"
    assert error("Mutation.updateTask", {"input": {"id": task_id, "title": "x"}})["type"] == "InvalidTransition"


def test_an_edit_changes_what_is_named_and_leaves_what_is_null() -> None:
    task = created("Old", description="Stays")

    edited = data("Mutation.updateTask", {"input": {"id": task["id"], "title": "New", "description": None}})

    assert (edited["title"], edited["description"], edited["version"]) == ("New", "Stays", 2)


def test_an_edit_of_a_version_that_is_past_is_a_conflict_with_the_current_one() -> None:
    task_id = created()["id"]
    data("Mutation.updateTask", {"input": {"id": task_id, "title": "First", "expectedVersion": 1}})

    refusal = error("Mutation.updateTask", {"input": {"id": task_id, "title": "Second", "expectedVersion": 1}})

    assert (refusal["type"], refusal["info"]) == (
        "Conflict",
        {"code": "VERSION", "currentVersion": 2, "currentStatus": "PENDING"},
    )
    assert data("Query.task", {"id": task_id})["title"] == "First"


def test_a_deleted_task_answers_what_it_was_and_is_gone_from_everywhere() -> None:
    task_id = created()["id"]

    assert data("Mutation.deleteTask", {"id": task_id})["status"] == "PENDING"

    assert error("Query.task", {"id": task_id})["type"] == "TaskNotFound"
    assert error("Mutation.deleteTask", {"id": task_id})["type"] == "TaskNotFound"
    assert data("Query.tasksByUser", {"userId": "anna"})["items"] == []
    assert data("Query.tasksByUser", {"userId": "anna", "status": "PENDING"})["items"] == []


def test_lists_go_on_by_token() -> None:
    for n in range(3):
        created(str(n))

    first = data("Query.tasksByUser", {"userId": "anna", "limit": 2})
    second = data("Query.tasksByUser", {"userId": "anna", "limit": 2, "nextToken": first["nextToken"]})

    assert (len(first["items"]), len(second["items"]), second["nextToken"]) == (2, 1, None)
    assert {task["title"] for page in (first, second) for task in page["items"]} == {"0", "1", "2"}


def test_a_list_of_several_statuses_is_one_call_and_its_tokens_are_for_the_same_statuses_in_any_order() -> None:
    created("Pending")
    started, done = created("Started"), created("Done")
    data("Mutation.startTask", {"id": started["id"]})
    data("Mutation.completeTask", {"id": done["id"]})

    first = data("Query.tasksByUser", {"statuses": ["PENDING", "IN_PROGRESS"], "limit": 1})
    token = first["nextToken"]
    second = data("Query.tasksByUser", {"statuses": ["IN_PROGRESS", "PENDING"], "limit": 1, "nextToken": token})

    assert [task["title"] for page in (first, second) for task in page["items"]] == ["Started", "Pending"]
    assert second["nextToken"] is None
    for other in ({}, {"status": "PENDING"}, {"statuses": ["PENDING", "COMPLETED"]}):
        refusal = error("Query.tasksByUser", {**other, "nextToken": token})
        assert (refusal["type"], refusal["info"]["field"]) == ("ValidationError", "nextToken")


@pytest.mark.parametrize("arguments", [{}, {"userId": None}])
def test_a_signed_in_user_lists_and_counts_their_own_without_naming_themselves(arguments: dict[str, Any]) -> None:
    mine = created("Mine")
    created("Theirs", BORIS)

    assert data("Query.tasksByUser", arguments)["items"] == [mine]
    assert data("Query.taskStatistics", arguments)["userId"] == "anna"
    assert data("Query.tasksByUser", arguments, ADMIN)["items"] == []


def test_the_same_client_token_and_content_makes_one_task(dynamodb: DynamoDBClient) -> None:
    first = created("Once", clientToken="t-1")

    assert created(" Once ", clientToken="t-1") == first
    data("Mutation.startTask", {"id": first["id"]})
    assert created("Once", clientToken="t-1")["status"] == "IN_PROGRESS"
    assert item_count(dynamodb) == 1


def test_the_same_client_token_with_other_content_is_a_conflict(dynamodb: DynamoDBClient) -> None:
    created("Once", clientToken="t-1")

    refusal = error("Mutation.createTask", {"input": {"title": "Other", "clientToken": "t-1"}})

    assert (refusal["type"], refusal["info"]) == ("Conflict", {"code": "OTHER_CONTENT", "field": "clientToken"})
    assert item_count(dynamodb) == 1


def test_a_client_token_is_each_users_own(dynamodb: DynamoDBClient) -> None:
    created("Once", clientToken="t-1")
    created("Other", BORIS, clientToken="t-1")

    assert item_count(dynamodb) == 2


def test_fifty_concurrent_retries_make_one_task(dynamodb: DynamoDBClient) -> None:
    with ThreadPoolExecutor(16) as pool:
        tasks = list(
            pool.map(
                lambda _: parts.create_task(
                    Actor(UserId("anna"), acts_for_anyone=False), None, TaskDetails(title="Once"), ClientToken("t-50")
                ),
                range(50),
            )
        )

    assert len({task.id for task in tasks}) == 1
    (item,) = dynamodb.scan(TableName=TABLE_NAME)["Items"]
    assert deserialize(item)["Outbox"] == ["TaskCreated"]


BAD_INPUT = [
    ("Mutation.createTask", {"input": {"title": ""}}, "title"),
    ("Mutation.createTask", {"input": {"title": "   "}}, "title"),
    ("Mutation.createTask", {"input": {"title": "x" * 201}}, "title"),
    ("Mutation.createTask", {"input": {"title": "x" * 20_000}}, "title"),
    ("Mutation.createTask", {"input": {"title": "bell\x07"}}, "title"),
    ("Mutation.createTask", {"input": {"title": "x", "description": "x" * 1001}}, "description"),
    ("Mutation.createTask", {"input": {"title": "x", "clientToken": "x" * 300}}, "clientToken"),
    ("Mutation.createTask", {"input": {"title": "x", "clientToken": "a b"}}, "clientToken"),
    ("Mutation.createTask", {"input": {"title": "x", "userId": "a#b"}}, "userId"),
    ("Mutation.updateTask", {"input": {"id": "task-1"}}, None),
    ("Mutation.updateTask", {"input": {"id": "task-1", "title": "x", "expectedVersion": 0}}, "expectedVersion"),
    ("Mutation.createTask", {"input": {}}, "title"),
    ("Mutation.createTask", {"input": {"title": None}}, "title"),
    ("Mutation.createTask", {"input": {"title": 5}}, "title"),
    ("Mutation.createTask", {"input": {"title": "x", "color": "red"}}, "color"),
    ("Mutation.createTask", {"input": ["title"]}, "input"),
    ("Mutation.completeTask", {"id": "TASK#1"}, "id"),
    ("Mutation.completeTask", {"id": "x" * 300}, "id"),
    ("Query.task", {"id": ""}, "id"),
    ("Query.task", {"id": "a\nb"}, "id"),
    ("Query.tasksByUser", {"userId": "anna", "limit": 0}, "limit"),
    ("Query.tasksByUser", {"userId": "anna", "limit": -1}, "limit"),
    ("Query.tasksByUser", {"userId": "anna", "limit": 101}, "limit"),
    ("Query.tasksByUser", {"userId": "anna", "limit": "ten"}, "limit"),
    ("Query.tasksByUser", {"userId": "anna", "status": "DONE"}, "status"),
    ("Query.tasksByUser", {"userId": "anna", "nextToken": "mangled"}, "nextToken"),
    ("Query.tasksByUser", {"userId": ""}, "userId"),
    ("Query.tasksByUser", {"status": "PENDING", "statuses": ["PENDING"]}, "statuses"),
    ("Query.tasksByUser", {"statuses": []}, "statuses"),
    ("Query.tasksByUser", {"statuses": ["PENDING", "PENDING"]}, "statuses"),
    ("Query.tasksByUser", {"statuses": ["DONE"]}, "statuses"),
    ("Query.tasksByUser", {"statuses": "PENDING"}, "statuses"),
    ("Mutation.completeTask", {"id": "task-1", "expectedVersion": 0}, "expectedVersion"),
    ("Mutation.reopenTask", {"id": "task-1", "expectedVersion": "1"}, "expectedVersion"),
    ("Mutation.deleteTask", {"expectedVersion": 1}, "id"),
]


@pytest.mark.parametrize(("field", "arguments", "at_fault"), BAD_INPUT)
def test_bad_input_is_refused_by_field_and_rule_and_nothing_is_written(
    dynamodb: DynamoDBClient, field: str, arguments: dict[str, Any], at_fault: str | None
) -> None:
    refusal = error(field, arguments)

    if at_fault:
        assert refusal["type"] == "ValidationError"
        assert refusal["info"]["field"] == at_fault
        assert refusal["info"]["rule"]
    else:
        assert refusal["type"] == "TaskNotFound"  # ownership is checked before the arguments
    assert item_count(dynamodb) == 0


@pytest.mark.parametrize(
    ("field", "arguments", "message"),
    [
        ("Mutation.updateTask", {"input": {"id": "t", "expectedVersion": 0}}, "expectedVersion must be at least 1"),
        (
            "Mutation.updateTask",
            {"input": {"id": "t", "expectedVersion": "1"}},
            "expectedVersion must be a whole number",
        ),
        (
            "Mutation.updateTask",
            {"input": {"id": "t", "expectedVersion": 1.0}},
            "expectedVersion must be a whole number",
        ),
        (
            "Mutation.updateTask",
            {"input": {"id": "t", "expectedVersion": True}},
            "expectedVersion must be a whole number",
        ),
        ("Mutation.updateTask", {"input": {"title": "x"}}, "id must be given"),
        ("Mutation.updateTask", {"input": {"id": "t", "color": "red"}}, "color is not an argument of this field"),
        ("Mutation.updateTask", {"input": "t"}, "input must be an object"),
        ("Mutation.createTask", {"input": {"title": 1}}, "title must be a text"),
        ("Mutation.startTask", {"id": 1}, "id must be a text"),
        ("Mutation.completeTask", {"id": "t", "force": True}, "force is not an argument of this field"),
        ("Query.task", {}, "id must be given"),
        ("Query.taskStatistics", {"userId": 7}, "userId must be a text"),
        ("Query.tasksByUser", {"statuses": "PENDING"}, "statuses must be a list"),
        (
            "Query.tasksByUser",
            {"statuses": ["PENDING", "DONE"]},
            "statuses must be one of PENDING, IN_PROGRESS, COMPLETED, CANCELLED",
        ),
        (
            "Query.tasksByUser",
            {"userId": "anna", "status": "DONE"},
            "status must be one of PENDING, IN_PROGRESS, COMPLETED, CANCELLED",
        ),
        ("Subscription.onTaskChanged", {"userId": 1}, "userId must be a text"),
    ],
)
def test_a_refusal_says_which_field_breaks_which_rule(field: str, arguments: dict[str, Any], message: str) -> None:
    refusal = error(field, arguments)

    assert refusal["type"] == "ValidationError"
    assert refusal["message"] == message
    assert refusal["message"] == f"{refusal['info']['field']} {refusal['info']['rule']}"


def test_an_empty_edit_is_refused() -> None:
    refusal = error("Mutation.updateTask", {"input": {"id": created()["id"]}})

    assert (refusal["type"], refusal["info"]["field"]) == ("ValidationError", "input")


@pytest.mark.parametrize("identity", [API_KEY, IAM])
@pytest.mark.parametrize(
    ("field", "arguments"),
    [("Mutation.createTask", {"input": {"title": "x"}}), ("Query.tasksByUser", {}), ("Query.taskStatistics", {})],
)
def test_a_caller_that_is_no_user_must_say_whose_tasks_are_meant(
    identity: dict[str, Any] | None, field: str, arguments: dict[str, Any]
) -> None:
    refusal = error(field, arguments, identity)

    assert (refusal["type"], refusal["info"]["field"]) == ("ValidationError", "userId")


def test_somebody_elses_task_and_no_task_answer_the_same() -> None:
    task_id = created()["id"]

    foreign = error("Query.task", {"id": task_id}, BORIS)
    missing = error("Query.task", {"id": "task-unknown"}, BORIS)

    assert (foreign["type"], foreign["message"]) == (missing["type"], missing["message"])
    assert foreign["type"] == "TaskNotFound"


TASK_FIELDS = {str(field): field for field in root_fields() if field.subject is Subject.TASK}
OWNER_FIELDS = naming("userId")
CALLERS = {"owner": ANNA, "other user": BORIS, "admin": ADMIN, "API key": API_KEY, "IAM": IAM}
UNFORESEEN = {
    "identity pool": IDENTITY_POOL,
    "Lambda authorizer": LAMBDA_AUTHORIZER,
    "OpenID Connect": OIDC,
    "user pool, other token": ANNA | {"claims": {"sub": "anna", "token_use": "refresh"}},
    "nothing known": {},
}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("field", TASK_FIELDS)
def test_a_task_is_its_owners_and_those_who_act_for_anyone(caller: str, field: str) -> None:
    task_id = created()["id"]
    if field == "Mutation.reopenTask":
        data("Mutation.cancelTask", {"id": task_id})

    answer = resolve(field, TASK_FIELDS[field].arguments(task_id, "anna"), CALLERS[caller])

    if caller == "other user":
        assert answer["error"]["type"] == "TaskNotFound"
    else:
        assert answer["data"]["id"] == task_id


def test_a_task_is_moved_by_its_owner_and_those_who_act_for_anyone() -> None:
    move = {"input": {"id": created()["id"], "after": created()["id"]}}

    assert error("Mutation.moveTask", move, BORIS)["type"] == "TaskNotFound"
    assert resolve("Mutation.moveTask", move, ADMIN)["data"]["id"] == move["input"]["id"]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("field", OWNER_FIELDS)
def test_a_users_lists_statistics_and_updates_are_theirs_and_of_those_who_act_for_anyone(
    caller: str, field: str
) -> None:
    answer = resolve(field, OWNER_FIELDS[field].arguments("task-1", "anna"), CALLERS[caller])

    if caller == "other user":
        assert answer["error"]["type"] == "Unauthorized"
    else:
        assert "error" not in answer


@pytest.mark.parametrize("caller", CALLERS)
def test_a_task_is_created_for_oneself_or_by_those_who_act_for_anyone(caller: str) -> None:
    answer = resolve("Mutation.createTask", {"input": {"title": "x", "userId": "anna"}}, CALLERS[caller])

    if caller == "other user":
        assert answer["error"]["type"] == "Unauthorized"
    else:
        assert answer["data"]["userId"] == "anna"


@pytest.mark.parametrize("caller", UNFORESEEN)
@pytest.mark.parametrize("field", [*TASK_FIELDS, *OWNER_FIELDS])
def test_credentials_of_a_kind_that_is_not_foreseen_are_no_way_in(field: str, caller: str) -> None:
    arguments = {**TASK_FIELDS, **OWNER_FIELDS}[field].arguments(created()["id"], "anna")

    assert error(field, arguments, UNFORESEEN[caller])["type"] == "Unauthorized"


def test_an_event_that_does_not_say_who_calls_is_no_way_in() -> None:
    event = field_event("Query.tasksByUser", {"userId": "anna"}, API_KEY)
    del event["identity"]

    answer: Any = handler(event, LambdaContext())

    assert answer["error"]["type"] == "Unauthorized"


@pytest.mark.parametrize("field", [*TASK_FIELDS, *OWNER_FIELDS])
def test_a_caller_without_identity_is_refused_where_no_api_key_is_issued(field: str) -> None:
    arguments = {**TASK_FIELDS, **OWNER_FIELDS}[field].arguments(created()["id"], "anna")

    assert resolve(field, arguments, API_KEY, without_api_keys)["error"]["type"] == "Unauthorized"
    assert resolve(field, arguments, IAM, without_api_keys).get("error", {}).get("type") != "Unauthorized"


@pytest.mark.parametrize("caller", [API_KEY, IDENTITY_POOL])
def test_a_history_is_refused_like_its_task(caller: dict[str, Any] | None) -> None:
    answers: Any = without_api_keys([field_event("Task.history", {}, caller, source=created())], LambdaContext())

    assert [answer["error"]["type"] for answer in answers] == ["Unauthorized"]


@pytest.mark.parametrize(("name", "value"), [("id", "TASK#1"), ("userId", "anna\n")])
def test_the_history_of_what_can_be_no_task_is_refused_alone(name: str, value: str) -> None:
    good = created()
    events = [field_event("Task.history", {}, IAM, source=source) for source in (good, good | {name: value})]

    answers: Any = handler(events, LambdaContext())

    assert answers[0] == {"data": []}
    assert answers[1]["error"]["type"] == "ValidationError"
    assert name in answers[1]["error"]["message"]


@pytest.mark.parametrize(
    ("field", "path"), [("Subscription.onTaskCompleted", "userId"), ("Subscription.onTaskChanged", "task.userId")]
)
@pytest.mark.parametrize("arguments", [{}, {"userId": None}])
def test_who_names_nobody_listens_to_oneself_and_admins_to_everyone(
    field: str, path: str, arguments: dict[str, Any]
) -> None:
    own = resolve(field, arguments, ANNA)
    everyone = [resolve(field, arguments, identity) for identity in (ADMIN, API_KEY, IAM)]

    assert own["subscriptionFilter"] == {path: {"eq": "anna"}}
    assert all(answer["subscriptionFilter"] == {path: {"ne": ""}} for answer in everyone)


@pytest.mark.parametrize("field", ["Subscription.onTaskCompleted", "Subscription.onTaskChanged"])
@pytest.mark.parametrize(
    ("identity", "of_the_user"),
    [(ANNA, {"userId": "anna"}), (ADMIN, {"userId": "ada"}), (API_KEY, {}), (IAM, {})],
)
def test_a_subscription_can_be_ended_by_its_user_or_with_everyones(
    field: str, identity: dict[str, Any] | None, of_the_user: dict[str, str]
) -> None:
    ends = enhanced_filter(resolve(field, {}, identity)["invalidationFilter"])

    assert ends.matches({"everyone": True})
    assert ends.matches(of_the_user) is bool(of_the_user)
    assert not any(ends.matches({"userId": other}) for other in ("boris", ""))


@pytest.mark.parametrize("ended", ["2026-01-01T00:00:00.000Z", "2036-01-01T00:00:00.000Z"])
def test_a_subscription_needs_a_token_of_after_the_end_of_access(ended: str) -> None:
    DynamoDBEndedAccess(client, TABLE_NAME).end(UserId("anna"), from_text(ended))
    identity = ANNA | {"claims": ANNA["claims"] | {"iat": int(from_text("2026-06-01T00:00:00.000Z").timestamp())}}

    answer = resolve("Subscription.onTaskChanged", {}, identity)

    assert ("error" in answer) is ended.startswith("2036")


def test_an_unexpected_failure_tells_the_caller_an_id_and_nothing_else(logs: StringIO) -> None:
    with patch("adapters.dynamodb_tasks.task_of", side_effect=RuntimeError("secret detail")):
        task_id = created()["id"]
        refusal = error("Query.task", {"id": task_id})

    assert refusal["type"] == "InternalError"
    assert refusal["info"] == {"correlationId": "Root=1-test"}
    assert "secret" not in json.dumps(refusal)
    assert "secret detail" in logs.getvalue()


def test_histories_of_a_page_are_one_batch_and_nobody_reads_anothers() -> None:
    own, foreign = created("Mine"), created("Theirs", BORIS)
    events = [field_event("Task.history", {}, ANNA, source=task) for task in (own, foreign)]

    answers = handler(events, LambdaContext())

    refusal = {"type": "Unauthorized", "message": "You may only act on your own tasks.", "info": {}}
    assert answers == [{"data": []}, {"error": refusal}]


def test_a_history_that_cannot_be_read_fails_alone_and_tells_nothing(logs: StringIO) -> None:
    fine, broken = created("Fine"), created("Broken")

    class Failing(DynamoDBProjections):
        def history(self, task_id: TaskId, limit: int) -> Sequence[DomainEvent]:
            if str(task_id) == broken["id"]:
                raise ConnectTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")
            return super().history(task_id, limit)

    failing = lambda_handler(replace(parts, read_history=ReadHistory(Failing(client, TABLE_NAME))))

    answers = failing([field_event("Task.history", {}, ANNA, source=task) for task in (fine, broken)], LambdaContext())

    message = "The request could not be completed. Please try again."
    failure = {"type": "InternalError", "message": message, "info": {"correlationId": "Root=1-test"}}
    assert answers == [{"data": []}, {"error": failure}]
    (failed,) = (line for line in map(json.loads, logs.getvalue().splitlines()) if line.get("message") == "failed")
    assert failed["correlation_id"] == "Root=1-test"
    assert "ConnectTimeoutError" in failed["exception_name"]


def test_logs_hold_no_titles_and_no_credentials(logs: StringIO) -> None:
    created("My most private plan", description="Nobody's business")

    logged = logs.getvalue()
    assert "private" not in logged
    assert "business" not in logged
    assert "secret-token" not in logged
    assert "Root=1-test" in logged
