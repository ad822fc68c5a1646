"""Converts the announcement that a person was erased to and from its JSON message of the topic (docs/events.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from adapters.sns_events import Message
from adapters.timestamps import to_text
from domain.errors import ValidationError
from domain.identifiers import UserId

EVENT_TYPE = "UserErased"


@dataclass(frozen=True, slots=True)
class UserErased:
    """A person's data were erased. Subscribers must erase what they keep of the person."""

    user_id: UserId
    timestamp: datetime

    def message(self) -> Message:
        """Returns the message, which has the envelope of a change with `userId` instead of `task`."""
        timestamp = to_text(self.timestamp)
        body = {
            "source": "tasks-api",
            "version": 1,
            "correlationId": None,
            "timestamp": timestamp,
            "userId": str(self.user_id),
            "events": [{"id": f"{self.user_id}/{timestamp}/{EVENT_TYPE}", "type": EVENT_TYPE}],
        }
        return Message((EVENT_TYPE,), json.dumps(body, ensure_ascii=False))


def erased_user(text: str) -> UserId | None:
    """Returns the person whose erasure the text announces, or None for any other text."""
    if f'"{EVENT_TYPE}"' not in text:  # nearly every message is a change, which needs no second parsing
        return None
    try:
        match json.loads(text):
            case {"source": "tasks-api", "version": 1, "userId": str() as user_id, "events": [{"type": "UserErased"}]}:
                return UserId(user_id)
    except (ValueError, RecursionError, ValidationError):
        pass  # not a message of this product: its reader refuses it with the reason
    return None
