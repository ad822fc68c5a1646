"""Converts deliveries to and from the messages of their queue, and notices to the bodies that endpoints receive."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import pydantic
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from adapters.messages import UnreadableMessage
from adapters.task_json import event_name
from adapters.timestamps import to_text
from domain.deliveries import Delivery, Notice
from domain.errors import ValidationError
from domain.identifiers import TaskId, UserId
from domain.webhooks import WebhookId

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


def delivery_of(text: str) -> Delivery:
    """Returns the delivery that a message holds. Raises UnreadableMessage, which names no value."""
    try:
        return _DeliveryMessage.model_validate_json(text).to_domain()
    except pydantic.ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        raise UnreadableMessage(f"{'.'.join(map(str, first['loc']))}: {first['type']}") from None
    except ValidationError as fault:
        raise UnreadableMessage(str(fault)) from None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _DeliveryPart(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)


class _NoticePart(_DeliveryPart):
    id: str
    event_type: str | None
    user_id: Annotated[str, AfterValidator(UserId)]
    timestamp: AwareDatetime
    task_id: Annotated[str, AfterValidator(TaskId)] | None
    version: int | None
    status: str | None


class _DeliveryMessage(_DeliveryPart):
    source: Literal["tasks-api"]
    version: Literal[1]
    webhook_id: str
    begun: AwareDatetime
    due: AwareDatetime
    attempts: int
    notice: _NoticePart

    def to_domain(self) -> Delivery:
        return Delivery(
            webhook_id=WebhookId(self.webhook_id),
            begun=self.begun,
            due=self.due,
            attempts=self.attempts,
            notice=Notice(**dict(self.notice)),
        )
