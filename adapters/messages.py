"""Domain events as messages: the JSON that travels through the topic and the queue.

{"eventId", "eventType", "timestamp", "aggregateId", "version", "correlationId",
 "data": {"task": {<snapshot, camelCase>}, "previousStatus"?, "wasCompletedAt"?}}
"""

import json
from collections.abc import Mapping
from typing import Any

from adapters.items import PLAIN_EVENTS
from adapters.timestamps import from_text, to_text
from domain.events import DomainEvent, TaskReopened, TaskSnapshot, TaskStatusChanged
from domain.identifiers import TaskId, UserId
from domain.status import TaskStatus

EVENT_TYPES = frozenset({*PLAIN_EVENTS, TaskStatusChanged.event_type, TaskReopened.event_type})

# The schema's TaskEventType for each event.
EVENT_NAMES: Mapping[str, str] = {
    "TaskCreated": "CREATED",
    "TaskUpdated": "UPDATED",
    "TaskStatusChanged": "STATUS_CHANGED",
    "TaskCompleted": "COMPLETED",
    "TaskReopened": "REOPENED",
    "TaskDeleted": "DELETED",
}


def to_message(event: DomainEvent, correlation_id: str | None) -> str:
    """The message of an event, well below 5 kB."""
    data: dict[str, object] = {"task": snapshot_json(event.task)}
    if isinstance(event, TaskStatusChanged):
        data["previousStatus"] = event.previous_status
    if isinstance(event, TaskReopened):
        data["wasCompletedAt"] = to_text(event.was_completed_at) if event.was_completed_at else None
    message = {
        "eventId": event.event_id,
        "eventType": event.event_type,
        "timestamp": to_text(event.timestamp),
        "aggregateId": str(event.aggregate_id),
        "version": event.version,
        "correlationId": correlation_id,
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def event_of(message: Mapping[str, Any]) -> DomainEvent:
    """The event of a message. Raises KeyError, TypeError, ValueError or ValidationError for one that is malformed."""
    task = _snapshot_of(message["data"]["task"])
    timestamp = from_text(message["timestamp"])
    if message["eventType"] == TaskStatusChanged.event_type:
        previous = TaskStatus(message["data"]["previousStatus"])
        return TaskStatusChanged(timestamp=timestamp, task=task, previous_status=previous)
    if message["eventType"] == TaskReopened.event_type:
        was_completed_at = message["data"]["wasCompletedAt"]
        return TaskReopened(
            timestamp=timestamp,
            task=task,
            was_completed_at=from_text(was_completed_at) if was_completed_at else None,
        )
    return PLAIN_EVENTS[message["eventType"]](timestamp=timestamp, task=task)


def snapshot_json(task: TaskSnapshot) -> dict[str, str | int | None]:
    """A task as JSON: the schema's `Task` without its history, and `TaskSnapshotInput` to the letter."""
    return {
        "id": str(task.id),
        "userId": str(task.user_id),
        "title": task.title,
        "description": task.description,
        "status": str(task.status),
        "createdAt": to_text(task.created_at),
        "updatedAt": to_text(task.updated_at),
        "completedAt": to_text(task.completed_at) if task.completed_at else None,
        "version": task.version,
    }


def _snapshot_of(task: Mapping[str, Any]) -> TaskSnapshot:
    return TaskSnapshot(
        id=TaskId(task["id"]),
        user_id=UserId(task["userId"]),
        title=task["title"],
        description=task["description"],
        status=TaskStatus(task["status"]),
        created_at=from_text(task["createdAt"]),
        updated_at=from_text(task["updatedAt"]),
        completed_at=from_text(task["completedAt"]) if task["completedAt"] else None,
        version=int(task["version"]),
    )
