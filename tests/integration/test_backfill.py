"""The backfill brings items of earlier layouts into the present one, whatever happens beside it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import Item, deserialize, serialize
from adapters.task_items import task_key
from domain.lists import TaskQuery
from domain.task import Task
from operations import backfill as command_module
from operations.backfill import Backfilled, Pace, add_arguments, backfill, position_text
from operations.command_line import main
from operations.deployed import Deployed
from operations.errors import ExitCode
from tests.builders import ANNA, a_created_task, changes_of, later
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def a_pace(rate: int = 1000, time: Time | None = None) -> Pace:
    time = time or Time()
    return Pace(rate, time.clock, time.sleep)


@pytest.fixture
def tasks(dynamodb: DynamoDBClient) -> DynamoDBTasks:
    return DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: "Root=1-abc")


def stored_items(dynamodb: DynamoDBClient) -> dict[str, Item]:
    stored = (deserialize(item) for item in dynamodb.scan(TableName=TABLE_NAME)["Items"])
    return {f"{item['PK']} {item['SK']}": item for item in stored}


def as_of_november_2026(item: Item) -> Item:
    """Returns a task's item as it was stored before the indexes had attributes as keys."""
    if item.get("Deleted"):
        return {name: value for name, value in item.items() if name != "WasCreatedAt"} | {
            "CreatedAt": item["WasCreatedAt"]
        }
    user, position = f"USER#{item['UserId']}", f"TASK#{item['CreatedAt']}#{item['TaskId']}"
    keys = {"GSI1PK": user, "GSI1SK": position, "GSI2PK": f"{user}#{item['Status']}", "GSI2SK": position}
    return item | keys


def store_as_of_november_2026(dynamodb: DynamoDBClient) -> dict[str, Item]:
    """Rewrites the stored tasks into the earlier layout. Returns all items as they were before."""
    before = stored_items(dynamodb)
    for item in before.values():
        if item["SK"].startswith("TASK#"):
            dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(as_of_november_2026(item)))
    return before


def some_tasks(tasks: DynamoDBTasks, count: int = 3) -> list[Task]:
    created = [a_created_task(at=later(n)) for n in range(count)]
    for task in created:
        tasks.add(task)
    return created


def test_items_of_an_earlier_layout_become_those_that_the_present_code_stores(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient
) -> None:
    remaining, deleted, _ = some_tasks(tasks)
    (change,) = changes_of(a_created_task())
    DynamoDBProjections(dynamodb, TABLE_NAME).record(change)
    deleted.delete(later(5))
    tasks.save(deleted)
    present = store_as_of_november_2026(dynamodb)
    done = Backfilled()

    backfill(dynamodb, TABLE_NAME, done, a_pace())

    assert stored_items(dynamodb) == present
    assert (done.read, done.rewritten, done.refused) == (len(present), 3, 0)
    assert tasks.get(remaining.id) == remaining
    assert deleted.state not in tasks.list(TaskQuery(ANNA), 10, None).tasks


def test_an_attribute_that_this_code_does_not_know_stays(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    (task,) = some_tasks(tasks, 1)
    (item,) = store_as_of_november_2026(dynamodb).values()
    newer = as_of_november_2026(item) | {"Energy": {"Level": "low", "Notes": ["a", "b"]}}
    dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(newer))

    backfill(dynamodb, TABLE_NAME, Backfilled(), a_pace())

    (stored,) = stored_items(dynamodb).values()
    assert stored == item | {"Energy": newer["Energy"]}
    assert tasks.get(task.id) == task


def test_a_second_run_writes_nothing(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    some_tasks(tasks)
    store_as_of_november_2026(dynamodb)
    backfill(dynamodb, TABLE_NAME, Backfilled(), a_pace())
    again = Backfilled()

    with patch.object(dynamodb, "update_item", side_effect=AssertionError("written")):
        backfill(dynamodb, TABLE_NAME, again, a_pace())

    assert (again.read, again.rewritten) == (3, 0)


def test_items_of_an_erased_person_are_left_to_erase_again(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    some_tasks(tasks)
    store_as_of_november_2026(dynamodb)
    before = stored_items(dynamodb)
    erasures = DynamoDBErasures(dynamodb, TABLE_NAME)
    erasures.add(ANNA, later(), "operator")
    done = Backfilled()

    backfill(dynamodb, TABLE_NAME, done, a_pace())

    assert str(done).endswith("Of erased persons: 3 (run erase-again).")
    assert {key: item for key, item in stored_items(dynamodb).items() if key in before} == before


def test_an_interrupted_run_continues_behind_the_last_item(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    some_tasks(tasks, 5)
    present = store_as_of_november_2026(dynamodb)
    update_item = dynamodb.update_item
    written: list[Any] = []

    def interrupted_at_the_third(**request: Any) -> Any:
        written.append(request["Key"])
        if len(written) == 3:
            raise KeyboardInterrupt
        return update_item(**request)

    first = Backfilled()
    with patch.object(dynamodb, "update_item", interrupted_at_the_third), pytest.raises(KeyboardInterrupt):
        backfill(dynamodb, TABLE_NAME, first, a_pace())
    assert first.position
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    second = Backfilled(position=parser.parse_args(["--after", position_text(first.position)]).after)

    backfill(dynamodb, TABLE_NAME, second, a_pace())

    assert (first.rewritten, second.read, second.rewritten) == (2, 3, 3)
    assert stored_items(dynamodb) == present


def test_a_task_that_changes_between_the_read_and_the_rewrite_is_left_to_the_next_run(
    tasks: DynamoDBTasks, dynamodb: DynamoDBClient
) -> None:
    (task,) = some_tasks(tasks, 1)
    store_as_of_november_2026(dynamodb)
    update_item = dynamodb.update_item

    def after_a_change(**request: Any) -> Any:
        stored = stored_items(dynamodb).popitem()[1]
        dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(stored | {"Version": 2, "Title": "Changed"}))
        return update_item(**request)

    done = Backfilled()
    with patch.object(dynamodb, "update_item", after_a_change):
        backfill(dynamodb, TABLE_NAME, done, a_pace())
    next_run = Backfilled()
    backfill(dynamodb, TABLE_NAME, next_run, a_pace())

    assert (done.rewritten, done.refused) == (0, 1)
    assert (next_run.rewritten, next_run.refused) == (1, 0)
    stored = tasks.get(task.id)
    assert stored
    assert (stored.version, stored.state.title) == (2, "Changed")


def test_an_item_that_is_erased_meanwhile_does_not_come_back(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    (task,) = some_tasks(tasks, 1)
    store_as_of_november_2026(dynamodb)
    update_item = dynamodb.update_item

    def after_an_erasure(**request: Any) -> Any:
        dynamodb.delete_item(TableName=TABLE_NAME, Key=serialize(task_key(task.id)))
        return update_item(**request)

    done = Backfilled()
    with patch.object(dynamodb, "update_item", after_an_erasure):
        backfill(dynamodb, TABLE_NAME, done, a_pace())

    assert (done.rewritten, done.refused) == (0, 1)
    assert stored_items(dynamodb) == {}


def test_the_rate_bounds_the_items_a_second(tasks: DynamoDBTasks, dynamodb: DynamoDBClient) -> None:
    some_tasks(tasks, 5)
    time = Time()

    backfill(dynamodb, TABLE_NAME, Backfilled(), a_pace(rate=2, time=time))

    assert time.now == pytest.approx(4 / 2)  # the first item does not wait


def test_a_pace_does_not_make_up_for_lost_time() -> None:
    time = Time()
    pace = a_pace(rate=10, time=time)
    pace.wait()
    time.sleep(60)

    for _ in range(3):
        pace.wait()

    assert time.now == pytest.approx(60.2)


def test_the_command_continues_from_the_position_that_an_interrupted_run_prints(
    tasks: DynamoDBTasks,
    dynamodb: DynamoDBClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    some_tasks(tasks, 4)
    present = store_as_of_november_2026(dynamodb)
    monkeypatch.setattr(
        Deployed, "of", lambda _: Deployed(TABLE_NAME, "topic", "pool", "unrelayed", [], "https://api.example.com")
    )
    command = ["backfill", "--stack", "s", "--rate", "10000"]
    monkeypatch.setattr(command_module, "_rewrite", interrupted_at(3, command_module._rewrite))

    interrupted = main(command)
    position = capsys.readouterr().err.partition("--after ")[2].split()[0]
    monkeypatch.undo()
    monkeypatch.setattr(
        Deployed, "of", lambda _: Deployed(TABLE_NAME, "topic", "pool", "unrelayed", [], "https://api.example.com")
    )

    assert (interrupted, main([*command, "--after", position]), main(command)) == (ExitCode.INTERRUPTED, 0, 0)
    assert capsys.readouterr().out.splitlines() == [
        "Read: 2. Rewritten: 2. Changed meanwhile: 0.",
        "Read: 4. Rewritten: 0. Changed meanwhile: 0.",
    ]
    assert stored_items(dynamodb) == present


def interrupted_at(call: int, function: Callable[..., None]) -> Callable[..., None]:
    """Returns the function, which Ctrl-C ends at its given call."""
    calls = count(1)

    def interrupted(*arguments: Any) -> None:
        if next(calls) == call:
            raise KeyboardInterrupt
        function(*arguments)

    return interrupted


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--rate", rate] for rate in ("0", "-1", "1.5", "ten", "10001", "")),
        *(["--after", position] for position in ("", "x", "W10=", "WzEsMl0=", "eyJQSyI6IDF9", "é")),
    ],
)
def test_a_wrong_argument_is_refused_in_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    with pytest.raises(SystemExit) as refusal:
        parser.parse_args(arguments)

    assert refusal.value.code == 2
    assert f"argument {arguments[0]}: " in capsys.readouterr().err
