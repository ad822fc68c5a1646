"""Changes as messages: the JSON that travels through the topic and the queue (docs/events.md has an example).

One pydantic model of the envelope writes the messages and reads them. What it does not describe is refused.
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
    """A message that is no change of ours; says which field breaks which rule, and never what the field holds."""


class _Part(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,  # to write them; they are read by alias alone
        validate_by_alias=True,
        defer_build=True,
    )


class _Snapshot(_Part):
    """A task after a change: `TaskSnapshotInput` of the schema."""

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
    """The envelope of a change. `version` is the envelope's own: another one has another form."""

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
        """The message of a change; `correlation_id` is of the request that made it."""
        return cls(
            correlation_id=correlation_id,
            timestamp=change.timestamp,
            task=_Snapshot.of(change.task),
            events=[_event(event) for event in change.events],
        )

    @classmethod
    def read(cls, text: str) -> Self:
        """The message that a text holds. Raises UnreadableMessage."""
        try:
            return cls.model_validate_json(text, by_alias=True, by_name=False)
        except pydantic.ValidationError as fault:
            error = fault.errors(include_url=False, include_input=False, include_context=False)[0]
            field = ".".join(map(str, error["loc"])) or "message"
            # Without the cause, which shows what somebody wrote.
            raise UnreadableMessage(f"{field}: {error['msg']}") from None

    def to_json(self) -> str:
        """The message as text, UTF-8 unescaped and well below 8 kB."""
        return self.model_dump_json(by_alias=True)

    def to_change(self) -> TaskChange:
        """The change. Raises UnreadableMessage for ids that the domain refuses, and events that are not the task's."""
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
