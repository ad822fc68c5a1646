"""Statistics are recounted from tasks, gaps in histories are found and filled, and one bad item stays alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.items import serialize
from adapters.statistics_items import completions_attribute, statistics_key
from adapters.task_items import task_key
from adapters.timestamps import now
from domain.identifiers import UserId
from domain.status import TaskStatus
from domain.task import Task
from operations import rebuild_projections
from operations.recount import Drift, DynamoDBRecount, RepairRefused
from tests.builders import ANNA, BORIS, a_created_task, changes_of, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.operators import Operators

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TODAY = later().date()
TOMORROW = later(25 * 60)  # the changes of the tests are no longer in transit


def a_completed_task(user_id: UserId = ANNA) -> Task:
    task = a_created_task(user_id=user_id)
    task.start(later())
    task.complete(later(2))
    return task


@pytest.fixture
def stack(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
    monkeypatch.setattr(rebuild_projections, "now", lambda: TOMORROW)
    return Operators.deploy(dynamodb, monkeypatch)


@pytest.fixture
def recount(stack: Operators) -> DynamoDBRecount:
    for user in (ANNA, ANNA, BORIS):
        stack.store(a_completed_task(user))
    deleted = a_completed_task(BORIS)
    deleted.delete(later(3))
    stack.store(deleted)
    reopened = a_completed_task(BORIS)
    reopened.reopen(later(3))
    stack.store(reopened)
    return DynamoDBRecount(stack.dynamodb, TABLE_NAME)


def change_statistics(stack: Operators, user_id: UserId, **attributes: object) -> None:
    item = stack.get(statistics_key(user_id)) or statistics_key(user_id)
    stack.put(item | attributes)


def versions(stack: Operators, task: Task) -> list[int]:
    """Returns the versions in a task's history."""
    return [int(item["Version"]) for item in stack.table() if item["PK"] == f"TASK#{task.id}" and "Events" in item]


def test_statistics_that_followed_every_event_have_no_drift(recount: DynamoDBRecount) -> None:
    assert recount.findings(TODAY).is_clean


def test_drift_is_told_by_user_and_item_and_repaired(stack: Operators, recount: DynamoDBRecount) -> None:
    right = stack.projections.statistics(ANNA), stack.projections.statistics(BORIS)
    change_statistics(stack, ANNA, COMPLETED=7)
    change_statistics(stack, BORIS, **{completions_attribute(TODAY): 0})

    drifts = recount.drifts(TODAY)
    for drift in drifts:
        recount.repair(drift)

    assert drifts == [
        Drift(ANNA, stored={"COMPLETED": 7}, counted={"COMPLETED": 2}),
        Drift(BORIS, stored={completions_attribute(TODAY): 0}, counted={completions_attribute(TODAY): 2}),
    ]
    assert recount.drifts(TODAY) == []
    assert (stack.projections.statistics(ANNA), stack.projections.statistics(BORIS)) == right


def test_an_item_that_changed_since_it_was_compared_is_not_repaired(stack: Operators, recount: DynamoDBRecount) -> None:
    change_statistics(stack, ANNA, COMPLETED=7)
    drift = recount.drifts(TODAY)[0]
    stack.store(a_completed_task())

    with pytest.raises(RepairRefused):
        recount.repair(drift)

    assert stack.projections.statistics(ANNA).count(TaskStatus.COMPLETED) == 8


def test_histories_with_gaps_make_no_count_wrong(stack: Operators) -> None:
    for _ in range(3):
        stack.store(a_completed_task())
    gapped = a_completed_task()
    stack.store(gapped, without=(1, 2))
    change_statistics(stack, ANNA, PENDING=-4, COMPLETED=4)

    assert stack.run("rebuild-projections") == 0

    statistics = stack.projections.statistics(ANNA)
    assert [statistics.count(status) for status in TaskStatus] == [0, 0, 4, 0]
    assert statistics.completions[TODAY] == 4


def test_gaps_are_named_and_filled_as_far_as_the_task_tells(
    stack: Operators, capsys: pytest.CaptureFixture[str]
) -> None:
    task = a_completed_task()
    task.reopen(later(4))
    changes = changes_of(task)
    stack.store(task, without=(1, 3, 4))

    assert stack.run("rebuild-projections", "--report-only") == 1
    assert versions(stack, task) == [2], "a report changes nothing"
    assert stack.run("rebuild-projections") == 0

    printed = capsys.readouterr().out
    for version in (1, 3, 4):
        assert f"Missing in the history: version {version} of {task.id}" in printed
    assert "Filled: 2" in printed
    assert "Lost: 1 changes" in printed
    assert versions(stack, task) == [1, 2, 4]
    statistics = stack.projections.statistics(ANNA)
    assert ([statistics.count(status) for status in TaskStatus], statistics.completed_since(TODAY)) == ([1, 0, 0, 0], 0)
    for change in changes:
        stack.projections.record(change)
    assert versions(stack, task) == [1, 2, 3, 4], "a lost change that comes after all is still recorded"


def test_a_filled_change_counts_once_when_it_arrives_late(stack: Operators) -> None:
    task = a_created_task()
    (change,) = changes_of(task)
    stack.store(task, recorded=False)

    assert stack.run("rebuild-projections") == 0
    assert stack.projections.record(change) is False

    assert stack.projections.statistics(ANNA).total == 1


def test_statistics_of_a_user_with_changes_in_transit_are_left(
    stack: Operators, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rebuild_projections, "now", lambda: later(10))
    behind = a_completed_task()
    stack.store(behind, without=(1, 2))
    stack.store(a_completed_task(BORIS))
    change_statistics(stack, BORIS, COMPLETED=9)

    assert stack.run("rebuild-projections") == 1

    assert stack.projections.statistics(ANNA).count(TaskStatus.PENDING) == 0
    assert stack.projections.statistics(ANNA).count(TaskStatus.IN_PROGRESS) == -1, (
        "the changes will add what is missing"
    )
    assert stack.projections.statistics(BORIS).count(TaskStatus.COMPLETED) == 1
    assert "Left: 1 users with changes in transit." in capsys.readouterr().out


def test_a_damaged_statistics_item_is_repaired_like_any_other(stack: Operators, recount: DynamoDBRecount) -> None:
    right = stack.projections.statistics(ANNA)
    change_statistics(stack, ANNA, **{completions_attribute(TODAY): "many", "PENDING": [1], "COMPLETED": "0"})

    assert stack.run("rebuild-projections") == 0

    assert stack.projections.statistics(ANNA) == right
    assert recount.findings(TODAY).is_clean


def test_an_unreadable_task_stays_alone_and_is_named(
    stack: Operators, recount: DynamoDBRecount, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = a_created_task(user_id=UserId("carol"))
    stack.store(broken)
    key = task_key(broken.id)
    stack.put({**(stack.get(key) or {}), "UpdatedAt": "yesterday\x1b[2J"})
    change_statistics(stack, UserId("carol"), PENDING=5)
    change_statistics(stack, ANNA, COMPLETED=7)

    assert stack.run("rebuild-projections") == 1

    assert stack.projections.statistics(ANNA).count(TaskStatus.COMPLETED) == 2
    assert stack.projections.statistics(UserId("carol")).count(TaskStatus.PENDING) == 5, "left, because not known"
    assert f"Unreadable: TASK#{broken.id}: ValueError" in capsys.readouterr().out


def test_nothing_of_an_erased_person_is_recorded_again(stack: Operators) -> None:
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(ANNA, now(), "an operator")
    task = a_created_task()
    stack.store(task, recorded=False)

    stack.run("rebuild-projections")

    assert versions(stack, task) == []


def test_counts_of_a_status_of_newer_code_are_left_as_the_tasks_say(stack: Operators, recount: DynamoDBRecount) -> None:
    stack.dynamodb.update_item(
        TableName=TABLE_NAME,
        Key=serialize(statistics_key(ANNA)),
        UpdateExpression="SET COMPLETED = :wrong",
        ExpressionAttributeValues={":wrong": {"N": "1"}},
    )

    assert [stack.run("rebuild-projections"), stack.run("rebuild-projections", "--report-only")] == [0, 0]
