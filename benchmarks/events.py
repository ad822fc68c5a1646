"""Builds the events that Lambda sends the relay and the processor."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from adapters.items import serialize
from adapters.outbox_messages import message_of
from adapters.task_items import task_item
from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.task import Task

Image = Mapping[str, Any]
"""A new image in the table's stream."""


def new_task() -> Image:
    """A task that was just created: one event in its outbox."""
    task = Task.create(
        task_id=TaskId.of(uuid4()),
        user_id=UserId(f"batch-{uuid4()}"),
        details=TaskDetails(title="Write the report", description="All of it"),
        at=datetime.now(UTC),
    )
    return serialize(task_item(task, write_id=str(uuid4()), correlation_id=None))


def stream_event(images: Sequence[Image]) -> Mapping[str, object]:
    """Returns a stream event (Lambda Developer Guide, "Using Lambda with DynamoDB")."""
    return {
        "Records": [
            {"dynamodb": {"SequenceNumber": str(number), "NewImage": image}} for number, image in enumerate(images)
        ]
    }


def queue_event(bodies: Sequence[str]) -> Mapping[str, object]:
    """Returns a queue event (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    return {
        "Records": [
            {"messageId": str(uuid4()), "body": body, "eventSource": "aws:sqs", "attributes": {}} for body in bodies
        ]
    }


def body_of(image: Image) -> str:
    """The message that the image's outbox becomes."""
    return message_of({"NewImage": image}).body
