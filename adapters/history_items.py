"""The layout of the items of a task's history, which are also the feed of its user's changes."""

from collections.abc import Sequence
from datetime import datetime

from adapters.event_attributes import events_in, fact_attributes, origin_attributes
from adapters.items import Item
from adapters.task_items import task_of
from adapters.timestamps import from_text, to_text
from domain.changes import TaskChange
from domain.events import DomainEvent, TaskCreated
from domain.feed import FeedEntry, FeedPosition
from domain.identifiers import TaskId
from domain.status import TaskStatus

HISTORY_PREFIX = "CHANGE#"


def history_partition_key(task_id: TaskId) -> str:
    """Returns the partition key of a task's history, which is also the task's partition key."""
    return f"TASK#{task_id}"


def history_key(task_id: TaskId, version: int) -> Item:
    """Returns the key of the change that made a version of a task."""
    return {"PK": history_partition_key(task_id), "SK": f"{HISTORY_PREFIX}{version:010}"}  # texts sort by version


def creation_item(task: Item, recorded_at: datetime) -> Item:
    """Returns the history item of a task's creation, which any later version of the task's item tells."""
    known = {name: task[name] for name in ("TaskId", "UserId")}
    return known | {
        **history_key(TaskId(task["TaskId"]), 1),
        "Version": 1,
        "Status": str(TaskStatus.PENDING),
        "Timestamp": to_text(task_of(task).state.created_at),
        "RecordedAt": to_text(recorded_at),
        "Events": [TaskCreated.__name__],
    }


def history_item(change: TaskChange, recorded_at: datetime) -> Item:
    """Returns the item of a change in its task's history.

    Its key contains the version and marks the change as counted. `RecordedAt` orders the feed of the user's changes.
    """
    item: Item = history_key(change.task_id, change.version) | {
        "TaskId": str(change.task_id),
        "UserId": str(change.user_id),
        "Version": change.version,
        "Status": str(change.task.status),
        "Timestamp": to_text(change.timestamp),
        "RecordedAt": to_text(recorded_at),
        "Events": [event.event_type for event in change.events],
    }
    origin = {name: value for name, value in origin_attributes(change.events).items() if value is not None}
    return item | origin | fact_attributes(change.events)


def history_events_of(item: Item) -> Sequence[DomainEvent]:
    """Returns the events of the change that a history item holds."""
    return events_in(item, item["Events"], from_text(item["Timestamp"]))


def feed_entry_of(item: Item) -> FeedEntry:
    """Returns the entry that a history item is in the feed of its user's changes."""
    position = FeedPosition(from_text(item["RecordedAt"]), TaskId(item["TaskId"]))
    return FeedEntry(position, int(item["Version"]), history_events_of(item))


def feed_entry_without_events(item: Item) -> FeedEntry:
    """Returns the entry of a damaged history item by its keys, which name the task and the version."""
    position = FeedPosition(from_text(item["RecordedAt"]), TaskId(item["TaskId"]))
    return FeedEntry(position, int(str(item["SK"]).removeprefix(HISTORY_PREFIX)), ())


def feed_position(position: FeedPosition) -> tuple[str, str]:
    """Returns the values of `RecordedAt` and `TaskId`, by which feeds are sorted."""
    return to_text(position.recorded_at), str(position.task_id)
