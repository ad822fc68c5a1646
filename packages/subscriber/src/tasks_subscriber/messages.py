"""Reads the messages of the topic. Fields, statuses and event types that may be added later do no harm."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Unreadable(ValueError):
    """The text is no message of the Tasks API, or one of a newer format. It belongs to the dead letters."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `facts` are the fields beside `id` and `type`, for example `previousStatus`."""

    id: str
    type: str
    facts: Mapping[str, Any]

    def moment(self, fact: str) -> datetime | None:
        """Returns the time that a fact holds, or None if it is null or absent."""
        value = self.facts.get(fact)
        return None if value is None else datetime.fromisoformat(value)


@dataclass(frozen=True, slots=True)
class Change:
    """One write of a task. `task_id` and `version` identify it permanently. `task` holds all fields after the write."""

    task_id: str
    version: int
    user_id: str
    timestamp: datetime
    task: Mapping[str, Any]
    events: Sequence[Event]

    @property
    def deletes(self) -> bool:
        """Whether the task was deleted. `task` is then the deleted task."""
        return any(event.type == "TaskDeleted" for event in self.events)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person was erased. Nothing about the person may stay or come back."""

    user_id: str
    timestamp: datetime


def read(text: str) -> Change | Erasure:
    """Returns what a message's body says. It may be wrapped in SNS's envelope. Raises Unreadable."""
    try:
        body = json.loads(text)
        if body.get("Type") == "Notification":  # a subscription without raw message delivery
            body = json.loads(body["Message"])
        if (body["source"], body["version"]) != ("tasks-api", 1):
            raise Unreadable("the message has another source or format")
        timestamp = _time(body["timestamp"])
        events = [_event(event) for event in body["events"]]
        if "task" not in body:
            if [event.type for event in events] != ["UserErased"]:
                raise Unreadable("the message has neither a task nor an erasure")
            return Erasure(_text(body["userId"]), timestamp)
        task = body["task"]
        if type(task["version"]) is not int:
            raise Unreadable("the task's version is no number")
        return Change(_text(task["id"]), task["version"], _text(task["userId"]), timestamp, task, events)
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError) as fault:
        raise Unreadable(f"{type(fault).__name__}: the message has another form") from None
    except ValueError as fault:
        raise fault if isinstance(fault, Unreadable) else Unreadable("a time has another form") from None


def _event(event: Mapping[str, Any]) -> Event:
    facts = {name: value for name, value in event.items() if name not in {"id", "type"}}
    return Event(_text(event["id"]), _text(event["type"]), facts)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment
