"""The record of listeners in the table, and the resolver that writes it before it answers a subscription."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_listeners import LIFETIME, DynamoDBListeners, listeners_key
from adapters.items import Item, deserialize
from domain.identifiers import UserId
from tests.builders import ANNA, BORIS, NOON
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA as ANNAS_IDENTITY
from tests.integration.lambda_events import LambdaContext, field_event
from tests.integration.resolver_lambda import handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def listeners(dynamodb: DynamoDBClient) -> DynamoDBListeners:
    return DynamoDBListeners(dynamodb, TABLE_NAME)


def stored(dynamodb: DynamoDBClient) -> list[Item]:
    return [deserialize(item) for item in dynamodb.scan(TableName=TABLE_NAME)["Items"]]


@pytest.mark.parametrize(
    ("recorded", "included"),
    [([], False), ([ANNA], True), ([BORIS], False), ([None], True), ([BORIS, None], True), ([ANNA, None], True)],
)
def test_a_user_is_heard_by_their_own_listeners_and_by_those_of_everyone(
    listeners: DynamoDBListeners, recorded: list[UserId | None], included: bool
) -> None:
    for owner in recorded:
        listeners.add(owner, NOON)

    assert listeners.include(ANNA, NOON) is included


def test_a_listener_is_forgotten_when_its_connection_has_ended(listeners: DynamoDBListeners) -> None:
    listeners.add(ANNA, NOON)

    assert timedelta(hours=24) < LIFETIME, "AppSync's longest connection"
    assert listeners.include(ANNA, NOON + LIFETIME - timedelta(seconds=1))
    assert not listeners.include(ANNA, NOON + LIFETIME)


def test_a_listener_whose_clock_is_behind_shortens_no_record(
    listeners: DynamoDBListeners, dynamodb: DynamoDBClient
) -> None:
    listeners.add(ANNA, NOON)
    listeners.add(ANNA, NOON - timedelta(seconds=5))

    (item,) = stored(dynamodb)
    assert item == listeners_key(ANNA) | {"ExpiresAt": int((NOON + LIFETIME).timestamp())}

    listeners.add(ANNA, NOON + timedelta(seconds=5))

    (item,) = stored(dynamodb)
    assert item["ExpiresAt"] == int((NOON + LIFETIME).timestamp()) + 5


def test_a_throttled_read_publishes() -> None:
    class Throttled:
        def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
            return {"Responses": {}, "UnprocessedKeys": RequestItems}

    throttled: Any = Throttled()

    assert DynamoDBListeners(throttled, TABLE_NAME).include(ANNA, NOON)


@pytest.mark.parametrize("field", ["Subscription.onTaskChanged", "Subscription.onTaskCompleted"])
def test_a_subscription_is_recorded_before_it_is_answered(field: str, dynamodb: DynamoDBClient) -> None:
    answer: Any = handler(field_event(field, {}, ANNAS_IDENTITY), LambdaContext())

    assert answer["subscriptionFilter"]
    assert DynamoDBListeners(dynamodb, TABLE_NAME).include(UserId("anna"), datetime.now(UTC))


def test_a_refused_subscription_records_nothing(dynamodb: DynamoDBClient) -> None:
    answer: Any = handler(
        field_event("Subscription.onTaskChanged", {"userId": "boris"}, ANNAS_IDENTITY), LambdaContext()
    )

    assert answer["error"]["type"] == "Unauthorized"
    assert stored(dynamodb) == []
