"""A client reads what changed since the last time, and what happened, in pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.feed_tokens import FeedTokens
from adapters.items import deserialize, serialize
from adapters.task_items import change_of, task_key
from adapters.time_budget import OutOfTime
from adapters.timestamps import now
from domain.access import ActorKind
from domain.errors import ValidationError
from domain.feed import FeedPage, FeedPosition, Progress
from domain.identifiers import TaskId, UserId
from tests.builders import ANNA as ANNA_ID
from tests.builders import BORIS as BORIS_ID
from tests.builders import NOON, a_created_task, changes_of, later
from tests.in_memory_projections import InMemoryProjections
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ADMIN, ANNA, BORIS, IAM, LambdaContext, field_event
from tests.integration.resolver_lambda import dynamodb as client
from tests.integration.resolver_lambda import handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.usefixtures("dynamodb")


def resolve(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> dict[str, Any]:
    answer = handler(field_event(field, arguments, identity), LambdaContext())
    assert isinstance(answer, dict)
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return] # what AppSync gets is JSON


def data(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> Any:
    answer = resolve(field, arguments, identity)
    assert "error" not in answer, answer
    return answer["data"]


def record(task_id: str) -> None:
    """Do what the processor does with the latest change of a task."""
    item = client.get_item(TableName=TABLE_NAME, Key=serialize(task_key(TaskId(task_id))))["Item"]
    DynamoDBProjections(client, TABLE_NAME).record(change_of(deserialize(item)))


def changed(mutation: str, **arguments: Any) -> dict[str, Any]:
    """Change a task, and record the change."""
    task: dict[str, Any] = data(f"Mutation.{mutation}", arguments)
    record(task["id"])
    return task


def created(title: str = "Buy milk") -> dict[str, Any]:
    return changed("createTask", input={"title": title})


def pages(**arguments: Any) -> Iterator[dict[str, Any]]:
    while True:
        page = data("Query.taskChanges", arguments)
        yield page
        if not page["hasMore"]:
            return
        arguments["since"] = page["token"]


def seen(pages: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(task["title"], task["version"]) for page in pages for task in page["changed"]]


def test_without_a_token_all_tasks_are_read_in_pages_newest_first() -> None:
    titles = ["one", "two", "three", "four", "five"]
    for title in titles:
        created(title)

    read = list(pages(limit=2))

    assert seen(read) == [(title, 1) for title in reversed(titles)]
    assert [page["hasMore"] for page in read] == [True, True, False]
    assert all(page["deleted"] == [] for page in read)


def test_with_a_token_only_what_changed_since_is_read_each_task_once_and_deletions_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domain.services.read_changes.MARGIN", timedelta(0))
    unchanged, started, deleted = created("kept"), created("started"), created("deleted")
    token = data("Query.taskChanges", {})["token"]

    changed("startTask", id=started["id"])
    completed = changed("completeTask", id=started["id"])
    changed("deleteTask", id=deleted["id"])
    new = created("new")

    assert completed["version"] == 3
    (page,) = pages(since=token)
    assert sorted(seen([page])) == [("new", 1), ("started", 3)]
    assert page["deleted"] == [{"id": deleted["id"], "version": 2}]
    assert {task["id"] for task in page["changed"]} == {started["id"], new["id"]}
    assert unchanged["id"] not in json.dumps(page)
    (nothing,) = pages(since=page["token"])
    assert (nothing["changed"], nothing["deleted"]) == ([], [])
    assert len(json.dumps(nothing)) < 200


def test_a_read_goes_back_thirty_seconds_behind_the_last_one(dynamodb: DynamoDBClient) -> None:
    token = data("Query.taskChanges", {})["token"]
    ages = {"just now": 0, "in the margin": 28, "before the margin": 33}
    for title, age in ages.items():
        task = a_created_task(title=title)
        (change,) = changes_of(task)
        DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None).add(task)
        recorded_at = now() - timedelta(seconds=age)
        DynamoDBProjections(dynamodb, TABLE_NAME, lambda at=recorded_at: at).record(change)  # type: ignore[misc]

    (page,) = pages(since=token)

    assert {title for title, _ in seen([page])} == {"just now", "in the margin"}


def test_a_change_that_is_recorded_late_appears_when_it_is_recorded() -> None:
    late = data("Mutation.createTask", {"input": {"title": "late"}})
    first = data("Query.taskChanges", {})
    assert seen([first]) == [("late", 1)], "the list of all tasks does not wait for recordings"

    record(late["id"])

    assert seen(list(pages(since=first["token"]))) == [("late", 1)]


def test_a_deleted_task_that_is_no_longer_remembered_is_deleted(dynamodb: DynamoDBClient) -> None:
    task = created()
    token = data("Query.taskChanges", {})["token"]
    changed("deleteTask", id=task["id"])
    dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize(task_key(TaskId(task["id"]))))

    (page,) = pages(since=token)

    assert page["deleted"] == [{"id": task["id"], "version": 2}]


def test_a_task_of_a_status_that_this_version_does_not_know_is_left_out(dynamodb: DynamoDBClient) -> None:
    token = data("Query.taskChanges", {})["token"]
    task = created()
    dynamodb.update_item(
        TableName=TABLE_NAME,
        Key=serialize(task_key(TaskId(task["id"]))),
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "Status"},
        ExpressionAttributeValues={":s": {"S": "ARCHIVED"}},
    )

    assert [page["changed"] for page in pages(since=token)] == [[]]


def test_events_are_read_newest_first_in_pages_that_part_no_change() -> None:
    task = created()
    changed("completeTask", id=task["id"])
    changed("reopenTask", id=task["id"])
    other = created()
    changed("deleteTask", id=other["id"])

    first = data("Query.taskEvents", {"limit": 3})
    second = data("Query.taskEvents", {"limit": 3, "nextToken": first["nextToken"]})

    assert [(event["taskId"], event["type"]) for event in first["items"]] == [
        (other["id"], "DELETED"),
        (other["id"], "CREATED"),
        (task["id"], "REOPENED"),
        (task["id"], "STATUS_CHANGED"),
    ]
    assert [event["type"] for event in second["items"]] == ["COMPLETED", "STATUS_CHANGED", "CREATED"]
    assert second["nextToken"] is None


@pytest.mark.parametrize("field", ["taskChanges", "taskEvents"])
def test_only_the_owner_admins_and_services_may_read_a_users_changes(field: str) -> None:
    created("Anna's")

    assert resolve(f"Query.{field}", {"userId": "anna"}, BORIS)["error"]["type"] == "Unauthorized"
    assert "Anna's" not in json.dumps(data(f"Query.{field}", {}, BORIS))
    assert resolve(f"Query.{field}", {}, IAM)["error"]["info"]["field"] == "userId"
    for identity in (ADMIN, IAM):
        assert data(f"Query.{field}", {"userId": "anna"}, identity)


@pytest.mark.parametrize("limit", [0, 101])
@pytest.mark.parametrize("field", ["taskChanges", "taskEvents"])
def test_a_page_has_one_to_a_hundred_changes(field: str, limit: int) -> None:
    assert resolve(f"Query.{field}", {"limit": limit})["error"]["message"] == "limit must be 1 to 100"


def test_a_token_of_somebody_else_or_of_another_role_is_refused_and_says_what_to_do() -> None:
    own = data("Query.taskChanges", {})["token"]

    for identity in (ADMIN, IAM):
        error = resolve("Query.taskChanges", {"userId": "anna", "since": own}, identity)["error"]
        assert (error["type"], error["info"]["field"]) == ("ValidationError", "since")
        assert error["info"]["rule"].endswith("without it, read everything anew")
    assert resolve("Query.taskChanges", {"since": own}, BORIS)["error"]["info"]["field"] == "since"
    assert data("Query.taskChanges", {"userId": "anna", "since": own})["token"]


@pytest.mark.parametrize("text", ["", "x", "é", "W10=", "bnVsbA==", base64.b64encode(b"[1,2,3]").decode(), "[" * 5000])
def test_no_token_at_all_is_refused(text: str) -> None:
    assert resolve("Query.taskChanges", {"since": text})["error"]["info"]["field"] == "since"
    assert resolve("Query.taskEvents", {"nextToken": text})["error"]["info"]["field"] == "nextToken"


def test_a_token_outlives_time_but_not_the_table_that_issued_it() -> None:
    progress = Progress(later(), after=FeedPosition(later(), TaskId("task-1")))
    token = FeedTokens("tasks").of_progress(ANNA_ID, ActorKind.OWNER, progress)

    assert FeedTokens("tasks").progress(ANNA_ID, ActorKind.OWNER, token) == progress
    with pytest.raises(ValidationError, match="since"):
        FeedTokens("restored").progress(ANNA_ID, ActorKind.OWNER, token)
    for owner, kind in ((BORIS_ID, ActorKind.OWNER), (ANNA_ID, ActorKind.ADMIN)):
        with pytest.raises(ValidationError, match="since"):
            FeedTokens("tasks").progress(owner, kind, token)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(4))
def test_the_table_has_the_same_feed_as_the_memory(dynamodb: DynamoDBClient, seed: int) -> None:
    random = Random(seed)
    memory, tasks = InMemoryProjections(), [a_created_task() for _ in range(6)]
    moment = NOON
    table = DynamoDBProjections(dynamodb, TABLE_NAME, clock=lambda: moment)
    for _ in range(40):
        moment += timedelta(milliseconds=random.choice([0, 0, 1, 5]))
        memory.recorded_at = moment
        task = random.choice(tasks)
        if not task.changes:
            task.edit(moment, title=f"Title {random.random()}")
        change = task.changes.pop(0)
        assert table.record(change) is memory.record(change) is True

    for limit in (1, 2, 7, 100):
        for start in (NOON, moment - timedelta(milliseconds=20)):
            assert walked(table, start, limit) == walked(memory, start, limit)
        assert backwards(table, limit) == backwards(memory, limit)
    assert table.feed(UserId("nobody"), NOON, 5) == FeedPage([], None)


def walked(projections: Any, start: Any, limit: int) -> list[Any]:
    pages = []
    while start is not None:
        page = projections.feed(ANNA_ID, start, limit)
        pages.append({(entry.position, entry.version) for entry in page.entries})
        start = page.next
    return pages


def backwards(projections: Any, limit: int) -> list[Any]:
    pages, before = [], None
    while True:
        page = projections.activity(ANNA_ID, before, limit)
        pages.append({(entry.position, entry.version) for entry in page.entries})
        before = page.next
        if before is None:
            return pages


def test_keys_that_dynamodb_leaves_out_are_read_again(
    dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, ids = DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None), []
    for _ in range(3):
        task = a_created_task()
        tasks.add(task)
        ids.append(task.id)
    pauses: list[float] = []
    monkeypatch.setattr("adapters.dynamodb_tasks.time.sleep", pauses.append)
    whole = dynamodb.batch_get_item

    def throttled(**request: Any) -> Any:
        keys = request["RequestItems"][TABLE_NAME]["Keys"]
        if not pauses:
            return {"Responses": {TABLE_NAME: []}, "UnprocessedKeys": request["RequestItems"]}
        response = whole(RequestItems={TABLE_NAME: {"Keys": keys[:1], "ConsistentRead": True}})
        left = {TABLE_NAME: {"Keys": keys[1:]}} if keys[1:] else {}
        return {"Responses": response["Responses"], "UnprocessedKeys": left}

    monkeypatch.setattr(dynamodb, "batch_get_item", throttled)

    assert tasks.get_all(ids).keys() == set(ids)
    assert len(pauses) == 1, "only a call that read nothing is followed by a pause"


def test_keys_that_dynamodb_never_reads_end_with_the_time(
    dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.dynamodb_tasks.time.sleep", lambda _: None)
    calls = 0

    def throttled(**request: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 5:
            raise OutOfTime
        return {"Responses": {TABLE_NAME: []}, "UnprocessedKeys": request["RequestItems"]}

    monkeypatch.setattr(dynamodb, "batch_get_item", throttled)

    with pytest.raises(OutOfTime):
        DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None).get_all([TaskId("task-1")])
