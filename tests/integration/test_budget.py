"""A caller whose budget of changes is spent is refused before anything is read or stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from domain.budget import DAY, MINUTE, Limit, Work
from domain.identifiers import UserId
from operations.personal_items import PersonalItems, kind_of
from resolvers.application import lambda_handler
from resolvers.composition import compose
from tests.in_memory_webhooks import settings
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA, BORIS, IAM, LambdaContext, field_event
from tests.integration.resolver_lambda import dynamodb as client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIMITS = (Limit(Work.CHANGES, MINUTE, 40), Limit(Work.READS, DAY, 300), Limit(Work.SUBSCRIPTIONS, DAY, 3))

pytestmark = pytest.mark.usefixtures("dynamodb")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("resolvers.composition.random.random", lambda: 0.0)  # every change is counted, as 16
    handler = lambda_handler(compose(client, TABLE_NAME, accepts_api_keys=True, limits=LIMITS, webhooks=settings()))

    def resolve(field: str, arguments: dict[str, Any], identity: dict[str, Any] | None = ANNA) -> Any:
        return json.loads(json.dumps(handler(field_event(field, arguments, identity), LambdaContext())))

    resolve.handler = handler  # type: ignore[attr-defined]
    return resolve


def test_a_spent_budget_refuses_every_kind_of_change_and_no_read(call: Any, dynamodb: DynamoDBClient) -> None:
    task = call("Mutation.createTask", {"input": {"title": "one"}})["data"]
    call("Mutation.startTask", {"id": task["id"]})

    for field, arguments in {
        "Mutation.createTask": {"input": {"title": "two"}},
        "Mutation.completeTask": {"id": task["id"]},
        "Mutation.updateTask": {"input": {"id": task["id"], "title": "two"}},
        "Mutation.changeTasks": {"input": [{"id": task["id"], "action": "COMPLETE"}]},
        "Mutation.createTasks": {"input": [{"title": "two", "clientToken": "t"}]},
    }.items():
        error = call(field, arguments)["error"]
        assert error["type"] == "TooManyRequests"
        assert 1 <= error["info"]["retryAfter"] <= 60
    assert call("Query.task", {"id": task["id"]})["data"]["version"] == 2
    assert len(call("Query.tasksByUser", {})["data"]["items"]) == 1
    assert "data" in call("Mutation.createTask", {"input": {"title": "Boris's"}}, BORIS)


def test_reads_and_subscriptions_have_budgets_of_a_day(call: Any) -> None:
    reads = [call("Query.task", {"id": "task-none"}) for _ in range(5)]
    subscriptions = [call("Subscription.onTaskChanged", {}) for _ in range(4)]

    assert [answer["error"]["type"] for answer in reads] == ["TaskNotFound"] * 4 + ["TooManyRequests"], "each counts 64"
    assert ["error" in answer for answer in subscriptions] == [False, False, False, True]
    assert 1 <= subscriptions[-1]["error"]["info"]["retryAfter"] <= 24 * 3600
    assert "data" in call("Mutation.createTask", {"input": {"title": "one"}}), "each kind has its own"


def test_histories_of_a_page_count_as_many_reads(call: Any) -> None:
    context = field_event("Task.history", {}, ANNA) | {"source": {"id": "task-none", "userId": "anna"}}

    def histories(tasks: int) -> list[Any]:
        answers: list[Any] = call.handler([context] * tasks, LambdaContext())
        return answers

    assert len(histories(100)) == 100
    assert histories(200)[-1].get("error") is None
    assert {answer["error"]["type"] for answer in histories(2)} == {"TooManyRequests"}


def test_the_counts_expire_and_an_erasure_finds_them(call: Any, dynamodb: DynamoDBClient) -> None:
    call("Mutation.createTask", {"input": {"title": "one"}})
    call("Mutation.createTask", {"input": {"title": "one", "userId": "anna"}}, IAM)

    counts = [item for item in dynamodb.scan(TableName=TABLE_NAME)["Items"] if item["PK"]["S"].startswith("BUDGET#")]

    assert {item["PK"]["S"].rpartition("/")[0] or item["PK"]["S"] for item in counts} >= {"BUDGET#USER#anna"}
    assert all("ExpiresAt" in item and item["Amount"] == {"N": "16"} for item in counts)
    personal_items = PersonalItems(dynamodb, TABLE_NAME).all(UserId("anna"))
    assert sorted(map(kind_of, personal_items)) == ["budgets", "tasks", "tasks"]
