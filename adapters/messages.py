"""Converts changes to and from the JSON messages of the topic and the queue (docs/events.md shows an example).

The models that read messages are derived from the domain's classes, as the JSON that is written is. A reader ignores
fields that it does not know and passes on statuses and event types that it does not know (docs/decisions/0016). The
envelope's `version` guards against real breaks of the format.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, datetime
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, Self, get_args, get_type_hints

import pydantic
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.alias_generators import to_camel, to_snake

from adapters.task_json import facts_json, task_json
from adapters.timestamps import to_text
from domain.changes import TaskChange
from domain.errors import ValidationError
from domain.events import EVENT_TYPES, DomainEvent, UnknownEvent, facts_of
from domain.identifiers import TaskId, UserId
from domain.planning import Priority, TaskDue, TaskPriority, priority_of
from domain.snapshot import TaskSnapshot
from domain.status import Status, TaskStatus, status_of

CHANGE_SCHEMA = "urn:x-tasks-api:change:1"
"""The URI of the message's JSON Schema (docs/events/change.schema.json)."""


class UnreadableMessage(ValueError):
    """The text is not a message of this product.

    The error names the field and the broken rule, but never the field's value.
    """


@dataclass(frozen=True, slots=True)
class ChangeMessage:
    """A change on its way, and the id of the request that made it."""

    change: TaskChange
    correlation_id: str | None

    def to_json(self) -> str:
        """Returns the message as JSON text.

        Non-ASCII characters are not escaped, so that a message is well below 16 kB. Raises ValueError for a text that
        UTF-8 cannot encode.
        """
        events = [{"id": event.event_id, "type": event.event_type, **facts_json(event)} for event in self.change.events]
        message = {
            "source": "tasks-api",
            "version": 1,
            "correlationId": self.correlation_id,
            "timestamp": to_text(self.change.timestamp),
            "by": self.change.by,
            "changed": [to_camel(name) for name in self.change.changed],
            "mutationId": self.change.mutation_id,
            "task": task_json(self.change.task),
            "events": events,
        }
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        text.encode()
        return text

    @classmethod
    def read(cls, text: str) -> Self:
        """Returns the message that the text holds.

        Raises UnreadableMessage for a text that is not a message of this version of the envelope, for ids that the
        domain refuses and for events of another task.
        """
        try:
            envelope = _Envelope.model_validate_json(text)
            return cls(_change_in(envelope), envelope.correlation_id)
        except ValidationError as fault:  # an id that the domain refuses
            raise UnreadableMessage(f"task.{fault.message}") from fault
        except pydantic.ValidationError as fault:
            error = fault.errors(include_url=False, include_input=False, include_context=False)[0]
            field = ".".join(map(str, error["loc"])) or "message"
            # `from None` hides the cause, whose text would show what a user wrote.
            raise UnreadableMessage(f"{field}: {error['msg']}") from None


def _change_in(envelope: "_Envelope") -> TaskChange:
    task = TaskSnapshot(**dict(envelope.task))
    origin = {"by": envelope.by, "changed": tuple(to_snake(name) for name in envelope.changed)}
    events = tuple(replace(event.to_domain(task, envelope.timestamp), **origin) for event in envelope.events)
    if [event.event_id for event in events] != [event.id for event in envelope.events]:
        raise UnreadableMessage("events: must have the ids of the task's events")
    return TaskChange(task, events, envelope.mutation_id)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, defer_build=True)


class _Event(_Part):
    id: str
    type: str

    def to_domain(self, task: TaskSnapshot, timestamp: datetime) -> DomainEvent:
        facts = {name: getattr(self, name) for name in facts_of(EVENT_TYPES[self.type])}
        return EVENT_TYPES[self.type](**_common(task, timestamp), **facts)


class _NewerEvent(_Event):
    """An event of a type that this schema does not know. A reader ignores it."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(json_schema_extra={"not": {"enum": list(EVENT_TYPES)}})]

    def to_domain(self, task: TaskSnapshot, timestamp: datetime) -> DomainEvent:
        facts = {name: fact for name, fact in (self.model_extra or {}).items() if isinstance(fact, _FACTS)}
        return UnknownEvent(**_common(task, timestamp), named=self.type, facts=facts)


_FACTS = (str, int, bool, type(None))


def _common(task: TaskSnapshot, timestamp: datetime) -> dict[str, Any]:
    return {
        "task_id": task.id,
        "user_id": task.user_id,
        "version": task.version,
        "status": task.status,
        "timestamp": timestamp,
    }


class _Due(_Part):
    """The schema's `TaskDue`."""

    date: date
    at: AwareDatetime | None = None
    time_zone: str | None = None


def _due_of(due: _Due) -> TaskDue:
    return TaskDue(due.date, due.at, due.time_zone)


def _read_as(hint: Any) -> Any:  # noqa: ANN401 - a type annotation, which may be any of several classes
    """Returns the type with which pydantic reads a field of the domain from JSON."""
    if hint in _READ_AS:
        return _READ_AS[hint]
    if isinstance(hint, UnionType):
        return reduce(or_, map(_read_as, get_args(hint)))
    return hint


_READ_AS: Mapping[Any, Any] = {
    TaskId: Annotated[str, AfterValidator(TaskId)],
    UserId: Annotated[str, AfterValidator(UserId)],
    Status: Annotated[str, AfterValidator(status_of), Field(examples=[str(status) for status in TaskStatus])],
    datetime: AwareDatetime,
    TaskDue: Annotated[_Due, AfterValidator(_due_of)],
    Priority: Annotated[str, AfterValidator(priority_of), Field(examples=[str(level) for level in TaskPriority])],
}


def _model(name: str, base: type[_Part], kind: type, names: frozenset[str], **constants: str) -> Any:  # noqa: ANN401
    """Returns the model that reads some fields of a domain class. A field with a default may be missing."""
    hints = get_type_hints(kind)
    defaults = {part.name: ... if part.default is MISSING else part.default for part in fields(kind)}
    definitions: dict[str, Any] = {
        part: (_read_as(hints[part]), default) for part, default in defaults.items() if part in names
    }
    definitions |= {part: (Literal[value], ...) for part, value in constants.items()}
    return pydantic.create_model(name, __base__=base, __doc__=kind.__doc__, **definitions)


_Snapshot = _model("Task", _Part, TaskSnapshot, frozenset(part.name for part in fields(TaskSnapshot)))
_Known = [
    Annotated[_model(name, _Event, kind, facts_of(kind), type=name), Tag(name)] for name, kind in EVENT_TYPES.items()
]


def _tag(event: Any) -> str | None:  # noqa: ANN401 - whatever JSON the message has
    event_type = event.get("type") if isinstance(event, dict) else None
    if event_type is None or (isinstance(event_type, str) and event_type in EVENT_TYPES):
        return event_type
    return "unknown"


_AnyEvent: Any = reduce(or_, [*_Known, Annotated[_NewerEvent, Tag("unknown")]])


class _Envelope(_Part):
    """One change of a task: the task after one write, and the events that the write raised, in order."""

    source: Literal["tasks-api"]
    version: Literal[1]
    correlation_id: Annotated[str, Field(max_length=256)] | None
    timestamp: AwareDatetime
    by: str | None = None
    changed: list[str] = Field(default_factory=list)
    mutation_id: str | None = None
    task: _Snapshot  # type: ignore[valid-type] # mypy cannot see a model that is made at run time
    events: Annotated[list[Annotated[_AnyEvent, Discriminator(_tag)]], Field(min_length=1)]


def change_schema() -> dict[str, Any]:
    """Returns the JSON Schema of a change's message, as pydantic writes it.

    A field with a default is not required: a message that is older than the field lacks it.
    """
    return _Envelope.model_json_schema()
