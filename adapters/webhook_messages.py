"""Converts deliveries to the messages of their queue, and notices to the bodies that endpoints receive."""

from __future__ import annotations

import json

from adapters.task_json import event_name
from adapters.timestamps import to_text
from domain.deliveries import Delivery, Notice

TEST = "webhook.test"
"""The type of a test's body."""


def body_of(notice: Notice) -> str:
    """Returns the JSON that an endpoint receives: `type`, `timestamp` and `data` (docs/webhooks.md).

    It names the task and holds no text of a person.
    """
    data: dict[str, str | int | None] = {"userId": str(notice.user_id)}
    if not notice.is_test:
        data = {"id": str(notice.task_id), "version": notice.version, "status": notice.status} | data
    return _json({"type": type_of(notice), "timestamp": to_text(notice.timestamp), "data": data})


def type_of(notice: Notice) -> str:
    """Returns the type in a body: `task.status_changed` for TaskStatusChanged."""
    return f"task.{event_name(notice.event_type).lower()}" if notice.event_type else TEST


def delivery_json(delivery: Delivery) -> str:
    """Returns the message of a delivery as JSON text."""
    notice = delivery.notice
    return _json(
        {
            "source": "tasks-api",
            "version": 1,
            "webhookId": str(delivery.webhook_id),
            "begun": to_text(delivery.begun),
            "due": to_text(delivery.due),
            "attempts": delivery.attempts,
            "notice": {
                "id": notice.id,
                "eventType": notice.event_type,
                "userId": str(notice.user_id),
                "timestamp": to_text(notice.timestamp),
                "taskId": str(notice.task_id) if notice.task_id else None,
                "version": notice.version,
                "status": notice.status,
            },
        }
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
