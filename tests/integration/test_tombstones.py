"""The tombstone of a deleted task holds no text of a user, and the deletion's event still describes the task."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import serialize
from adapters.messages import ChangeMessage
from adapters.outbox_messages import message_of
from adapters.task_items import task_item
from domain.details import TaskDetails
from domain.events import TaskDeleted
from domain.ports import AlreadyExists
from domain.task import Task
from tests.builders import ANNA, a_task, an_id, later
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITTEN = ("Secret plan", "Nobody's business")


def a_task_with_text(*, with_token: bool) -> Task:
    title, description = WRITTEN
    return Task.create(
        task_id=an_id(),
        user_id=ANNA,
        details=TaskDetails(title=title, description=description),
        at=later(),
        idempotent=with_token,
    )


@pytest.mark.parametrize("with_token", [False, True])
def test_a_tombstone_holds_nothing_that_a_person_wrote(dynamodb: DynamoDBClient, with_token: bool) -> None:
    tasks = DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: "Root=1-abc")
    task = a_task_with_text(with_token=with_token)
    tasks.add(task)
    task.delete(later(2))

    tasks.save(task)

    (item,) = dynamodb.scan(TableName=TABLE_NAME)["Items"]
    assert not [text for text in WRITTEN if text in json.dumps(item)]
    assert set(item) == {
        *("PK", "SK", "TaskId", "UserId", "Status", "WasCreatedAt", "UpdatedAt", "Version", "Deleted"),
        *("Outbox", "OutboxId", "EarlierWrites", "CorrelationId"),
        *(() if with_token else ("ExpiresAt",)),
    }


def test_the_tombstone_of_a_client_token_still_refuses_the_token(dynamodb: DynamoDBClient) -> None:
    tasks = DynamoDBTasks(dynamodb, TABLE_NAME, correlation_id=lambda: None)
    task = a_task_with_text(with_token=True)
    tasks.add(task)
    task.delete(later(2))
    tasks.save(task)

    with pytest.raises(AlreadyExists) as refusal:
        tasks.add(Task.create(task_id=task.id, user_id=ANNA, details=TaskDetails(title="Again"), at=later()))

    assert (refusal.value.task.deleted, refusal.value.task.fingerprint) == (True, None)


def images_of_a_deletion() -> tuple[dict[str, Any], Task]:
    """Returns the stream record of a deletion, and the deleted task."""
    task = a_task(title=WRITTEN[0], description=WRITTEN[1], version=3)
    before = task_item(task, write_id="before", correlation_id=None)
    task.delete(later(2))
    after = task_item(task, write_id="after", correlation_id=None)
    return {"OldImage": serialize(before), "NewImage": serialize(after)}, task


def test_a_deletion_tells_what_the_task_was() -> None:
    images, task = images_of_a_deletion()

    change = ChangeMessage.read(message_of(images).body).change

    assert change.events == (TaskDeleted.of(task.state),)
    assert (change.task.title, change.task.description) == WRITTEN


def test_a_deletion_that_is_told_from_its_tombstone_alone_has_no_text() -> None:
    images, task = images_of_a_deletion()

    change = ChangeMessage.read(message_of({"NewImage": images["NewImage"]}).body).change

    assert change.task == replace(task.state, title="", description="")


def test_any_other_change_tells_what_its_own_write_stored() -> None:
    task = a_task(title="Old", version=3)
    before = task_item(task, write_id="before", correlation_id=None)
    task.edit(later(2), title="New")
    images = {"OldImage": before, "NewImage": task_item(task, write_id="after", correlation_id=None)}

    message = message_of({name: serialize(image) for name, image in images.items()})

    assert ChangeMessage.read(message.body).change.task == task.state
