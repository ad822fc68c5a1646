"""The layout of every item in the table. No other module knows it (docs/decisions/0002-single-table.md).

Items are plain Python values with attribute names in PascalCase. `serialize` and `deserialize` convert them to and from
the AttributeValue form of the DynamoDB API. Numbers are returned as Decimal.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, get_type_hints

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic.alias_generators import to_pascal, to_snake

from adapters.indexes import BY_DUE, BY_STATUS, BY_USER, Index
from adapters.task_json import facts_json
from adapters.timestamps import from_text, to_text
from domain.budget import Limit
from domain.changes import TaskChange
from domain.details import TaskDetails, details_of
from domain.errors import DomainError
from domain.events import EVENT_TYPES, DomainEvent, TaskCreated, UnknownEvent, facts_of
from domain.feed import FeedEntry, FeedPosition
from domain.identifiers import TaskId, UserId
from domain.lists import EVERYTHING, TaskOrder, TaskQuery
from domain.planning import TaskDue, TaskPriority, priority_of
from domain.ports import DueReminder
from domain.settings import EmailSettings, UserSettings, ZoneChange
from domain.snapshot import TaskSnapshot
from domain.statistics import TaskStatistics
from domain.status import OPEN_STATUSES, Status, TaskStatus, status_of
from domain.task import Task
from domain.webhooks import RetiredSecret, UserWebhooks, Webhook, WebhookId, WebhookState, group_of

Item = dict[str, Any]  # strings, integers, booleans, and lists of them

TOMBSTONE_LIFETIME = timedelta(days=30)
WRITES_KEPT = 8  # ids; a writer recognizes its write after up to seven later writes
COMPLETIONS_KEPT = timedelta(days=9)  # longer than the seven days that the API returns
HISTORY_PREFIX = "CHANGE#"
STATISTICS_KEY = "STATS"
SETTINGS_KEY = "SETTINGS"
MAIL_PREFIX = "MAIL#"
REMINDER_SHARDS = 8  # each takes 1,000 writes a second
DAMAGES = (DomainError, KeyError, TypeError, ValueError, ArithmeticError, AttributeError)
"""The errors that reading an item raises when it holds no task."""
BUDGET_PREFIX = "BUDGET#"
LISTENERS = "LISTENERS"
WEBHOOKS = "WEBHOOKS"
COMPLETIONS_PREFIX = "Completed#"


_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def serialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the item in the form of the DynamoDB API: {"Title": {"S": "…"}, …}.

    Raises TypeError for a value that an item cannot hold.
    """
    return {name: _serializer.serialize(value) for name, value in item.items()}


def deserialize(image: Mapping[str, Any]) -> Item:
    """Returns the item of an API answer or a stream record. Raises TypeError for a malformed attribute value."""
    return {name: _deserializer.deserialize(value) for name, value in image.items()}


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
        **_origin(task.events),
        "MutationId": task.changes[-1].mutation_id if task.changes else None,
        **_facts(task.events),
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
        **_details_of(task.state),
    }
    details = {name: value for name, value in listed.items() if value is not None}
    return dict(task.unknown) | item | {"CreatedAt": created_at, **details}


def in_present_layout(item: Item) -> Item:
    """Returns an item of the present or an earlier layout in the form in which the present code stores it.

    It keeps attributes that this code does not know. Applied to its own result, it changes nothing.
    """
    present = {name: value for name, value in item.items() if name not in _RETIRED}
    if present.get("Deleted") and "CreatedAt" in present:
        present["WasCreatedAt"] = present.pop("CreatedAt")
    if "Due" in present and (due := open_due(snapshot_of(present))):
        present["OpenDue"] = due
    if str(item["SK"]).startswith(HISTORY_PREFIX) and "RecordedAt" not in item:
        present["RecordedAt"] = item["Timestamp"]  # when it was recorded is not known
    return present


_RETIRED = ("GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK")  # the keys of the indexes until record 19


def task_of(item: Item) -> Task:
    """Returns the task that an item holds. The task of a tombstone is `deleted` and has empty details."""
    deleted = item.get("Deleted", False)
    if deleted:
        item = {"CreatedAt": item.get("WasCreatedAt")} | item | _details_of(_NO_DETAILS)
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
        **details_of(_details_in(item)),
        id=TaskId(item["TaskId"]),
        user_id=UserId(item["UserId"]),
        status=status_of(item["Status"]),
        created_at=from_text(item["CreatedAt"]),
        updated_at=from_text(item["UpdatedAt"]),
        completed_at=_moment(item, "CompletedAt"),
        version=int(item["Version"]),
        rank=item.get("Rank", ""),
    )


def _stored_rank(task: TaskSnapshot) -> str | None:
    """Returns the rank of a task that was moved. The others derive theirs from their creation."""
    return task.rank if task.was_moved else None


@cache
def _known_attributes() -> frozenset[str]:
    """Returns the names of all attributes that `task_item` writes in any state of a task."""
    facts = (to_pascal(name) for kind in EVENT_TYPES.values() for name in facts_of(kind))
    of_writes = ("Outbox", "OutboxId", "EarlierWrites", "Fingerprint", "CorrelationId", "By", "Changed", "MutationId")
    of_tombstones = ("Deleted", "WasCreatedAt", "ExpiresAt")
    return frozenset(
        ("PK", "SK", "OpenDue", "ReminderShard", "ReminderDue", *SNAPSHOT, *facts, *of_writes, *of_tombstones)
    )


_NO_DETAILS = TaskDetails(title="")  # the details of a tombstone


def _details_of(task: TaskDetails) -> Item:
    """Returns the attributes of a task's details. Those of details that a task without planning has are None."""
    return {
        "Title": task.title,
        "Description": task.description,
        "Due": _due_text(task.due) if task.due else None,
        "Priority": str(task.priority) if task.priority != TaskPriority.NONE else None,
        "Labels": list(task.labels) or None,
        "RemindAt": to_text(task.remind_at) if task.remind_at else None,
    }


def _details_in(item: Item) -> TaskDetails:
    due = item.get("Due")
    return TaskDetails(
        title=item["Title"],
        description=item["Description"],
        due=_due_in(due) if due else None,
        priority=priority_of(item.get("Priority") or TaskPriority.NONE),
        labels=tuple(item.get("Labels") or ()),
        remind_at=from_text(item["RemindAt"]) if item.get("RemindAt") else None,
    )


def _due_text(due: TaskDue) -> str:
    """Returns `<day>` for a whole day, or `<day>#<moment>#<zone>`, which sort by day and then by moment."""
    if due.at is None:
        return due.day.isoformat()
    return f"{due.day.isoformat()}#{to_text(due.at)}#{due.time_zone}"


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


def _due_in(text: str) -> TaskDue:
    day, _, rest = text.partition("#")
    moment, _, zone = rest.partition("#")
    return TaskDue(date.fromisoformat(day), from_text(moment) if moment else None, zone or None)


SNAPSHOT: Sequence[str] = (
    *("TaskId", "UserId", "Status", "CreatedAt", "UpdatedAt", "CompletedAt", "Version", "Rank"),
    *_details_of(_NO_DETAILS),
)
"""The attributes that `snapshot_of` reads, which are half of an item. Keys and outbox are the other half."""


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
        snapshot = replace(snapshot, **details_of(_details_in(before)), rank=before.get("Rank", ""))
    return TaskChange(snapshot, _events(item, item["Outbox"], snapshot.updated_at), item.get("MutationId"))


def _origin(events: Sequence[DomainEvent]) -> Item:
    """Returns the attributes that tell who made a change and which details it changed."""
    return {"By": events[-1].by, "Changed": list(events[-1].changed) or None} if events else {}


def _facts(events: Iterable[DomainEvent]) -> Item:
    """Returns the attributes that hold the facts of a change's events, in which a fact's name means one thing."""
    facts = {to_pascal(to_snake(name)): fact for event in events for name, fact in facts_json(event).items()}
    return {name: fact for name, fact in facts.items() if fact is not None}


def _events(item: Item, event_types: Sequence[str], timestamp: datetime) -> tuple[DomainEvent, ...]:
    """Returns the events of these types whose facts the item holds.

    An unknown event has no facts, because the item does not tell which of its attributes they are. Raises TypeError
    when the item lacks a fact that has no default.
    """
    common: Item = {
        "task_id": TaskId(item["TaskId"]),
        "user_id": UserId(item["UserId"]),
        "version": int(item["Version"]),
        "status": status_of(item["Status"]),
        "timestamp": timestamp,
        "by": item.get("By"),
        "changed": tuple(item.get("Changed") or ()),
    }
    return tuple(
        EVENT_TYPES[name](**common, **_facts_in(item, EVENT_TYPES[name]))
        if name in EVENT_TYPES
        else UnknownEvent(**common, named=name)
        for name in event_types
    )


def _facts_in(item: Item, kind: type[DomainEvent]) -> Item:
    attributes = {name: to_pascal(name) for name in facts_of(kind)}
    hints = get_type_hints(kind)
    return {
        name: _FROM_ITEM[hints[name]](item[attribute]) for name, attribute in attributes.items() if attribute in item
    }


_FROM_ITEM: Mapping[Any, Callable[[Any], Any]] = {
    Status: status_of,
    datetime: from_text,
    datetime | None: from_text,
}


Position = tuple[str, ...]
"""The position of a task in a list: the values of the sort key of the index that holds the list."""


@dataclass(frozen=True, slots=True)
class ListPartition:
    """A partition of an index that holds tasks in the order of a list. `key` is its partition key.

    `first` and `last` bound the sort key from below and above, both included.
    """

    index: Index
    key: Item
    first: str | None = None
    last: str | None = None


def list_partitions(query: TaskQuery) -> Sequence[ListPartition]:
    """Returns the partitions that hold the tasks of a list: one, or one for each status."""
    user = {"UserId": str(query.user_id)}
    if query.order is TaskOrder.DUE_FIRST:
        start, end = query.filter.due_from, query.filter.due_to
        # "$" follows "#", so that the bound is behind all keys of the day.
        return [ListPartition(BY_DUE, user, start.isoformat() if start else None, f"{end}$" if end else None)]
    if query.statuses == frozenset(TaskStatus):
        return [ListPartition(BY_USER, user)]
    return [ListPartition(BY_STATUS, user | {"Status": str(status)}) for status in sorted(query.statuses)]


def reads_only_matches(query: TaskQuery) -> bool:
    """Returns whether the partitions hold no other tasks than those of the list, apart from unknown statuses."""
    if query.order is TaskOrder.DUE_FIRST:
        return query.statuses == OPEN_STATUSES and query.filter == query.filter.due
    return query.filter == EVERYTHING


NEWEST_POSITION, DUE_POSITION = ("CreatedAt", "TaskId"), ("OpenDue",)
"""The attributes of a task's position in a list, by the order of the list."""


def list_position(order: TaskOrder, item: Item) -> Position:
    """Returns the position of a task's item in the index that holds lists of this order."""
    names = DUE_POSITION if order is TaskOrder.DUE_FIRST else NEWEST_POSITION
    return tuple(item[name] for name in names)


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
    origin = {name: value for name, value in _origin(change.events).items() if value is not None}
    return item | origin | _facts(change.events)


def history_events_of(item: Item) -> Sequence[DomainEvent]:
    """Returns the events of the change that a history item holds."""
    return _events(item, item["Events"], from_text(item["Timestamp"]))


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


def statistics_key(user_id: UserId) -> Item:
    """Returns the key of a user's statistics.

    The item has a number attribute for each status, which has the status's name, and one for the completions of each of
    the latest days, which `completions_attribute` names.
    """
    return {"PK": f"USER#{user_id}", "SK": STATISTICS_KEY}


def listeners_key(owner: UserId | None) -> Item:
    """Returns the key of the record that somebody listens to a user's tasks, or for None to everyone's.

    The item's `ExpiresAt` (epoch seconds) is when the latest of these connections has ended at the latest.
    """
    return {"PK": LISTENERS if owner is None else f"{LISTENERS}#{owner}", "SK": LISTENERS}


def budget_key(spender: UserId | str, limit: Limit, start: datetime) -> Item:
    """Returns the key of the work that a user or a service does in the period from `start`."""
    prefix = "USER#" if isinstance(spender, UserId) else "SERVICE#"
    return {
        "PK": f"{BUDGET_PREFIX}{prefix}{spender}",
        "SK": f"{BUDGET_PREFIX}{limit.work}#{limit.period.total_seconds():.0f}#{to_text(start)}",
    }


def ended_access_key(user_id: UserId) -> Item:
    """Returns the key of the record that a user's access was ended.

    The record stays after an erasure until it expires; the hash of a random `sub` names nobody.
    """
    return {"PK": f"ENDED#{sha256(str(user_id).encode()).hexdigest()}", "SK": "ENDED"}


def webhooks_key(group: str) -> Item:
    """Returns the key of a user's webhooks by the group that their ids name."""
    return {"PK": f"{WEBHOOKS}#{group}", "SK": WEBHOOKS}


def webhooks_item(webhooks: UserWebhooks) -> Item:
    """Returns the item of all webhooks of a user. It holds no secret, only the numbers of their generations.

    Attributes that newer code wrote are kept.
    """
    return dict(webhooks.unknown) | {
        **webhooks_key(group_of(webhooks.user_id)),
        "UserId": str(webhooks.user_id),
        "Version": webhooks.version,
        "Webhooks": [_webhook_item(webhook) for webhook in webhooks.webhooks],
    }


def _webhook_item(webhook: Webhook) -> Item:
    values = {
        "WebhookId": str(webhook.id),
        "Url": webhook.url,
        "Events": list(webhook.events),
        "CreatedAt": to_text(webhook.created_at),
        "State": str(webhook.state),
        "Generation": webhook.generation,
        "Retired": [{"Generation": secret.generation, "Until": to_text(secret.until)} for secret in webhook.retired],
        "FailingSince": to_text(webhook.failing_since) if webhook.failing_since else None,
        "LastFailure": webhook.last_failure,
        "PausedUntil": to_text(webhook.paused_until) if webhook.paused_until else None,
    }
    return dict(webhook.unknown) | {name: value for name, value in values.items() if value is not None}


def webhooks_of(item: Item) -> UserWebhooks:
    """Returns the webhooks that an item holds."""
    known = {"PK", "SK", "UserId", "Version", "Webhooks"}
    return UserWebhooks(
        UserId(item["UserId"]),
        int(item["Version"]),
        tuple(map(_webhook_of, item["Webhooks"])),
        {name: value for name, value in item.items() if name not in known},
    )


_OF_A_WEBHOOK = frozenset(
    {
        *("WebhookId", "Url", "Events", "CreatedAt", "State", "Generation", "Retired"),
        *("FailingSince", "LastFailure", "PausedUntil"),
    }
)


def _webhook_of(item: Item) -> Webhook:
    state = item["State"]
    return Webhook(
        id=WebhookId(item["WebhookId"]),
        url=item["Url"],
        events=tuple(item["Events"]),
        created_at=from_text(item["CreatedAt"]),
        state=WebhookState(state) if state in set(WebhookState) else state,
        generation=int(item["Generation"]),
        retired=tuple(
            RetiredSecret(int(secret["Generation"]), from_text(secret["Until"])) for secret in item["Retired"]
        ),
        failing_since=_moment(item, "FailingSince"),
        last_failure=item.get("LastFailure"),
        paused_until=_moment(item, "PausedUntil"),
        unknown={name: value for name, value in item.items() if name not in _OF_A_WEBHOOK},
    )


def completions_attribute(day: date) -> str:
    """Returns the attribute name `Completed#<date>`."""
    return f"{COMPLETIONS_PREFIX}{day.isoformat()}"


def statistics_of(item: Item) -> TaskStatistics:
    """Returns the statistics that an item holds. The item {} is that of a user without tasks."""
    return TaskStatistics(
        {status: int(item.get(status, 0)) for status in TaskStatus},
        {
            date.fromisoformat(name.removeprefix(COMPLETIONS_PREFIX)): int(count)
            for name, count in item.items()
            if name.startswith(COMPLETIONS_PREFIX)
        },
    )


def settings_key(user_id: UserId) -> Item:
    """Returns the key of a user's settings."""
    return {"PK": f"USER#{user_id}", "SK": SETTINGS_KEY}


def sent_mail_key(task_id: TaskId, version: int) -> Item:
    """Returns the key of the record that a mail told of a change."""
    return {"PK": f"{MAIL_PREFIX}{task_id}", "SK": f"{MAIL_PREFIX}{version:010}"}


def settings_item(settings: UserSettings) -> Item:
    """Returns the item of a user's settings as their next version, with what newer code stored.

    `TimeZones` lists the changes of the time zone, the oldest first, each as `<time> <zone>`.
    """
    return {
        **settings.unknown,
        **settings_key(settings.user_id),
        "UserId": str(settings.user_id),
        "Version": settings.version + 1,
        "TimeZones": [f"{to_text(change.since)} {change.time_zone}" for change in settings.zones],
        "EmailReminders": settings.email.reminders,
        "EmailCompletedByOthers": settings.email.completed_by_others,
    }


def settings_of(user_id: UserId, item: Item) -> UserSettings:
    """Returns the settings that an item holds. The item {} is that of a user who changed none."""
    changes = [text.split(" ", 1) for text in item.get("TimeZones", ())]
    known = settings_item(UserSettings(user_id))
    return UserSettings(
        user_id,
        tuple(ZoneChange(from_text(since), zone) for since, zone in changes),
        EmailSettings(bool(item.get("EmailReminders")), bool(item.get("EmailCompletedByOthers"))),
        int(item.get("Version", 0)),
        {name: value for name, value in item.items() if name not in known},
    )


def _moment(item: Item, name: str) -> datetime | None:
    return from_text(item[name]) if name in item else None
