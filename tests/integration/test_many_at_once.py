"""Several tasks are read, created and changed by one call, each as by a call of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.integration.lambda_events import ADMIN, ANNA, BORIS, IAM, LambdaContext, field_event
from tests.integration.resolver_lambda import dynamodb as client
from tests.integration.resolver_lambda import handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.usefixtures("dynamodb")

A_UUID = "5b7f6ffc-8c6a-459a-b490-987b639564e9"


def resolve(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> dict[str, Any]:
    answer = handler(field_event(field, arguments, identity), LambdaContext())
    assert isinstance(answer, dict)
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return] # what AppSync gets is JSON


def data(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> Any:
    answer = resolve(field, arguments, identity)
    assert "error" not in answer, answer
    return answer["data"]


def error(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> Any:
    return resolve(field, arguments, identity)["error"]


def created(identity: dict[str, Any] = ANNA, **more: Any) -> dict[str, Any]:
    task: dict[str, Any] = data("Mutation.createTask", {"input": {"title": "Buy milk", **more}}, identity)
    return task


def an_id() -> str:
    return f"task-{uuid4()}"


def change(*actions: tuple[str, str], identity: dict[str, Any] = ANNA) -> Sequence[dict[str, Any]]:
    outcomes: Sequence[dict[str, Any]] = data(
        "Mutation.changeTasks", {"input": [{"id": id_, "action": action} for id_, action in actions]}, identity
    )
    return outcomes


@pytest.fixture
def calls() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:
        counted[model.name] += 1

    client.meta.events.register("before-call", count)
    yield counted
    client.meta.events.unregister("before-call", count)


def test_several_tasks_are_found_in_the_order_of_their_ids_and_null_for_what_task_would_not_find() -> None:
    first, two, boris, gone = created(), created(), created(BORIS), created()
    data("Mutation.deleteTask", {"id": gone["id"]})
    ids = [two["id"], boris["id"], "task-nothing", first["id"], gone["id"], two["id"]]

    assert data("Query.tasks", {"ids": ids}) == [two, None, None, first, None, two]
    assert data("Query.tasks", {"ids": [boris["id"]]}, ADMIN) == [boris]


@pytest.mark.parametrize("number", [0, 101])
def test_one_to_a_hundred_tasks_are_found(number: int) -> None:
    assert error("Query.tasks", {"ids": [an_id() for _ in range(number)]})["info"]["code"] == "LIMIT"
    assert error("Query.tasks", {"ids": ["not an id"]})["info"]["field"] == "id"


def test_twenty_tasks_are_one_read(calls: Counter[str]) -> None:
    ids = [created()["id"] for _ in range(20)]
    calls.clear()

    assert len(data("Query.tasks", {"ids": ids})) == 20
    assert calls == {"BatchGetItem": 1}


def test_each_change_succeeds_or_fails_by_itself() -> None:
    pending, started, completed, boris = created(), created(), created(), created(BORIS)
    data("Mutation.startTask", {"id": started["id"]})
    data("Mutation.completeTask", {"id": completed["id"]})

    outcomes = change(
        (pending["id"], "COMPLETE"),
        (started["id"], "CANCEL"),
        (completed["id"], "START"),
        (boris["id"], "DELETE"),
        ("task-nothing", "DELETE"),
    )

    assert [outcome["task"] and outcome["task"]["status"] for outcome in outcomes] == [
        "COMPLETED", "CANCELLED", None, None, None,
    ]  # fmt: skip
    assert [outcome["problem"] and outcome["problem"]["errorType"] for outcome in outcomes] == [
        None, None, "InvalidTransition", "TaskNotFound", "TaskNotFound",
    ]  # fmt: skip
    problem = outcomes[2]["problem"]
    assert (problem["currentStatus"], problem["currentVersion"], problem["code"]) == ("COMPLETED", 2, "TRANSITION")
    assert [outcome["id"] for outcome in outcomes] == [
        pending["id"], started["id"], completed["id"], boris["id"], "task-nothing",
    ]  # fmt: skip
    another = {name: text for name, text in outcomes[3]["problem"].items() if name != "message"}
    assert another == {name: text for name, text in outcomes[4]["problem"].items() if name != "message"}


def test_an_entry_that_breaks_a_rule_fails_by_itself_too() -> None:
    task = created()
    entries = [{"id": "not an id", "action": "START"}, {"id": task["id"], "action": "FLY"}]
    expected = {"id": task["id"], "action": "START", "expectedVersion": 7}

    outcomes = data("Mutation.changeTasks", {"input": [*entries, expected]})

    assert [(outcome["problem"]["errorType"], outcome["problem"]["field"]) for outcome in outcomes] == [
        ("ValidationError", "id"),
        ("ValidationError", "action"),
        ("Conflict", None),
    ]
    assert outcomes[2]["problem"]["currentVersion"] == 1


@pytest.mark.parametrize("number", [0, 26])
def test_one_to_twenty_five_tasks_are_changed(number: int) -> None:
    entries = [{"id": an_id(), "action": "START"} for _ in range(number)]

    assert error("Mutation.changeTasks", {"input": entries})["info"]["code"] == "LIMIT"


def test_a_task_is_changed_once_by_one_call(dynamodb: DynamoDBClient) -> None:
    task = created()

    refusal = error("Mutation.changeTasks", {"input": [{"id": task["id"], "action": "START"}] * 2})

    assert (refusal["type"], refusal["info"]["code"]) == ("ValidationError", "DUPLICATE")
    assert data("Query.task", {"id": task["id"]}) == task


def test_twenty_five_changes_are_one_read_and_a_write_for_each(calls: Counter[str]) -> None:
    ids = [created()["id"] for _ in range(25)]
    calls.clear()

    outcomes = change(*[(id_, "COMPLETE") for id_ in ids])

    assert {outcome["task"]["status"] for outcome in outcomes} == {"COMPLETED"}
    assert calls == {"BatchGetItem": 1, "PutItem": 25}


def test_a_change_that_meets_another_one_reads_again(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> None:
    task, other = created(), created()
    whole = client.batch_get_item

    def late(**request: Any) -> Any:
        response = whole(**request)
        data("Mutation.startTask", {"id": task["id"]})
        return response

    monkeypatch.setattr(client, "batch_get_item", late)

    outcomes = change((task["id"], "COMPLETE"), (other["id"], "COMPLETE"))

    assert [(outcome["task"]["status"], outcome["task"]["version"]) for outcome in outcomes] == [
        ("COMPLETED", 3),
        ("COMPLETED", 2),
    ]


def test_a_failure_of_one_write_fails_one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [created()["id"] for _ in range(3)]
    whole = client.put_item

    def failing(**request: Any) -> Any:
        if request["Item"]["TaskId"]["S"] == ids[1]:
            raise ConnectTimeoutError(endpoint_url="https://dynamodb")
        return whole(**request)

    monkeypatch.setattr(client, "put_item", failing)

    outcomes = change(*[(id_, "START") for id_ in ids])

    assert [outcome["task"] is None for outcome in outcomes] == [False, True, False]
    assert outcomes[1]["problem"] == {
        "errorType": "InternalError",
        "message": "The request could not be completed. Please try again.",
        **dict.fromkeys(["field", "code", "currentVersion", "currentStatus"]),
    }


def test_each_creation_succeeds_or_fails_by_itself_and_can_be_repeated(dynamodb: DynamoDBClient) -> None:
    chosen = an_id()
    entries = [
        {"title": "one", "id": chosen},
        {"title": "two", "clientToken": "t"},
        {"title": " ", "clientToken": "u"},
        {"title": "four"},
        {"title": "five", "id": an_id(), "clientToken": "v"},
        {"title": "six", "id": an_id(), "userId": "boris"},
    ]

    outcomes = data("Mutation.createTasks", {"input": entries})

    assert [outcome["task"] and outcome["task"]["title"] for outcome in outcomes] == ["one", "two", *[None] * 4]
    problems = [outcome["problem"] for outcome in outcomes]
    assert [problem and (problem["errorType"], problem["field"]) for problem in problems] == [
        None, None, ("ValidationError", "title"), ("ValidationError", "id"), ("ValidationError", "clientToken"),
        ("Unauthorized", None),
    ]  # fmt: skip
    assert outcomes[0]["id"] == chosen == outcomes[0]["task"]["id"]
    assert data("Mutation.createTasks", {"input": entries}) == outcomes
    assert len(data("Query.tasksByUser", {})["items"]) == 2


def test_a_service_creates_for_several_users() -> None:
    entries = [{"title": "x", "userId": user, "id": an_id()} for user in ("anna", "boris")]

    outcomes = data("Mutation.createTasks", {"input": entries}, IAM)

    assert [outcome["task"]["userId"] for outcome in outcomes] == ["anna", "boris"]


@pytest.mark.parametrize("number", [0, 11])
def test_one_to_ten_tasks_are_created(number: int) -> None:
    entries = [{"title": "x", "id": an_id()} for _ in range(number)]

    assert error("Mutation.createTasks", {"input": entries})["info"]["code"] == "LIMIT"


def test_a_key_stands_once_in_one_call() -> None:
    entry = {"title": "x", "id": an_id()}

    assert error("Mutation.createTasks", {"input": [entry, entry]})["info"]["code"] == "DUPLICATE"


def test_a_task_has_the_id_that_its_client_made_and_a_repetition_is_the_same_task() -> None:
    chosen = an_id()

    task = created(id=chosen)

    assert task["id"] == chosen
    assert created(id=chosen) == task
    refusal = error("Mutation.createTask", {"input": {"title": "Other content", "id": chosen}})
    assert (refusal["type"], refusal["info"]) == ("Conflict", {"code": "OTHER_CONTENT", "field": "id"})


def test_the_id_of_a_deleted_task_stays_used(dynamodb: DynamoDBClient) -> None:
    task = created(id=an_id())
    data("Mutation.deleteTask", {"id": task["id"]})

    refusal = error("Mutation.createTask", {"input": {"title": "Buy milk", "id": task["id"]}})

    assert (refusal["type"], refusal["info"]) == ("Conflict", {"code": "DELETED", "field": "id"})


def test_an_id_of_somebody_elses_task_tells_nothing_about_the_task() -> None:
    boris = created(BORIS, id=an_id())
    taken = error("Mutation.createTask", {"input": {"title": "Buy milk", "id": boris["id"]}})
    data("Mutation.deleteTask", {"id": boris["id"]}, BORIS)

    assert (taken["type"], taken["info"]) == ("Conflict", {"code": "OTHER_CONTENT", "field": "id"})
    assert error("Mutation.createTask", {"input": {"title": "Buy milk", "id": boris["id"]}}) == taken


@pytest.mark.parametrize("text", ["", "task-", A_UUID, f"task-{A_UUID}".upper(), "task-1", f"task-{A_UUID}\n"])
def test_an_id_is_task_and_a_uuid(text: str) -> None:
    assert error("Mutation.createTask", {"input": {"title": "x", "id": text}})["info"]["field"] == "id"


def test_two_creations_with_one_id_at_the_same_time_are_one_task() -> None:
    chosen = f"task-{UUID(int=7)}"

    with ThreadPoolExecutor(2) as workers:
        tasks = list(workers.map(lambda _: created(id=chosen), range(2)))

    assert tasks[0]["id"] == tasks[1]["id"] == chosen
