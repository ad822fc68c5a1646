"""Each operation makes the number of AWS calls that the documents state, counted at the HTTP client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from domain.status import TaskStatus
from tests.builders import a_created_task, changes_of
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA, LambdaContext, field_event
from tests.integration.resolver_lambda import dynamodb, handler
from tests.root_fields import naming

pytestmark = pytest.mark.usefixtures("dynamodb")


@pytest.fixture
def calls() -> Iterator[Counter[str]]:
    """Yields a counter of AWS calls by name, including retries."""
    counted: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:
        counted[f"{model.service_model.service_name}.{model.name}"] += 1

    events = dynamodb.meta.events
    events.register("before-call", count)
    yield counted
    events.unregister("before-call", count)


def resolve(field: str, arguments: dict[str, Any]) -> Any:
    answer: Any = handler(field_event(field, arguments, ANNA), LambdaContext())
    return answer["data"]


def test_creating_is_one_write(calls: Counter[str]) -> None:
    resolve("Mutation.createTask", {"input": {"title": "x", "clientToken": "t"}})

    assert calls == {"dynamodb.PutItem": 1}


CHANGES = {name: field for name, field in naming("id").items() if field.kind == "Mutation"}


@pytest.mark.parametrize("is_versioned", [False, True])
@pytest.mark.parametrize("mutation", CHANGES)
def test_any_change_is_one_read_and_one_write(calls: Counter[str], mutation: str, is_versioned: bool) -> None:
    task = resolve("Mutation.createTask", {"input": {"title": "x"}})
    if mutation == "Mutation.reopenTask":
        task = resolve("Mutation.completeTask", {"id": task["id"]})
    expected = is_versioned and "expectedVersion" in CHANGES[mutation].field.args
    calls.clear()

    arguments = CHANGES[mutation].arguments(task["id"], "anna")
    resolve(mutation, arguments | ({"expectedVersion": task["version"]} if expected else {}))

    assert calls == {"dynamodb.GetItem": 1, "dynamodb.PutItem": 1}


def test_getting_is_one_read(calls: Counter[str]) -> None:
    task = resolve("Mutation.createTask", {"input": {"title": "x"}})
    calls.clear()

    resolve("Query.task", {"id": task["id"]})

    assert calls == {"dynamodb.GetItem": 1}


def test_a_move_is_one_read_of_all_three_tasks_and_one_write(calls: Counter[str]) -> None:
    ids = [resolve("Mutation.createTask", {"input": {"title": "x"}})["id"] for _ in range(3)]
    calls.clear()

    resolve("Mutation.moveTask", {"input": {"id": ids[0], "after": ids[2], "before": ids[1]}})

    assert calls == {"dynamodb.BatchGetItem": 1, "dynamodb.PutItem": 1}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"status": "PENDING"},
        {"limit": 1},
        {"status": "PENDING", "filter": {"text": "nowhere"}},
        {"orderBy": "DUE_FIRST"},
        {"orderBy": "DUE_FIRST", "filter": {"due": {"from": "2026-12-01"}, "noLabel": ["home"]}},
    ],
)
def test_a_list_page_is_one_query(calls: Counter[str], arguments: dict[str, Any]) -> None:
    for _ in range(3):
        resolve("Mutation.createTask", {"input": {"title": "x", "due": {"date": "2026-12-01"}}})
    calls.clear()

    resolve("Query.tasksByUser", {"userId": "anna", **arguments})

    assert calls == {"dynamodb.Query": 1}


@pytest.mark.parametrize(
    ("number", "queries"), [*((number, number) for number in range(1, len(TaskStatus))), (len(TaskStatus), 1)]
)
def test_a_list_page_of_several_statuses_is_one_query_for_each_or_one_for_all(
    calls: Counter[str], number: int, queries: int
) -> None:
    resolve("Query.tasksByUser", {"statuses": [*TaskStatus][:number]})

    assert calls == {"dynamodb.Query": queries}


def test_a_page_of_changes_is_one_query_and_one_read_of_all_its_tasks(calls: Counter[str]) -> None:
    token = resolve("Query.taskChanges", {})["token"]
    assert calls == {"dynamodb.Query": 1}, "a page of the list of all tasks"
    calls.clear()
    resolve("Query.taskChanges", {"since": token})
    assert calls == {"dynamodb.Query": 1}, "nothing changed"
    for _ in range(20):
        task = a_created_task()
        (change,) = changes_of(task)
        DynamoDBTasks(dynamodb, TABLE_NAME, lambda: None).add(task)
        DynamoDBProjections(dynamodb, TABLE_NAME).record(change)
    calls.clear()

    assert len(resolve("Query.taskChanges", {"since": token})["changed"]) == 20

    assert calls == {"dynamodb.Query": 1, "dynamodb.BatchGetItem": 1}


def test_a_page_of_events_is_one_query(calls: Counter[str]) -> None:
    resolve("Query.taskEvents", {})

    assert calls == {"dynamodb.Query": 1}


def test_statistics_are_one_read_of_the_counts_and_one_of_the_time_zone(calls: Counter[str]) -> None:
    resolve("Query.taskStatistics", {"userId": "anna"})

    assert calls == {"dynamodb.GetItem": 2}


def test_settings_are_one_read_and_a_change_of_them_one_read_and_one_write(calls: Counter[str]) -> None:
    resolve("Query.mySettings", {})
    assert calls == {"dynamodb.GetItem": 1}

    resolve("Mutation.updateSettings", {"input": {"timeZone": "Asia/Tokyo"}})
    assert calls == {"dynamodb.GetItem": 2, "dynamodb.PutItem": 1}

    resolve("Mutation.updateSettings", {"input": {"timeZone": "Asia/Tokyo"}})
    assert calls == {"dynamodb.GetItem": 3, "dynamodb.PutItem": 1}, "equal settings are not stored again"
