"""The parts of an API use the clock, the ids, the requests' ids and the access rule that they are composed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from adapters.items import deserialize
from domain.access import Actor
from domain.details import TaskDetails
from domain.errors import Unauthorized
from domain.status import EVERY_STATUS
from domain.task import Task
from resolvers.composition import Parts, compose
from tests.builders import ANNA, NOON, an_id, later
from tests.in_memory_webhooks import settings
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA as ANNA_SIGNED_IN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SERVICE = Actor(user_id=None, acts_for_anyone=True)
ID = UUID(int=7)


def composed(dynamodb: DynamoDBClient, **options: Any) -> Parts:
    defaults: dict[str, Any] = {"accepts_api_keys": True, "webhooks": settings()}
    return compose(dynamodb, TABLE_NAME, **defaults | options)


def test_a_task_is_created_with_the_next_id_at_the_clocks_time_for_the_request(dynamodb: DynamoDBClient) -> None:
    parts = composed(dynamodb, clock=lambda: NOON, new_id=lambda: ID, correlation_id=lambda: "Root=1-abc")

    task = parts.create_task(SERVICE, ANNA, TaskDetails(title="Buy milk"))

    assert (str(task.id), task.state.created_at) == (f"task-{ID}", NOON)
    (item,) = dynamodb.scan(TableName=TABLE_NAME)["Items"]
    assert deserialize(item)["CorrelationId"] == "Root=1-abc"


def test_tasks_are_changed_found_and_listed_in_the_same_table(dynamodb: DynamoDBClient) -> None:
    parts = composed(dynamodb, clock=later)
    actor = parts.access.actor_of({"identity": ANNA_SIGNED_IN})
    task = parts.create_task(actor, None, TaskDetails(title="Buy milk"))

    changed = parts.change_task(actor, task.id, Task.complete)

    assert changed.state.completed_at == later()
    assert parts.find_task(actor, task.id).state == changed.state
    assert parts.list_tasks(actor, None, EVERY_STATUS, None, None).tasks == [changed.state]


def test_histories_and_statistics_of_a_new_table_are_empty(dynamodb: DynamoDBClient) -> None:
    parts = composed(dynamodb)
    actor = parts.access.actor_of({"identity": ANNA_SIGNED_IN})

    assert parts.read_history(actor, ANNA, an_id()) == []
    assert parts.read_statistics(actor, None).statistics.total == 0


@pytest.mark.parametrize("accepts_api_keys", [True, False])
def test_a_stage_accepts_api_keys_or_refuses_them(dynamodb: DynamoDBClient, accepts_api_keys: bool) -> None:
    access = composed(dynamodb, accepts_api_keys=accepts_api_keys).access
    event = {"identity": None}

    if accepts_api_keys:
        assert access.actor_of(event).acts_for_anyone
    else:
        with pytest.raises(Unauthorized):
            access.actor_of(event)
