"""The layout of a task's item, of its tombstone and of the outbox in both (docs/decisions/0002-single-table.md)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256

from pydantic.alias_generators import to_pascal

from adapters.detail_attributes import NO_DETAILS, detail_attributes, details_in
from adapters.event_attributes import events_in, fact_attributes, origin_attributes
from adapters.items import Item, moment_of
from adapters.timestamps import from_text, to_text
from domain.changes import TaskChange
from domain.details import details_of
from domain.errors import DomainError
from domain.events import EVENT_TYPES, facts_of
from domain.identifiers import TaskId, UserId
from domain.ports import DueReminder
from domain.snapshot import TaskSnapshot
from domain.status import OPEN_STATUSES, status_of
from domain.task import Task

TOMBSTONE_LIFETIME = timedelta(days=30)
WRITES_KEPT = 8  # ids; a writer recognizes its write after up to seven later writes
REMINDER_SHARDS = 8  # each takes 1,000 writes a second
DAMAGES = (DomainError, KeyError, TypeError, ValueError, ArithmeticError, AttributeError)
"""The errors that reading an item raises when it holds no task."""


def task_key(task_id: TaskId) -> Item:
    """Returns the primary key of a task, whose two parts are both `TASK#<id>`."""
    return {"PK": f"TASK#{task_id}", "SK": f"TASK#{task_id}"}


def task_id_of(item: Item) -> TaskId:
    """Returns the id in the key of a task's item."""
    return TaskId(str(item["PK"]).removeprefix("TASK#"))


def task_item(task: Task, *, write_id: str, correlation_id: str | None) -> Item:
    """Returns the item of a task with the outbox of this write.

    `Outbox` holds the types of the events that the write raised; the other attributes of the item hold the rest of the
    events. `OutboxId` is the id of the write, which the relay's filter requires. `EarlierWrites` holds the ids of the
    previous writes, newest last. By its id, a writer recognizes its own write also after later writes. A deleted task
    is a tombstone: it has no text of a user and is in no index, because `WasCreatedAt` replaces its `CreatedAt`. It
    expires after 30 days (`ExpiresAt`, epoch seconds), unless a client token created the task, because the token stays
    used forever. It has no fingerprint, from which a short title could be guessed. Attributes that newer code wrote and
    this code does not know are kept, except in a tombstone, because they may hold texts.
    """
    item = task_key(task.id) | {
        "TaskId": str(task.id),
        "UserId": str(task.user_id),
        "Status": str(task.status),
        "UpdatedAt": to_text(task.state.updated_at),
        "Version": task.version,
        "Outbox": [event.event_type for event in task.events],
        "OutboxId": write_id,
    }
    optional = {
        "CompletedAt": to_text(task.state.completed_at) if task.state.completed_at else None,
        "Fingerprint": None if task.deleted else task.fingerprint,
        "CorrelationId": correlation_id,
        "EarlierWrites": list(task.writes[1 - WRITES_KEPT :]) or None,
        **origin_attributes(task.events),
        "MutationId": task.changes[-1].mutation_id if task.changes else None,
        **fact_attributes(task.events),
    }
    item |= {name: value for name, value in optional.items() if value is not None}
    created_at = to_text(task.state.created_at)
    if task.deleted:
        expires = {"ExpiresAt": int((task.state.updated_at + TOMBSTONE_LIFETIME).timestamp())}
        return item | {"Deleted": True, "WasCreatedAt": created_at} | ({} if task.fingerprint else expires)
    listed = {
        "OpenDue": open_due(task.state),
        **_reminder(task.state),
        "Rank": _stored_rank(task.state),
        **detail_attributes(task.state),
    }
    details = {name: value for name, value in listed.items() if value is not None}
    return dict(task.unknown) | item | {"CreatedAt": created_at, **details}


def task_of(item: Item) -> Task:
    """Returns the task that an item holds. The task of a tombstone is `deleted` and has empty details."""
    deleted = item.get("Deleted", False)
    if deleted:
        item = {"CreatedAt": item.get("WasCreatedAt")} | item | detail_attributes(NO_DETAILS)
    snapshot = snapshot_of(item)
    return Task(
        snapshot,
        deleted=deleted,
        fingerprint=item.get("Fingerprint"),
        writes=writes_of(item),
        unknown={name: value for name, value in item.items() if name not in _known_attributes()},
    )


def snapshot_of(item: Item) -> TaskSnapshot:
    """Returns the task's state in an item, or in those of its attributes that `SNAPSHOT` names."""
    return TaskSnapshot(
        **details_of(details_in(item)),
        id=TaskId(item["TaskId"]),
        user_id=UserId(item["UserId"]),
        status=status_of(item["Status"]),
        created_at=from_text(item["CreatedAt"]),
        updated_at=from_text(item["UpdatedAt"]),
        completed_at=moment_of(item, "CompletedAt"),
        version=int(item["Version"]),
        rank=item.get("Rank", ""),
    )


def _stored_rank(task: TaskSnapshot) -> str | None:
    """Returns the rank of a task that was moved. The others derive theirs from their creation."""
    return task.rank if task.was_moved else None


def open_due(task: TaskSnapshot) -> str | None:
    """Returns the key by which open tasks are listed by due date, or None for a task that is not in such lists.

    `<day>#<moment, or nothing>#<task id>` sorts by day, whole days first, and then by moment. The id makes the key
    unique, so that one condition reads the tasks after a position.
    """
    if task.due is None or task.status not in OPEN_STATUSES:
        return None
    return f"{task.due.day.isoformat()}#{to_text(task.due.at) if task.due.at else ''}#{task.id}"


def _reminder(task: TaskSnapshot) -> Item:
    """Returns the attributes by which the sweep finds the reminder of an open task, or {} for any other task.

    One write sets, moves or removes them together with the task. The shard is a number that the task's id tells.
    """
    if task.remind_at is None or task.status not in OPEN_STATUSES:
        return {}
    shard = sha256(str(task.id).encode()).digest()[0] % REMINDER_SHARDS
    return {"ReminderShard": str(shard), "ReminderDue": to_text(task.remind_at)}


def due_reminder_of(item: Item) -> DueReminder:
    """Returns the reminder of an item of the index BY_REMINDER. It could not be sent before the item was written."""
    since = max(from_text(item["ReminderDue"]), from_text(item["UpdatedAt"]))
    return DueReminder(TaskId(item["TaskId"]), since)


SNAPSHOT: Sequence[str] = (
    *("TaskId", "UserId", "Status", "CreatedAt", "UpdatedAt", "CompletedAt", "Version", "Rank"),
    *detail_attributes(NO_DETAILS),
)
"""The attributes that `snapshot_of` reads, which are half of an item. Keys and outbox are the other half."""


@cache
def _known_attributes() -> frozenset[str]:
    """Returns the names of all attributes that `task_item` writes in any state of a task."""
    facts = (to_pascal(name) for kind in EVENT_TYPES.values() for name in facts_of(kind))
    of_writes = ("Outbox", "OutboxId", "EarlierWrites", "Fingerprint", "CorrelationId", "By", "Changed", "MutationId")
    of_tombstones = ("Deleted", "WasCreatedAt", "ExpiresAt")
    return frozenset(
        ("PK", "SK", "OpenDue", "ReminderShard", "ReminderDue", *SNAPSHOT, *facts, *of_writes, *of_tombstones)
    )


def writes_of(item: Item) -> tuple[str, ...]:
    """Returns the ids of a task's latest writes, newest last: that of the stored version and those before it."""
    return (*item.get("EarlierWrites", ()), item["OutboxId"])


def write_of(item: Item, version: int) -> str | None:
    """Returns the id of the write that made a version of the task, or None if the item no longer holds it."""
    writes = writes_of(item)
    age = int(item["Version"]) - version  # versions have no gaps
    return writes[-1 - age] if 0 <= age < len(writes) else None


def change_of(item: Item, before: Item | None = None) -> TaskChange:
    """Returns the change whose events are in the outbox of a task's item.

    The change of a deletion describes the deleted task. Its details come from the item `before` the write, which the
    stream contains; without it they are empty.
    """
    snapshot = task_of(item).state
    if item.get("Deleted") and before:
        snapshot = replace(snapshot, **details_of(details_in(before)), rank=before.get("Rank", ""))
    return TaskChange(snapshot, events_in(item, item["Outbox"], snapshot.updated_at), item.get("MutationId"))
