"""What an item's outbox has to tell the topic."""

from collections.abc import Mapping
from typing import Any

from adapters.items import deserialize, events_of
from adapters.messages import to_message
from adapters.sns_events import Message


def messages_of(image: Mapping[str, Any]) -> list[Message]:
    """The messages of a task's image (AttributeValue form), in the order of its events.

    Raises KeyError, TypeError, ValueError or DomainError (a forbidden id) for an image that is no task of ours.
    """
    item = deserialize(image)
    correlation_id = item.get("CorrelationId")
    return [Message(event.event_type, to_message(event, correlation_id), correlation_id) for event in events_of(item)]
