"""Makes the topic's messages from the outboxes of items."""

from collections.abc import Mapping
from typing import Any

from adapters.items import deserialize
from adapters.messages import CHANGE_SCHEMA, ChangeMessage
from adapters.sns_events import Message
from adapters.task_items import change_of
from adapters.timestamps import to_text
from domain.changes import TaskChange
from domain.errors import DomainError
from domain.mail import MailKind, kind_of_mail


class UnreadableImage(ValueError):
    """A stream record or an item is not a task of this product."""


def is_rewrite(images: Mapping[str, Any]) -> bool:
    """Tells whether the write of a stream record kept the outbox of the write before, and so changed no task.

    `python -m operations backfill` and `re-own` make such writes.
    """
    before, after = images.get("OldImage"), images.get("NewImage")
    return bool(before and after and "OutboxId" in before and before["OutboxId"] == after.get("OutboxId"))


def message_of(images: Mapping[str, Any]) -> Message:
    """Returns the message of the change in a stream record, which has a `NewImage` and possibly an `OldImage`.

    Both images are items of a task in AttributeValue form. Raises UnreadableImage.
    """
    try:
        item = deserialize(images["NewImage"])
        change = change_of(item, deserialize(images["OldImage"]) if "OldImage" in images else None)
        correlation_id = item.get("CorrelationId")
        body = ChangeMessage(change, correlation_id).to_json()
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, DomainError) as fault:
        # The error excludes the image's content, which is personal. The whole record is parked.
        missing = f" {fault}" if isinstance(fault, KeyError) else ""
        raise UnreadableImage(f"{type(fault).__name__}{missing}") from None
    return Message(
        body=body,
        event_types=(*(event.event_type for event in change.events), *_for_filters(change)),
        id=f"{change.task_id}/{change.version}",
        type=change.event_type,
        subject=str(change.task_id),
        time=to_text(change.timestamp),
        schema=CHANGE_SCHEMA,
        status=str(change.task.status),
        correlation_id=correlation_id,
        group=str(change.user_id),
    )


COMPLETED_BY_OTHER = "CompletedByOther"
"""What the attribute `eventTypes` names in addition, for filters: a completion by another than the owner."""


def _for_filters(change: TaskChange) -> tuple[str, ...]:
    return (COMPLETED_BY_OTHER,) if kind_of_mail(change) is MailKind.COMPLETED_BY_OTHERS else ()
