"""The layout of every item in the table, and nothing else knows it (docs/decisions/0002-single-table.md).

Items are plain Python values in PascalCase attributes; `serialize` and `deserialize` turn them into the
AttributeValue form of the DynamoDB API and back. Numbers come back as Decimal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from adapters.timestamps import from_text, to_text
from domain.changes import TaskChange
from domain.details import TaskDetails, details_of
from domain.events import (
    DomainEvent,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskReopened,
    TaskStatusChanged,
    TaskUpdated,
    event_id,
)
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.ports import TaskQuery
from domain.snapshot import TaskSnapshot
from domain.statistics import TaskStatistics
from domain.status import TaskStatus
from domain.task import Task

Item = dict[str, Any]  # texts, whole numbers, truth values, and lists of them

TOMBSTONE_LIFETIME = timedelta(days=30)
WRITES_KEPT = 8  # ids: a writer recognises its write under up to seven later ones
COMPLETIONS_KEPT = timedelta(days=9)  # longer than the seven days that are asked for
HISTORY_PREFIX = "CHANGE#"
STATISTICS_KEY = "STATS"
COMPLETIONS_PREFIX = "Completed#"


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
    task is a tombstone: without what a person wrote, in no index, and gone after 30 days (`ExpiresAt`, epoch seconds),
    unless a client token made the task: the token stays taken for ever.
    """
    item = task_key(task.id) | {
        "TaskId": str(task.id),
        "UserId": str(task.user_id),
        "Status": str(task.status),
        "CreatedAt": to_text(task.state.created_at),
        "UpdatedAt": to_text(task.state.updated_at),
        "Version": task.version,
        "Outbox": [event.event_type for event in task.events],
        "OutboxId": write_id,
    }
    optional = {
        "CompletedAt": to_text(task.state.completed_at) if task.state.completed_at else None,
        "Fingerprint": task.fingerprint,
        "CorrelationId": correlation_id,
        "EarlierWrites": list(task.writes[1 - WRITES_KEPT :]) or None,
        "PreviousStatus": _previous_status(task.events),
        "WasCompletedAt": _was_completed_at(task.events),
    }
    item |= {name: value for name, value in optional.items() if value is not None}
    if task.deleted:
        expires = {"ExpiresAt": int((task.state.updated_at + TOMBSTONE_LIFETIME).timestamp())}
        return item | {"Deleted": True} | ({} if task.fingerprint else expires)
    sort_key = list_sort_key(task.state.created_at, task.id)
    return item | {
        **_details_of(task.state),
        "GSI1PK": f"USER#{task.user_id}",
        "GSI1SK": sort_key,
        "GSI2PK": f"USER#{task.user_id}#{task.status}",
        "GSI2SK": sort_key,
    }


def task_of(item: Item) -> Task:
    """The task that an item holds; a tombstone's is `deleted`, and its details are empty."""
    deleted = item.get("Deleted", False)
    snapshot = snapshot_of(item | _details_of(_NO_DETAILS) if deleted else item)
    return Task(snapshot, deleted=deleted, fingerprint=item.get("Fingerprint"), writes=writes_of(item))


def snapshot_of(item: Item) -> TaskSnapshot:
    """The task as an item shows it: the item of a task, or the attributes of it that are in `SNAPSHOT`."""
    return TaskSnapshot(
        **details_of(_details_in(item)),
        id=TaskId(item["TaskId"]),
        user_id=UserId(item["UserId"]),
        status=TaskStatus(item["Status"]),
        created_at=from_text(item["CreatedAt"]),
        updated_at=from_text(item["UpdatedAt"]),
        completed_at=_moment(item, "CompletedAt"),
        version=int(item["Version"]),
    )


_NO_DETAILS = TaskDetails(title="")  # of a tombstone


def _details_of(task: TaskDetails) -> Item:
    return {"Title": task.title, "Description": task.description}


def _details_in(item: Item) -> TaskDetails:
    return TaskDetails(title=item["Title"], description=item["Description"])


SNAPSHOT: Sequence[str] = (
    *("TaskId", "UserId", "Status", "CreatedAt", "UpdatedAt", "CompletedAt", "Version"),
    *_details_of(_NO_DETAILS),
)
"""The attributes that `snapshot_of` reads: half of an item's, whose other half is its keys and its outbox."""


def writes_of(item: Item) -> tuple[str, ...]:
    """The ids of a task's latest writes, newest last: of the stored version and of those right before it."""
    return (*item.get("EarlierWrites", ()), item["OutboxId"])


def write_of(item: Item, version: int) -> str | None:
    """The id of the write that made a version of the task; None when that is longer ago than the item remembers."""
    writes = writes_of(item)
    age = int(item["Version"]) - version  # versions have no gap
    return writes[-1 - age] if 0 <= age < len(writes) else None


def change_of(item: Item, before: Item | None = None) -> TaskChange:
    """The change whose events stand in the outbox of a task's item.

    A deletion tells what the task was: its details come from the item `before` the write, which the stream shows;
    they are empty without it. Raises KeyError for an event of an unknown type.
    """
    snapshot = task_of(item).state
    if item.get("Deleted") and before:
        snapshot = replace(snapshot, **details_of(_details_in(before)))
    return TaskChange(snapshot, tuple(_event(event_type, snapshot, item) for event_type in item["Outbox"]))


def _event(event_type: str, task: TaskSnapshot, item: Item) -> DomainEvent:
    if event_type == TaskStatusChanged.event_type:
        return TaskStatusChanged(
            timestamp=task.updated_at, task=task, previous_status=TaskStatus(item["PreviousStatus"])
        )
    if event_type == TaskReopened.event_type:
        return TaskReopened(timestamp=task.updated_at, task=task, was_completed_at=_moment(item, "WasCompletedAt"))
    return _PLAIN_EVENTS[event_type](timestamp=task.updated_at, task=task)


_PLAIN_EVENTS: Mapping[str, type[TaskCreated | TaskUpdated | TaskCompleted | TaskDeleted]] = {
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


def history_item(change: TaskChange) -> Item:
    """The item of a change in its task's history. Its key holds the version: it is the mark that the change counted."""
    item: Item = {
        "PK": history_partition_key(change.task_id),
        "SK": f"{HISTORY_PREFIX}{change.version:010}",  # of fixed width, so that versions sort as text
        "TaskId": str(change.task_id),
        "UserId": str(change.user_id),
        "Version": change.version,
        "Status": str(change.task.status),
        "Timestamp": to_text(change.timestamp),
        "Events": [event.event_type for event in change.events],
    }
    optional = {
        "PreviousStatus": _previous_status(change.events),
        "WasCompletedAt": _was_completed_at(change.events),
    }
    return item | {name: value for name, value in optional.items() if value is not None}


def history_entries_of(item: Item) -> Sequence[HistoryEntry]:
    """The history entries of the change that an item holds, one for each event."""
    task_id, version = TaskId(item["TaskId"]), int(item["Version"])
    previous, reopened = TaskStatusChanged.event_type, TaskReopened.event_type
    return [
        HistoryEntry(
            event_id=event_id(task_id, version, event_type),
            event_type=event_type,
            timestamp=from_text(item["Timestamp"]),
            task_id=task_id,
            user_id=UserId(item["UserId"]),
            version=version,
            status=TaskStatus(item["Status"]),
            previous_status=TaskStatus(item["PreviousStatus"]) if event_type == previous else None,
            was_completed_at=_moment(item, "WasCompletedAt") if event_type == reopened else None,
        )
        for event_type in item["Events"]
    ]


def statistics_key(user_id: UserId) -> Item:
    """The key of a user's statistics.

    The item has a number attribute for each status, named as the status, and one for the completions of each of the
    latest days (UTC), named by `completions_attribute`.
    """
    return {"PK": f"USER#{user_id}", "SK": STATISTICS_KEY}


def completions_attribute(day: date) -> str:
    """`Completed#<date>`."""
    return f"{COMPLETIONS_PREFIX}{day.isoformat()}"


def statistics_of(item: Item) -> TaskStatistics:
    """The statistics that an item holds; {} is that of a user without tasks."""
    return TaskStatistics(
        {status: int(item.get(status, 0)) for status in TaskStatus},
        {
            date.fromisoformat(name.removeprefix(COMPLETIONS_PREFIX)): int(count)
            for name, count in item.items()
            if name.startswith(COMPLETIONS_PREFIX)
        },
    )


def _previous_status(events: Iterable[DomainEvent]) -> str | None:
    return next((str(event.previous_status) for event in events if isinstance(event, TaskStatusChanged)), None)


def _was_completed_at(events: Iterable[DomainEvent]) -> str | None:
    reopened = next((event for event in events if isinstance(event, TaskReopened)), None)
    return to_text(reopened.was_completed_at) if reopened and reopened.was_completed_at else None


def _moment(item: Item, name: str) -> datetime | None:
    return from_text(item[name]) if name in item else None
