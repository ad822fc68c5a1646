"""Lists and counts hold for large numbers of items in the local cloud's tables."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import serialize
from adapters.task_items import task_item
from domain.identifiers import TaskId, UserId
from domain.lists import TaskQuery
from domain.status import TaskStatus
from local.description import StackDescription
from tests.builders import ANNA, BORIS, a_created_task, changes_of, later

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITERS = 8


@pytest.fixture
def dynamodb(stack: StackDescription) -> DynamoDBClient:
    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
        config=Config(max_pool_connections=WRITERS),
    )
    return client


@pytest.fixture
def table_name(stack: StackDescription, dynamodb: DynamoDBClient) -> Iterator[str]:
    """Yields the name of a table like the deployed one but without a stream, so that writes raise no events."""
    deployed = dynamodb.describe_table(TableName=stack.table_name)["Table"]
    name = f"large-{uuid4()}"
    indexes: Any = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
        for index in deployed["GlobalSecondaryIndexes"]
    ]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=deployed["AttributeDefinitions"],
        KeySchema=deployed["KeySchema"],
        GlobalSecondaryIndexes=indexes,
    )
    yield name
    dynamodb.delete_table(TableName=name)


def test_page_1_and_page_100_of_ten_thousand_tasks_consume_the_same(dynamodb: DynamoDBClient, table_name: str) -> None:
    user = UserId("many")
    tasks = [a_created_task(user_id=user, at=later(n)) for n in range(10_000)]
    puts: list[Any] = [
        {"PutRequest": {"Item": serialize(task_item(task, write_id="w", correlation_id=None))}} for task in tasks
    ]
    with ThreadPoolExecutor(WRITERS) as writers:
        starts = range(0, len(puts), 25)
        list(writers.map(lambda at: dynamodb.batch_write_item(RequestItems={table_name: puts[at : at + 25]}), starts))
    consumed: list[float] = []

    def ask_for_capacity(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    dynamodb.meta.events.register("before-parameter-build.dynamodb.Query", ask_for_capacity)
    dynamodb.meta.events.register(
        "after-call.dynamodb.Query", lambda parsed, **_: consumed.append(parsed["ConsumedCapacity"]["CapacityUnits"])
    )
    repository = DynamoDBTasks(dynamodb, table_name, correlation_id=lambda: None)

    seen: list[TaskId] = []
    token = None
    # Pages 2 to 98 are read as ten large ones, because the local cloud reads the whole list for each page.
    for size in (100, *[970] * 10, 100, 100):
        page = repository.list(TaskQuery(user), size, token)
        seen += [task.id for task in page.tasks]
        token = page.next_token

    assert token is None
    assert seen == [task.id for task in reversed(tasks)]
    assert len(consumed) == 13
    first, *_, next_to_last, last = consumed
    assert first == next_to_last
    # No task follows the last page, so that its query reads 100 instead of 101 items.
    assert next_to_last - last <= 0.5


def test_750_changes_delivered_three_times_and_shuffled_are_counted_exactly(
    dynamodb: DynamoDBClient, table_name: str
) -> None:
    tasks = [a_created_task(user_id=ANNA if n % 2 else BORIS) for n in range(250)]
    for task in tasks:
        task.start(later(1))
        task.complete(later(2))
    changes = [change for task in tasks for change in changes_of(task)]
    deliveries = changes * 3
    random.Random(20261124).shuffle(deliveries)
    projections = DynamoDBProjections(dynamodb, table_name)

    with ThreadPoolExecutor(WRITERS) as consumers:
        news = list(consumers.map(projections.record, deliveries))

    assert (len(changes), sum(news)) == (750, 750)
    for user in (ANNA, BORIS):
        statistics = projections.statistics(user)
        assert dict(statistics.by_status) == {status: 125 * (status is TaskStatus.COMPLETED) for status in TaskStatus}
        assert statistics.completed_since(later().date()) == 125
    for task in tasks:
        entries = projections.history(task.id, 100)
        assert sorted(entry.event_id for entry in entries) == sorted(event.event_id for event in task.events)
