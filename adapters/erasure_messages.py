"""Converts the announcement that a person was erased to and from its JSON message of the topic (docs/events.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from adapters.sns_events import Message
from adapters.timestamps import to_text
from domain.errors import ValidationError
from domain.identifiers import UserId

EVENT_TYPE = "UserErased"
SCHEMA = "urn:x-tasks-api:user-erased:1"
"""The URI of the message's JSON Schema (docs/events/user-erased.schema.json)."""


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
        return Message(
            body=json.dumps(body, ensure_ascii=False),
            event_types=(EVENT_TYPE,),
            # No attribute holds a person's id (docs/decisions/0039).
            id=f"{EVENT_TYPE}/{uuid4()}",
            type=EVENT_TYPE,
            time=timestamp,
            schema=SCHEMA,
        )


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


class _AnnouncementPart(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, defer_build=True)


class _Announcement(_AnnouncementPart):
    """An event of the type UserErased."""

    id: str
    type: Literal["UserErased"]


class _Erasure(_AnnouncementPart):
    """A person was erased. A subscriber deletes everything that it keeps about the person."""

    source: Literal["tasks-api"]
    version: Literal[1]
    correlation_id: None
    timestamp: AwareDatetime
    user_id: str
    events: Annotated[list[_Announcement], Field(min_length=1, max_length=1)]


def erasure_schema() -> dict[str, Any]:
    """Returns the JSON Schema of the announcement, as pydantic writes it."""
    return _Erasure.model_json_schema()
