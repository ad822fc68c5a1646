"""What an item's outbox has to tell the topic."""

from collections.abc import Mapping
from typing import Any

from adapters.items import change_of, deserialize
from adapters.messages import ChangeMessage
from adapters.sns_events import Message
from domain.errors import DomainError


class UnreadableImage(ValueError):
    """A stream record or an item that is no task of ours."""


def message_of(images: Mapping[str, Any]) -> Message:
    """The message of the change that a stream record tells of: `NewImage`, and `OldImage` where there is one.

    Both are a task's, in AttributeValue form. Raises UnreadableImage.
    """
    try:
        item = deserialize(images["NewImage"])
        change = change_of(item, deserialize(images["OldImage"]) if "OldImage" in images else None)
        correlation_id = item.get("CorrelationId")
        body = ChangeMessage.of(change, correlation_id).to_json()
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, DomainError) as fault:
        # Without what the image holds, which is somebody's: it is parked whole.
        missing = f" {fault}" if isinstance(fault, KeyError) else ""
        raise UnreadableImage(f"{type(fault).__name__}{missing}") from None
    return Message(tuple(event.event_type for event in change.events), body, correlation_id)
