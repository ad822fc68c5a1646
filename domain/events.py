"""Domain events: facts about tasks that other parts of the product react to.

This module is the only list of event types. The name of a class is the event type in items and messages, its name
without `Task` is the value of the schema's TaskEventType, its own fields are the facts that items, messages and
histories hold, and `adds` is what it means for statistics.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Self

from domain.identifiers import TaskId, UserId
from domain.snapshot import TaskSnapshot
from domain.status import Status, TaskStatus

Calendar = Callable[[datetime], date]
"""Returns the day of a moment (UTC) as its user counts days."""


def utc_day(moment: datetime) -> date:
    """Returns the UTC day of a moment in UTC, the calendar of users without settings."""
    return moment.date()


@dataclass(frozen=True, slots=True)
class StatisticsChange:
    """The amounts that one event adds to its user's statistics. The sum of changes does not depend on their order.

    `completions` are counted by day. Reopening a task subtracts 1 from the day on which the task was completed.
    """

    by_status: Mapping[Status, int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """Something that happened to a task, without the task's content, which stands in the change.

    `version` is the task's version after the event and orders the events of one task. `status` is the status after the
    event, and that of the deleted task for a deletion. `by` names the ActorKind of whoever caused it, or a kind that
    newer code wrote, or is None if it is not known. `changed` names the details that changed.
    """

    task_id: TaskId
    user_id: UserId
    version: int
    status: Status
    timestamp: datetime
    by: str | None = None
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, task: TaskSnapshot, **facts: Any) -> Self:  # noqa: ANN401 - each fact has a type of its own
        """Returns the event that made the task what it is now. `facts` are the fields of this type of event."""
        return cls(
            task_id=task.id,
            user_id=task.user_id,
            version=task.version,
            status=task.status,
            timestamp=task.updated_at,
            **facts,
        )

    @property
    def event_type(self) -> str:
        """The type of the event, for example `TaskCompleted`."""
        return type(self).__name__

    @property
    def event_id(self) -> str:
        """`<task id>/<version>/<event type>`: permanent, and unique because a version raises each type at most once."""
        return f"{self.task_id}/{self.version}/{self.event_type}"

    @property
    def is_known(self) -> bool:
        """Whether this code knows the type of the event and the status of the task."""
        return isinstance(self.status, TaskStatus) and self.event_type in EVENT_TYPES

    def adds(self, day_of: Calendar = utc_day) -> StatisticsChange:  # noqa: ARG002 - types of events use it
        """Returns what the event adds to its user's statistics: nothing, unless its type says otherwise."""
        return StatisticsChange()


class TaskCreated(DomainEvent):
    """A task was created with the status PENDING."""

    __slots__ = ()

    def adds(self, day_of: Calendar = utc_day) -> StatisticsChange:  # noqa: ARG002 - a status has no day
        """Returns one more task in its status."""
        return StatisticsChange({self.status: +1})


class TaskUpdated(DomainEvent):
    """A detail of a task changed, for example its title."""

    __slots__ = ()


class TaskMoved(DomainEvent):
    """A task got another place in the manual order. No TaskUpdated, so that histories and mails can leave it out."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatusChanged(DomainEvent):
    """A task moved from `previous_status` to `status`."""

    previous_status: Status

    def adds(self, day_of: Calendar = utc_day) -> StatisticsChange:  # noqa: ARG002 - a status has no day
        """Returns one task less in the status before, and one more in the status after."""
        return StatisticsChange({self.previous_status: -1, self.status: +1})


class TaskCompleted(DomainEvent):
    """A task was completed. The same version also raises TaskStatusChanged."""

    __slots__ = ()

    def adds(self, day_of: Calendar = utc_day) -> StatisticsChange:
        """Returns one more completion on the day of the event."""
        return StatisticsChange(completions={day_of(self.timestamp): +1})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReopened(DomainEvent):
    """A completed or cancelled task became pending again. The same version also raises TaskStatusChanged.

    `was_completed_at` is the time of the completion that the reopening reverts. It is None for a task that was
    cancelled.
    """

    was_completed_at: datetime | None = None

    def adds(self, day_of: Calendar = utc_day) -> StatisticsChange:
        """Returns one completion less on the day of the completion that the reopening reverts."""
        if self.was_completed_at is None:
            return StatisticsChange()
        return StatisticsChange(completions={day_of(self.was_completed_at): -1})


class TaskReminded(DomainEvent):
    """The time of an open task's reminder came. The task has no reminder any more."""

    __slots__ = ()


class TaskDeleted(DomainEvent):
    """A task was deleted. `status` and the content of the change are those of the deleted task."""

    __slots__ = ()

    def adds(self, day_of: Calendar = utc_day) -> StatisticsChange:  # noqa: ARG002 - a status has no day
        """Returns one task less in its status."""
        return StatisticsChange({self.status: -1})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(DomainEvent):
    """An event of a type that newer code writes and this code does not know (docs/decisions/0016).

    It is recorded and passed on as it came. `facts` are its fields by their names in messages.
    """

    named: str
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict, hash=False)

    @property
    def event_type(self) -> str:
        """The type of the event, as newer code named it."""
        return self.named


EVENT_TYPES: Mapping[str, type[DomainEvent]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            *(TaskCreated, TaskUpdated, TaskMoved, TaskStatusChanged),
            *(TaskCompleted, TaskReopened, TaskReminded, TaskDeleted),
        )
    }
)
"""Every type of event that the product raises."""

_COMMON = frozenset(part.name for part in fields(DomainEvent))


def facts_of(kind: type[DomainEvent]) -> frozenset[str]:
    """Returns the names of the fields that a type of event has beside those of every event."""
    return frozenset(part.name for part in fields(kind)) - _COMMON
