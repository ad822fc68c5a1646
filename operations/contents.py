"""Reads what a message of a queue is about, without a task's content, which is personal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.erasure_messages import EVENT_TYPE, erased_user
from adapters.messages import ChangeMessage, UnreadableMessage
from adapters.received_deliveries import delivery_of
from adapters.webhook_messages import TEST
from operations.tolerant_json import Unreadable, field, read


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is about, as far as it can be read. `reason` says why it is not a change that can be processed."""

    user: str | None = None
    task: str | None = None
    version: int | None = None
    event_types: Sequence[str] = ()
    correlation_id: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, body: str) -> Content:
        """Returns the content of a change's message, of a stream record that the relay parked, or of anything else."""
        try:
            message = read(body)
        except Unreadable as fault:
            return cls(reason=str(fault))
        if erased := erased_user(body):
            return cls(str(erased), event_types=[EVENT_TYPE])
        if image := field(message, "dynamodb", "NewImage"):
            return cls(
                _text(field(image, "UserId", "S")),
                _text(field(image, "TaskId", "S")),
                _number(_text(field(image, "Version", "N")) or ""),
                reason="a record that the relay parked",
            )
        if field(message, "webhookId") is not None:
            return cls._of_delivery(body)
        events, version = field(message, "events"), field(message, "task", "version")
        types = [_text(field(event, "type")) for event in events] if isinstance(events, list) else []
        return cls(
            _text(field(message, "task", "userId")),
            _text(field(message, "task", "id")),
            version if isinstance(version, int) else None,
            [event_type for event_type in types if event_type],
            _text(field(message, "correlationId")),
            _reason(body),
        )

    @classmethod
    def _of_delivery(cls, body: str) -> Content:
        """Returns the content of a message that waits for a webhook."""
        try:
            notice = delivery_of(body).notice
        except UnreadableMessage as fault:
            return cls(reason=str(fault))
        task = str(notice.task_id) if notice.task_id else None
        return cls(str(notice.user_id), task, notice.version, [notice.event_type or TEST])

    @property
    def announces_an_erasure(self) -> bool:
        """Whether the message is UserErased, which a consumer still has to handle."""
        return list(self.event_types) == [EVENT_TYPE] and not self.reason

    def __str__(self) -> str:
        if self.announces_an_erasure:
            return EVENT_TYPE
        if self.task is None:
            return f"no change of ours: {self.reason}"
        change = f"{self.task}/{self.version} {'+'.join(self.event_types)}, correlation id {self.correlation_id}"
        return f"{change}, unreadable: {self.reason}" if self.reason else change


def _reason(body: str) -> str | None:
    try:
        ChangeMessage.read(body)
    except UnreadableMessage as fault:
        return str(fault)
    return None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
