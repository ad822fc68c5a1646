"""After a user pool was lost, a person's tasks, histories and statistics belong to the account that replaces theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_listeners import listeners_key
from adapters.items import serialize
from adapters.outbox_messages import message_of
from adapters.settings_items import settings_item, settings_key, settings_of
from adapters.statistics_items import statistics_key
from adapters.task_items import change_of, task_key
from adapters.webhook_items import webhooks_item
from domain.details import TaskDetails
from domain.identifiers import UserId
from domain.settings import UserSettings, ZoneChange
from domain.task import Task
from domain.webhooks import UserWebhooks, Webhook, WebhookId
from operations import account
from tests.builders import ANNA, BORIS, an_id, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.operators import Operators

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NEW_ANNA = UserId("anna-of-the-new-pool")


@pytest.fixture
def stack(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
    return Operators.deploy(dynamodb, monkeypatch)


@pytest.fixture
def tasks(stack: Operators) -> list[Task]:
    """An open, a completed and a deleted task of anna, and one of boris."""
    tasks = [
        Task.create(task_id=an_id(), user_id=user, details=TaskDetails(title="Milk"), at=later(0))
        for user in (ANNA, ANNA, ANNA, BORIS)
    ]
    tasks[1].complete(later(1))
    tasks[2].delete(later(1))
    for task in tasks:
        stack.store(task)
    return tasks


def records(stack: Operators) -> None:
    """Record every stored change, as the event path does."""
    for item in stack.table():
        if item["SK"].startswith("TASK#"):
            stack.projections.record(change_of(item))


def owners(stack: Operators) -> set[str]:
    return {item.get("UserId") or item["PK"].removeprefix("USER#") for item in stack.table()}


def test_everything_of_a_person_belongs_to_the_new_account(stack: Operators, tasks: list[Task]) -> None:
    assert stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA)) == 0
    records(stack)
    stack.run("rebuild-projections")

    assert owners(stack) == {str(NEW_ANNA), "boris"}
    counted = stack.get(statistics_key(NEW_ANNA))
    assert counted is not None
    assert {name: int(counted[name]) for name in ("PENDING", "COMPLETED")} == {"PENDING": 1, "COMPLETED": 1}
    assert stack.run("rebuild-projections", "--report-only") == 0, "no gap and no wrong count"


def test_settings_move_and_webhooks_go_because_their_secrets_belong_to_the_account(
    stack: Operators, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = later()
    hook = Webhook(
        id=WebhookId.of(ANNA, uuid4()), url="https://a.example.com/", events=("TaskCreated",), created_at=moment
    )
    stack.put(settings_item(UserSettings(ANNA, (ZoneChange(moment, "Europe/Berlin"),))))
    stack.put(webhooks_item(UserWebhooks(ANNA, 1, (hook,))))
    stack.put(listeners_key(ANNA) | {"UserId": str(ANNA), "ExpiresAt": 2**31})

    assert stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA)) == 0

    printed = capsys.readouterr().out
    assert "Changed: 1 settings. Deleted: 1 webhooks.\n" in printed
    assert "create their webhooks again" in printed
    stored = stack.get(settings_key(NEW_ANNA))
    assert stored is not None
    assert settings_of(NEW_ANNA, stored).time_zone == "Europe/Berlin"
    assert len(stack.table()) == 2, "the new settings, and the listeners, which expire"
    assert stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA), "--report-only") == 0


def test_a_damaged_task_is_left_and_named(
    stack: Operators, tasks: list[Task], capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = stack.get(task_key(tasks[0].id))
    assert damaged is not None
    stack.put(damaged | {"Version": "many"})

    assert stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA)) == 1

    assert f"Left: TASK#{tasks[0].id}: ValueError" in capsys.readouterr().out
    moved = stack.get(task_key(tasks[1].id))
    assert moved is not None
    assert moved["UserId"] == str(NEW_ANNA)


def test_a_task_changes_its_owner_as_its_next_version(stack: Operators, tasks: list[Task]) -> None:
    stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA))

    item = stack.get(task_key(tasks[1].id))
    assert item is not None
    message = json.loads(message_of({"NewImage": serialize(item)}).body)
    assert (message["task"]["userId"], message["task"]["version"]) == (str(NEW_ANNA), 3)
    assert message["task"]["completedAt"], "the content stays"
    assert [event["type"] for event in message["events"]] == ["TaskUpdated"]


def test_a_second_run_changes_nothing(stack: Operators, tasks: list[Task], capsys: pytest.CaptureFixture[str]) -> None:
    stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA))
    before = stack.table()

    assert stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA)) == 0

    assert stack.table() == before
    assert capsys.readouterr().out.endswith("Changed: nothing. Deleted: nothing.\n")


def test_a_report_changes_nothing(stack: Operators, tasks: list[Task], capsys: pytest.CaptureFixture[str]) -> None:
    before = stack.table()

    assert stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA), "--report-only") == 1

    assert stack.table() == before
    assert "1 deleted tasks, 5 history entries, 1 statistics, 2 tasks" in capsys.readouterr().out


def recorded(tmp_path: Path, **subs: str) -> str:
    file = tmp_path / "2026-11-29.jsonl"
    file.write_text(
        "".join(
            json.dumps({"username": name, "enabled": True, "attributes": {"sub": sub}, "groups": []}) + "\n"
            for name, sub in subs.items()
        )
    )
    return str(file)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The subs of the present accounts by username."""
    subs = {"anna": str(NEW_ANNA), "boris": "boris"}

    def named(_client: object, _pool: str, username: str) -> account.Account | None:
        sub = subs.get(username)
        return account.Account(None, "pool", username, {"sub": sub}, None) if sub else None  # type: ignore[arg-type]

    monkeypatch.setattr(account.Account, "named", named)
    return subs


def test_the_nightly_export_maps_former_to_present_accounts(
    stack: Operators, tasks: list[Task], tmp_path: Path, pool: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded(tmp_path, anna="anna", boris="boris", carol="carol")

    assert stack.run("re-own", "--users-from", file) == 1

    assert "Left: carol has no account in the user pool now.\n" in capsys.readouterr().out
    assert str(NEW_ANNA) in owners(stack)
    assert "anna" not in owners(stack)


def test_an_erased_person_is_left(stack: Operators, tasks: list[Task]) -> None:
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(ANNA, later(), "operator")
    before = stack.table()

    stack.run("re-own", "--user", "anna", "--new-user", str(NEW_ANNA))

    assert stack.table() == before


@pytest.mark.parametrize("content", ["", "{", '{"username": "anna"}\n'])
def test_a_file_that_is_no_export_changes_nothing(
    stack: Operators, tasks: list[Task], tmp_path: Path, pool: dict[str, str], content: str
) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text(content)
    before = stack.table()

    assert stack.run("re-own", "--users-from", str(file)) == (2 if content else 0)

    assert stack.table() == before


def test_a_run_without_a_map_is_refused(stack: Operators) -> None:
    assert stack.run("re-own") == 2
    assert stack.run("re-own", "--user", "anna") == 2
