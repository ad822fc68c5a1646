"""The statuses of a task and the one table of allowed transitions."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class TaskStatus(StrEnum):
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"

    @property
    def is_closed(self) -> bool:
        """Whether the task is completed or cancelled.

        The details of a closed task cannot be edited until it is reopened.
        """
        return self in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}


class UnknownStatus(str):
    """A status that newer code stored and this code does not know (docs/decisions/0016)."""

    __slots__ = ()


Status = TaskStatus | UnknownStatus
"""The status of a stored task, an event or a message."""


class UnknownTaskStatus(Exception):
    """The task has a status that this code does not know, so that no rule of this code applies to the task."""


def status_of(text: str) -> Status:
    """Returns the status of this name, known or unknown."""
    try:
        return TaskStatus(text)
    except ValueError:
        return UnknownStatus(text)


def known(status: Status) -> TaskStatus:
    """Returns the status. Raises UnknownTaskStatus when this code does not know it."""
    if isinstance(status, TaskStatus):
        return status
    raise UnknownTaskStatus(status)


TRANSITIONS: Mapping[TaskStatus, frozenset[TaskStatus]] = MappingProxyType(
    {
        TaskStatus.PENDING: frozenset({TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED, TaskStatus.CANCELLED}),
        TaskStatus.IN_PROGRESS: frozenset({TaskStatus.COMPLETED, TaskStatus.CANCELLED}),
        TaskStatus.COMPLETED: frozenset({TaskStatus.PENDING}),
        TaskStatus.CANCELLED: frozenset({TaskStatus.PENDING}),
    }
)

EVERY_STATUS = frozenset(TaskStatus)

OPEN_STATUSES = frozenset(status for status in TaskStatus if not status.is_closed)
