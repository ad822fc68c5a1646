"""Converts domain values to the schema's types."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.alias_generators import to_camel

from adapters.task_json import TaskJson, actor_json, event_name, task_json
from adapters.timestamps import to_text
from domain.events import EVENT_TYPES, DomainEvent
from domain.feed import ChangedTasks, FeedPage
from domain.ports import Page
from domain.services.manage_webhooks import ShownSecret
from domain.services.read_tasks import StatisticsToday
from domain.settings import UserSettings
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus, known
from domain.task import Task
from domain.webhooks import Webhook, WebhookState

STATUS_COUNTS: Mapping[TaskStatus, str] = {status: to_camel(status.lower()) for status in TaskStatus}
"""The field of the schema's `TaskStatistics` that counts the tasks of a status: IN_PROGRESS is `inProgress`."""


def task(changed: Task) -> TaskJson:
    """Returns a task as the schema's `Task`, without `history`, which has its own resolver.

    Raises UnknownTaskStatus, because the schema of this code cannot name the status.
    """
    known(changed.state.status)
    return shown(changed.state)


def shown(task: TaskSnapshot) -> TaskJson:
    """Returns the state of a task as the schema's `Task`, in every answer: alone, in lists and beside a refusal."""
    return task_json(task)


def task_connection(page: Page) -> dict[str, Any]:
    """Returns a page as the schema's `TaskConnection`."""
    return {"items": [shown(snapshot) for snapshot in page.tasks], "nextToken": page.next_token}


def task_changes(changes: ChangedTasks, token: str) -> dict[str, Any]:
    """Returns what changed as the schema's `TaskChanges`, without the tasks of unknown statuses."""
    return {
        "changed": [shown(task) for task in changes.changed if isinstance(task.status, TaskStatus)],
        "deleted": [{"id": str(task.id), "version": task.version} for task in changes.deleted],
        "token": token,
        "hasMore": not changes.progress.is_complete,
    }


def task_event_connection(page: FeedPage, next_token: str | None) -> dict[str, Any]:
    """Returns a page of a feed as the schema's `TaskEventConnection`, of each change its last event first."""
    events = [event for entry in page.entries for event in reversed(entry.events)]
    return {"items": task_events(events), "nextToken": next_token}


def task_events(history: Sequence[DomainEvent]) -> list[dict[str, Any]]:
    """Returns a history as a list of the schema's `TaskEvent`, without events of unknown types and statuses."""
    return [task_event(event) for event in history if event.is_known]


def task_event(event: DomainEvent) -> dict[str, Any]:
    """Returns an event of a history as the schema's `TaskEvent`."""
    return {
        "id": event.event_id,
        "taskId": str(event.task_id),
        "type": event_name(event.event_type),
        "timestamp": to_text(event.timestamp),
        "version": event.version,
        "status": event.status,
        "by": actor_json(event.by),
        "changed": [to_camel(name) for name in event.changed],
    }


def task_statistics(today: StatisticsToday) -> dict[str, Any]:
    """Returns statistics as the schema's `TaskStatistics`.

    Counts that are below zero, while an earlier change of a task waits and a later one is counted, are shown as zero.
    """
    statistics = today.statistics
    counts = {
        "total": statistics.total,
        **{field: statistics.count(status) for status, field in STATUS_COUNTS.items()},
        "completedToday": today.completed_today,
        "completedLast7Days": today.completed_last_7_days,
    }
    return {"userId": str(today.user_id)} | {name: max(count, 0) for name, count in counts.items()}


def webhook(stored: Webhook) -> dict[str, Any]:
    """Returns a webhook as the schema's `Webhook`, without events of unknown types.

    An unknown state is shown as DISABLED, because this code sends nothing in it.
    """
    return {
        "id": str(stored.id),
        "url": stored.url,
        "events": [event_name(event_type) for event_type in stored.events if event_type in EVENT_TYPES],
        "state": stored.state if stored.state in set(WebhookState) else WebhookState.DISABLED,
        "lastFailure": stored.last_failure,
        "createdAt": to_text(stored.created_at),
    }


def webhook_with_secret(shown: ShownSecret) -> dict[str, Any]:
    """Returns the schema's `WebhookWithSecret`."""
    return {"webhook": webhook(shown.webhook), "secret": shown.secret}


def user_settings(settings: UserSettings) -> dict[str, Any]:
    """Returns settings as the schema's `UserSettings`."""
    return {
        "userId": str(settings.user_id),
        "timeZone": settings.time_zone,
        "email": {
            "reminders": settings.email.reminders,
            "completedByOthers": settings.email.completed_by_others,
        },
    }
