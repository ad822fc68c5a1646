"""Statistics are recounted from history, and drift is reported and repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import completions_attribute, serialize, statistics_key
from domain.status import TaskStatus
from domain.task import Task
from operations import rebuild_projections
from operations.command_line import main
from operations.deployed import Deployed
from operations.recount import Drift, DynamoDBRecount, RepairRefused
from tests.builders import ANNA, BORIS, a_created_task, changes_of, later
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TODAY = later().date()


def a_recorded_life(projections: DynamoDBProjections, task: Task) -> None:
    task.complete(later())
    for change in changes_of(task):
        projections.record(change)


@pytest.fixture
def projections(dynamodb: DynamoDBClient) -> DynamoDBProjections:
    return DynamoDBProjections(dynamodb, TABLE_NAME)


@pytest.fixture
def recount(dynamodb: DynamoDBClient, projections: DynamoDBProjections) -> DynamoDBRecount:
    for user in (ANNA, ANNA, BORIS):
        a_recorded_life(projections, a_created_task(user_id=user))
    deleted = a_created_task(user_id=BORIS)
    deleted.delete(later())
    for change in changes_of(deleted):
        projections.record(change)
    return DynamoDBRecount(dynamodb, TABLE_NAME)


def spoil(dynamodb: DynamoDBClient) -> None:
    dynamodb.update_item(
        TableName=TABLE_NAME,
        Key=serialize(statistics_key(ANNA)),
        UpdateExpression="SET COMPLETED = :wrong",
        ExpressionAttributeValues={":wrong": {"N": "7"}},
    )
    dynamodb.update_item(
        TableName=TABLE_NAME,
        Key=serialize(statistics_key(BORIS)),
        UpdateExpression="REMOVE #today",
        ExpressionAttributeNames={"#today": completions_attribute(TODAY)},
    )


def test_statistics_that_followed_every_event_have_no_drift(recount: DynamoDBRecount) -> None:
    assert recount.drifts(TODAY) == []


def test_drift_is_told_by_user_and_item_and_repaired(
    recount: DynamoDBRecount, projections: DynamoDBProjections, dynamodb: DynamoDBClient
) -> None:
    right = projections.statistics(ANNA), projections.statistics(BORIS)
    spoil(dynamodb)

    drifts = recount.drifts(TODAY)
    for drift in drifts:
        recount.repair(drift)

    assert drifts == [
        Drift(ANNA, stored={"COMPLETED": 7}, counted={"COMPLETED": 2}),
        Drift(BORIS, stored={completions_attribute(TODAY): 0}, counted={completions_attribute(TODAY): 1}),
    ]
    assert recount.drifts(TODAY) == []
    assert (projections.statistics(ANNA), projections.statistics(BORIS)) == right


def test_an_item_that_changed_since_it_was_compared_is_not_repaired(
    recount: DynamoDBRecount, projections: DynamoDBProjections, dynamodb: DynamoDBClient
) -> None:
    spoil(dynamodb)
    drift = recount.drifts(TODAY)[0]
    a_recorded_life(projections, a_created_task(user_id=ANNA))

    with pytest.raises(RepairRefused):
        recount.repair(drift)

    assert projections.statistics(ANNA).count(TaskStatus.COMPLETED) == 8


def test_the_command_reports_and_repairs(
    recount: DynamoDBRecount,
    dynamodb: DynamoDBClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(rebuild_projections, "now", later)
    monkeypatch.setattr(Deployed, "of", lambda _: Deployed(TABLE_NAME, "topic", "pool", "unrelayed", []))
    command = ["rebuild-projections", "--stack", "s"]
    spoil(dynamodb)

    codes = [main([*command, "--report-only"]), main(command), main([*command, "--report-only"])]

    assert codes == [1, 0, 0]
    printed = capsys.readouterr().out
    assert "anna: stored" in printed
    assert "Drift: 2\nRepaired: 2\nDrift: 0\n" in printed
