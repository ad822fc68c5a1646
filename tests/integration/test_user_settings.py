"""Settings are stored, kept through newer code's attributes, exported, erased and given to a new account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_settings import DynamoDBSettings
from adapters.items import serialize
from adapters.settings_items import settings_key
from adapters.statistics_items import completions_attribute
from adapters.timestamps import now
from domain.identifiers import UserId
from domain.settings import EmailSettings, UserSettings
from operations.personal_items import PersonalItems, kind_of
from operations.re_own import ReOwning
from operations.recount import DynamoDBRecount
from tests.builders import ANNA, BORIS, NOON, a_created_task
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import ANNA as SIGNED_IN
from tests.integration.lambda_events import LambdaContext, field_event
from tests.integration.operators import Operators
from tests.integration.resolver_lambda import handler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def settings(dynamodb: DynamoDBClient) -> DynamoDBSettings:
    return DynamoDBSettings(dynamodb, TABLE_NAME)


def resolve(field: str, arguments: dict[str, Any]) -> Any:
    return handler(field_event(field, arguments, SIGNED_IN), LambdaContext())


@pytest.mark.usefixtures("dynamodb")
def test_a_user_reads_and_changes_their_settings() -> None:
    assert resolve("Query.mySettings", {})["data"] == {
        "userId": "anna",
        "timeZone": "UTC",
        "email": {"reminders": False, "completedByOthers": False},
    }

    changed = {"timeZone": "Europe/Berlin", "email": {"reminders": True, "completedByOthers": None}}
    answer = resolve("Mutation.updateSettings", {"input": changed})["data"]

    assert answer == resolve("Query.mySettings", {"userId": "anna"})["data"]
    assert (answer["timeZone"], answer["email"]) == (
        "Europe/Berlin",
        {"reminders": True, "completedByOthers": False},
    )


@pytest.mark.usefixtures("dynamodb")
@pytest.mark.parametrize(
    ("wanted", "field", "code"),
    [
        ({"timeZone": "Europe/Atlantis"}, "timeZone", "ONE_OF"),
        ({"timeZone": "UTC", "email": {"reminders": "yes"}}, "reminders", "TYPE"),
        ({"timeZone": "UTC", "phone": "1"}, "phone", "UNKNOWN"),
        ({"email": {}}, "input", "REQUIRED"),
        ({"timeZone": None}, "input", "REQUIRED"),
    ],
)
def test_a_broken_setting_is_named_and_nothing_is_stored(wanted: dict[str, Any], field: str, code: str) -> None:
    error = resolve("Mutation.updateSettings", {"input": wanted})["error"]

    assert (error["type"], error["info"]["field"], error["info"]["code"]) == ("ValidationError", field, code)
    assert resolve("Query.mySettings", {})["data"]["timeZone"] == "UTC"


def test_a_stored_change_keeps_what_newer_code_stored(dynamodb: DynamoDBClient, settings: DynamoDBSettings) -> None:
    assert settings.save(UserSettings(ANNA).changed(NOON, time_zone="Asia/Tokyo", reminders=True))
    dynamodb.update_item(
        TableName=TABLE_NAME,
        Key=serialize(settings_key(ANNA)),
        UpdateExpression="SET Theme = :l",
        ExpressionAttributeValues=serialize({":l": "de"}),
    )

    assert settings.save(settings.get(ANNA).changed(NOON, completed_by_others=True))

    assert settings.get(ANNA) == UserSettings(
        ANNA,
        UserSettings(ANNA).changed(NOON, time_zone="Asia/Tokyo").zones,
        EmailSettings(reminders=True, completed_by_others=True),
        version=2,
    )
    assert settings.get(ANNA).unknown == {"Theme": "de"}


def test_the_second_of_two_changes_of_one_version_is_not_stored(settings: DynamoDBSettings) -> None:
    new = settings.get(ANNA)
    assert settings.save(new.changed(NOON, reminders=True))
    assert not settings.save(new.changed(NOON, reminders=False, completed_by_others=True)), "both are the first"
    stored = settings.get(ANNA)
    assert settings.save(stored.changed(NOON, reminders=False))

    assert not settings.save(stored.changed(NOON, completed_by_others=True))

    assert settings.get(ANNA).email == EmailSettings()


def test_an_erasure_finds_the_settings(dynamodb: DynamoDBClient, settings: DynamoDBSettings) -> None:
    for user_id in (ANNA, BORIS):
        settings.save(UserSettings(user_id).changed(NOON, reminders=True))
    table = PersonalItems(dynamodb, TABLE_NAME, pause=lambda _: None)

    (item,) = table.all(ANNA)
    assert kind_of(item) == "settings"
    table.delete([item])

    assert not settings.get(ANNA).email.reminders
    assert settings.get(BORIS).email.reminders


def test_a_new_account_gets_the_settings_of_the_lost_one(dynamodb: DynamoDBClient, settings: DynamoDBSettings) -> None:
    renewed = UserId("anna-2")
    settings.save(UserSettings(ANNA).changed(NOON, time_zone="Asia/Tokyo"))
    re_owning = ReOwning(dynamodb, TABLE_NAME, {ANNA: renewed})

    for item in list(re_owning.items()):
        re_owning.change(item)

    assert settings.get(renewed).time_zone == "Asia/Tokyo"
    assert settings.get(ANNA) == UserSettings(ANNA)
    assert re_owning.counts == {"settings": 1}


def test_a_recount_counts_completions_on_the_days_of_their_owners_zone(
    dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, settings: DynamoDBSettings
) -> None:
    stack = Operators.deploy(dynamodb, monkeypatch)
    at = now().replace(hour=23, minute=30) - timedelta(days=2)
    settings.save(UserSettings(ANNA).changed(at - timedelta(hours=1), time_zone="Asia/Tokyo"))
    task = a_created_task(at=at)
    task.complete(at)
    stack.store(task)  # records the completion by its UTC day
    recount = DynamoDBRecount(dynamodb, TABLE_NAME)

    (drift,) = recount.drifts(now().date())
    assert drift.counted == {
        completions_attribute(at.date()): 0,
        completions_attribute(at.date() + timedelta(days=1)): 1,
    }
    recount.repair(drift)

    assert recount.drifts(now().date()) == []
