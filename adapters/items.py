"""The layout of every item in the table, and nothing else knows it (docs/decisions/0002-single-table.md).

Items are plain Python values in PascalCase attributes; `serialize` and `deserialize` turn them into the
AttributeValue form of the DynamoDB API and back. Numbers come back as Decimal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from adapters.timestamps import from_text, to_text
from domain.events import (
    DomainEvent,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskReopened,
    TaskStatusChanged,
    TaskUpdated,
)
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.ports import TaskQuery
from domain.status import TaskStatus
from domain.task import Task

Item = dict[str, Any]  # texts, whole numbers, truth values, and lists of them

TOMBSTONE_LIFETIME = timedelta(days=30)
WRITES_KEPT = 8  # ids: a writer recognises its write under up to seven later ones
COMPLETIONS_LIFETIME = timedelta(days=9)  # longer than the seven days that are asked for, in any time zone
HISTORY_PREFIX = "EVENT#"
STATISTICS_KEY = "STATS"
COMPLETIONS_PREFIX = "STATS#"


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def serialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as the DynamoDB API wants it: {"Title": {"S": "…"}, …}. Raises TypeError for what no item holds."""
    return {name: _serializer.serialize(value) for name, value in item.items()}


def deserialize(image: Mapping[str, Any]) -> Item:
    """The item that an API answer or a stream record holds. Raises TypeError for what is no attribute value."""
    return {name: _deserializer.deserialize(value) for name, value in image.items()}


def task_key(task_id: TaskId) -> Item:
    """The primary key of a task: `TASK#<id>` twice."""
    return {"PK": f"TASK#{task_id}", "SK": f"TASK#{task_id}"}


def task_item(task: Task, *, write_id: str, correlation_id: str | None) -> Item:
    """The item of a task with the outbox of this write.

    `Outbox` names the events that the write raised: all else that they say stands in the item itself, as of this
    write. `OutboxId` is the write's own id, for which the relay's filter looks; `EarlierWrites` are the ids of the
    writes right before it, newest last. By its id a writer recognises its own write, under later ones too. A deleted
    task is a tombstone: in no index, and gone after 30 days (`ExpiresAt`, epoch seconds), unless a client token made
    the task: the token stays taken for ever.
    """
    item = task_key(task.id) | {
        "TaskId": str(task.id),
        "UserId": str(task.user_id),
        "Title": task.title,
        "Description": task.description,
        "Status": str(task.status),
        "CreatedAt": to_text(task.created_at),
        "UpdatedAt": to_text(task.updated_at),
        "Version": task.version,
        "Outbox": [event.event_type for event in task.events],
        "OutboxId": write_id,
    }
    optional = {
        "CompletedAt": to_text(task.completed_at) if task.completed_at else None,
        "Fingerprint": task.fingerprint,
        "CorrelationId": correlation_id,
        "EarlierWrites": list(task.writes[1 - WRITES_KEPT :]) or None,
        "PreviousStatus": _previous_status(task),
        "WasCompletedAt": _was_completed_at(task),
    }
    item |= {name: value for name, value in optional.items() if value is not None}
    if task.deleted:
        expires = {"ExpiresAt": int((task.updated_at + TOMBSTONE_LIFETIME).timestamp())}
        return item | {"Deleted": True} | ({} if task.fingerprint else expires)
    sort_key = list_sort_key(task.created_at, task.id)
    return item | {
        "GSI1PK": f"USER#{task.user_id}",
        "GSI1SK": sort_key,
        "GSI2PK": f"USER#{task.user_id}#{task.status}",
        "GSI2SK": sort_key,
    }


def task_of(item: Item) -> Task:
    """The task that an item holds; a tombstone's is `deleted`."""
    return Task(
        id=TaskId(item["TaskId"]),
        user_id=UserId(item["UserId"]),
        title=item["Title"],
        description=item["Description"],
        status=TaskStatus(item["Status"]),
        created_at=from_text(item["CreatedAt"]),
        updated_at=from_text(item["UpdatedAt"]),
        completed_at=_moment(item, "CompletedAt"),
        version=int(item["Version"]),
        deleted=item.get("Deleted", False),
        fingerprint=item.get("Fingerprint"),
        writes=writes_of(item),
    )


def writes_of(item: Item) -> tuple[str, ...]:
    """The ids of a task's latest writes, newest last: of the stored version and of those right before it."""
    return (*item.get("EarlierWrites", ()), item["OutboxId"])


def write_of(item: Item, version: int) -> str | None:
    """The id of the write that made a version of the task; None when that is longer ago than the item remembers."""
    writes = writes_of(item)
    age = int(item["Version"]) - version  # versions have no gap
    return writes[-1 - age] if 0 <= age < len(writes) else None


def events_of(item: Item) -> Iterator[DomainEvent]:
    """The events in the outbox of a task's item, in the order they were raised. Raises KeyError for an unknown type."""
    task = task_of(item)
    snapshot = task.snapshot()
    for event_type in item["Outbox"]:
        if event_type == TaskStatusChanged.event_type:
            yield TaskStatusChanged(
                timestamp=task.updated_at, task=snapshot, previous_status=TaskStatus(item["PreviousStatus"])
            )
        elif event_type == TaskReopened.event_type:
            yield TaskReopened(
                timestamp=task.updated_at, task=snapshot, was_completed_at=_moment(item, "WasCompletedAt")
            )
        else:
            yield PLAIN_EVENTS[event_type](timestamp=task.updated_at, task=snapshot)


PLAIN_EVENTS: Mapping[str, type[TaskCreated | TaskUpdated | TaskCompleted | TaskDeleted]] = {
    event.event_type: event for event in (TaskCreated, TaskUpdated, TaskCompleted, TaskDeleted)
}


@dataclass(frozen=True, slots=True)
class ListPartition:
    """A partition of an index that holds tasks in the order of `list_sort_key`."""

    index: str
    key: str


def list_partitions(query: TaskQuery) -> Sequence[ListPartition]:
    """Where the tasks of a list stand: one partition of GSI1 for every status, else one of GSI2 for each status.

    No user id holds a `#`.
    """
    user = f"USER#{query.user_id}"
    if query.statuses == frozenset(TaskStatus):
        return [ListPartition("GSI1", user)]
    return [ListPartition("GSI2", f"{user}#{status}") for status in sorted(query.statuses)]


def list_sort_key(created_at: datetime, task_id: TaskId) -> str:
    """`TASK#<created at>#<id>`: sorts by time."""
    return f"TASK#{to_text(created_at)}#{task_id}"


def history_partition_key(task_id: TaskId) -> str:
    """A task's history shares the task's partition."""
    return f"TASK#{task_id}"


def history_item(entry: HistoryEntry) -> Item:
    """The item of a history entry. Its key holds the event id: it is the mark that the event was counted."""
    item: Item = {
        "PK": history_partition_key(entry.task_id),
        "SK": f"{HISTORY_PREFIX}{to_text(entry.timestamp)}#{entry.event_id}",
        "EventId": entry.event_id,
        "EventType": entry.event_type,
        "Timestamp": to_text(entry.timestamp),
        "TaskId": str(entry.task_id),
        "UserId": str(entry.user_id),
        "Version": entry.version,
        "Status": str(entry.status),
    }
    if entry.previous_status:
        item["PreviousStatus"] = str(entry.previous_status)
    if entry.was_completed_at:
        item["WasCompletedAt"] = to_text(entry.was_completed_at)
    return item


def history_entry_of(item: Item) -> HistoryEntry:
    """The history entry that an item holds."""
    return HistoryEntry(
        event_id=item["EventId"],
        event_type=item["EventType"],
        timestamp=from_text(item["Timestamp"]),
        task_id=TaskId(item["TaskId"]),
        user_id=UserId(item["UserId"]),
        version=int(item["Version"]),
        status=TaskStatus(item["Status"]),
        previous_status=TaskStatus(item["PreviousStatus"]) if "PreviousStatus" in item else None,
        was_completed_at=_moment(item, "WasCompletedAt"),
    )


def statistics_partition_key(user_id: UserId) -> str:
    """`USER#<user>`: counts under `STATS`, completions of a day under `STATS#<date>`."""
    return f"USER#{user_id}"


def statistics_key(user_id: UserId) -> Item:
    """The key of a user's counts: one number attribute per status, named as the status."""
    return {"PK": statistics_partition_key(user_id), "SK": STATISTICS_KEY}


def completions_key(user_id: UserId, day: date) -> Item:
    """The key of a user's completions of one day (UTC): number attribute `Completions`, and `ExpiresAt`."""
    return {"PK": statistics_partition_key(user_id), "SK": f"{COMPLETIONS_PREFIX}{day.isoformat()}"}


def _previous_status(task: Task) -> str | None:
    return next((str(e.previous_status) for e in task.events if isinstance(e, TaskStatusChanged)), None)


def _was_completed_at(task: Task) -> str | None:
    reopened = next((event for event in task.events if isinstance(event, TaskReopened)), None)
    return to_text(reopened.was_completed_at) if reopened and reopened.was_completed_at else None


def _moment(item: Item, name: str) -> datetime | None:
    return from_text(item[name]) if name in item else None
