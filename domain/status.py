"""The statuses of a task and the one table of allowed transitions."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class TaskStatus(StrEnum):
    """The status of a task."""

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


TRANSITIONS: Mapping[TaskStatus, frozenset[TaskStatus]] = MappingProxyType(
    {
        TaskStatus.PENDING: frozenset({TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED, TaskStatus.CANCELLED}),
        TaskStatus.IN_PROGRESS: frozenset({TaskStatus.COMPLETED, TaskStatus.CANCELLED}),
        TaskStatus.COMPLETED: frozenset({TaskStatus.PENDING}),
        TaskStatus.CANCELLED: frozenset({TaskStatus.PENDING}),
    }
)
