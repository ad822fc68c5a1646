"""A transaction that meets another one is tried again, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import serialize
from adapters.statistics_items import statistics_key
from domain.ports import StatisticsDamaged
from tests.builders import a_created_task, changes_of
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONFLICT, DUPLICATE, OTHER = "TransactionConflict", "ConditionalCheckFailed", "ProvisionedThroughputExceeded"


class Table:
    """A table that cancels the next transactions for prepared reasons, and takes every later one."""

    def __init__(self, answers: Stubber) -> None:
        self._answers = answers

    def cancels(self, *reasons: str) -> None:
        self._answers.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={"CancellationReasons": [{"Code": reason} for reason in reasons]},
        )

    def takes(self) -> None:
        self._answers.add_response("transact_write_items", {})


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Returns the longest seconds of every pause between two attempts. No time passes in them."""
    pauses: list[float] = []
    monkeypatch.setattr("adapters.dynamodb_projections.random.uniform", lambda _shortest, longest: longest)
    monkeypatch.setattr("adapters.dynamodb_projections.time.sleep", pauses.append)
    return pauses


@pytest.fixture
def client() -> DynamoDBClient:
    return boto3.client("dynamodb")


@pytest.fixture
def table(client: DynamoDBClient) -> Iterator[Table]:
    with Stubber(client) as answers:
        yield Table(answers)
        answers.assert_no_pending_responses()


def record(client: DynamoDBClient) -> bool:
    (change,) = changes_of(a_created_task())
    return DynamoDBProjections(client, "tasks").record(change)


@pytest.mark.parametrize("reasons", [("None", CONFLICT), (CONFLICT, "None")])
def test_a_conflict_is_tried_again_after_pauses_that_double(
    client: DynamoDBClient, table: Table, pauses: list[float], reasons: tuple[str, str]
) -> None:
    for _ in range(5):
        table.cancels(*reasons)
    table.takes()

    assert record(client)

    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32]


def test_the_sixth_conflict_is_raised(client: DynamoDBClient, table: Table, pauses: list[float]) -> None:
    for _ in range(6):
        table.cancels("None", CONFLICT)

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        record(client)

    assert len(pauses) == 5


@pytest.mark.parametrize("of_statistics", ["None", CONFLICT])
def test_a_change_that_was_recorded_before_is_not_new(client: DynamoDBClient, table: Table, of_statistics: str) -> None:
    table.cancels(DUPLICATE, of_statistics)

    assert not record(client)


@pytest.mark.parametrize("reasons", [(OTHER, "None"), ("None", DUPLICATE)])
def test_every_other_reason_is_raised_at_once(
    client: DynamoDBClient, table: Table, pauses: list[float], reasons: tuple[str, ...]
) -> None:
    table.cancels(*reasons)

    with pytest.raises(ClientError, match="TransactionCanceledException"):
        record(client)

    assert pauses == []


def test_damaged_statistics_are_told_and_the_history_is_recorded(dynamodb: DynamoDBClient) -> None:
    projections = DynamoDBProjections(dynamodb, TABLE_NAME)
    (change,) = changes_of(a_created_task())
    damaged = statistics_key(change.user_id) | {"PENDING": "many"}
    dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(damaged))

    with pytest.raises(StatisticsDamaged):
        projections.record(change)

    assert [event.version for event in projections.history(change.task_id, 10)] == [1]
    assert projections.record(change) is False, "another delivery is a duplicate"


def test_damaged_statistics_are_told_as_DynamoDB_tells_them(client: DynamoDBClient) -> None:
    with Stubber(client) as answers:
        Table(answers).cancels("None", "ValidationError")
        answers.add_response("put_item", {})

        with pytest.raises(StatisticsDamaged):
            record(client)
