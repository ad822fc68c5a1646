"""Converts domain values to the schema's types."""

from typing import Any

from adapters.task_json import EVENT_NAMES, TaskJson, task_json
from adapters.timestamps import to_text
from domain.history import HistoryEntry
from domain.ports import Page
from domain.services.read_tasks import StatisticsToday
from domain.status import TaskStatus
from domain.task import Task


def task(found: Task) -> TaskJson:
    """Returns a task as the schema's `Task`, without `history`, which has its own resolver."""
    return task_json(found.state)


def task_connection(page: Page) -> dict[str, Any]:
    """Returns a page as the schema's `TaskConnection`."""
    return {"items": [task_json(found) for found in page.tasks], "nextToken": page.next_token}


def task_event(entry: HistoryEntry) -> dict[str, Any]:
    """Returns a history entry as the schema's `TaskEvent`."""
    return {
        "id": entry.event_id,
        "type": EVENT_NAMES[entry.event_type],
        "timestamp": to_text(entry.timestamp),
        "version": entry.version,
        "status": entry.status,
    }


def task_statistics(found: StatisticsToday) -> dict[str, Any]:
    """Returns statistics as the schema's `TaskStatistics`."""
    statistics = found.statistics
    return {
        "userId": str(found.user_id),
        "total": statistics.total,
        "pending": statistics.count(TaskStatus.PENDING),
        "inProgress": statistics.count(TaskStatus.IN_PROGRESS),
        "completed": statistics.count(TaskStatus.COMPLETED),
        "cancelled": statistics.count(TaskStatus.CANCELLED),
        "completedToday": found.completed_today,
        "completedLast7Days": found.completed_last_7_days,
    }
