"""Converts changes to and from the JSON messages of the topic and the queue (docs/events.md shows an example).

One pydantic model of the envelope writes and reads messages. It refuses fields that it does not define.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

import pydantic
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from adapters.timestamps import to_text
from domain.changes import TaskChange
from domain.errors import ValidationError
from domain.events import (
    DomainEvent,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskReopened,
    TaskStatusChanged,
    TaskUpdated,
)
from domain.identifiers import TaskId, UserId
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus

_Moment = Annotated[AwareDatetime, PlainSerializer(to_text)]
_PLAIN_EVENTS = {event.event_type: event for event in (TaskCreated, TaskUpdated, TaskCompleted, TaskDeleted)}


class UnreadableMessage(ValueError):
    """The text is not a message of this product.

    The error names the field and the broken rule, but never the field's value.
    """


class _Part(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,  # for writing; messages are read by alias only
        validate_by_alias=True,
        defer_build=True,
    )


class _Snapshot(_Part):
    """A task after a change: the schema's `TaskSnapshotInput`."""

    id: str
    user_id: str
    title: str
    description: str
    status: TaskStatus
    created_at: _Moment
    updated_at: _Moment
    completed_at: _Moment | None
    version: Annotated[int, Field(ge=1)]

    @classmethod
    def of(cls, task: TaskSnapshot) -> Self:
        told = {name: getattr(task, name) for name in cls.model_fields}
        return cls(**told | {"id": str(task.id), "user_id": str(task.user_id)})

    def to_domain(self) -> TaskSnapshot:
        return TaskSnapshot(**dict(self) | {"id": TaskId(self.id), "user_id": UserId(self.user_id)})


class _PlainEvent(_Part):
    id: str
    type: Literal["TaskCreated", "TaskUpdated", "TaskCompleted", "TaskDeleted"]

    def to_domain(self, task: TaskSnapshot, at: datetime) -> DomainEvent:
        return _PLAIN_EVENTS[self.type](timestamp=at, task=task)


class _StatusChanged(_Part):
    id: str
    type: Literal["TaskStatusChanged"]
    previous_status: TaskStatus

    def to_domain(self, task: TaskSnapshot, at: datetime) -> DomainEvent:
        return TaskStatusChanged(timestamp=at, task=task, previous_status=self.previous_status)


class _Reopened(_Part):
    id: str
    type: Literal["TaskReopened"]
    was_completed_at: _Moment | None

    def to_domain(self, task: TaskSnapshot, at: datetime) -> DomainEvent:
        return TaskReopened(timestamp=at, task=task, was_completed_at=self.was_completed_at)


class ChangeMessage(_Part):
    """The envelope of a change. `version` is the version of the envelope's format."""

    source: Literal["tasks-api"] = "tasks-api"
    version: Literal[1] = 1
    correlation_id: Annotated[str, Field(max_length=256)] | None
    timestamp: _Moment
    task: _Snapshot
    events: Annotated[
        list[Annotated[_PlainEvent | _StatusChanged | _Reopened, Field(discriminator="type")]], Field(min_length=1)
    ]

    @classmethod
    def of(cls, change: TaskChange, correlation_id: str | None) -> Self:
        """Returns the message of a change. `correlation_id` is the id of the request that made the change."""
        return cls(
            correlation_id=correlation_id,
            timestamp=change.timestamp,
            task=_Snapshot.of(change.task),
            events=[_event(event) for event in change.events],
        )

    @classmethod
    def read(cls, text: str) -> Self:
        """Returns the message that the text holds. Raises UnreadableMessage."""
        try:
            return cls.model_validate_json(text, by_name=False)
        except pydantic.ValidationError as fault:
            error = fault.errors(include_url=False, include_input=False, include_context=False)[0]
            field = ".".join(map(str, error["loc"])) or "message"
            # `from None` hides the cause, whose text would show what a user wrote.
            raise UnreadableMessage(f"{field}: {error['msg']}") from None

    def to_json(self) -> str:
        """Returns the message as JSON text.

        Non-ASCII characters are not escaped, so that a message is well below 8 kB.
        """
        return self.model_dump_json(by_alias=True)

    def to_change(self) -> TaskChange:
        """Returns the change.

        Raises UnreadableMessage for ids that the domain refuses and for events of another task.
        """
        try:
            task = self.task.to_domain()
        except ValidationError as fault:
            raise UnreadableMessage(f"task.{fault.message}") from fault
        events = tuple(event.to_domain(task, self.timestamp) for event in self.events)
        if [event.event_id for event in events] != [event.id for event in self.events]:
            raise UnreadableMessage("events: must have the ids of the task's events")
        return TaskChange(task, events)


def _event(event: DomainEvent) -> _PlainEvent | _StatusChanged | _Reopened:
    match event:
        case TaskStatusChanged():
            return _StatusChanged(id=event.event_id, type="TaskStatusChanged", previous_status=event.previous_status)
        case TaskReopened():
            return _Reopened(id=event.event_id, type="TaskReopened", was_completed_at=event.was_completed_at)
        case _:
            return _PlainEvent.model_validate({"id": event.event_id, "type": event.event_type})
