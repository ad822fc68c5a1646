"""What is counted of a user's tasks, and what each event changes in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.events import DomainEvent, TaskCompleted, TaskCreated, TaskDeleted, TaskStatusChanged
from domain.status import TaskStatus


@dataclass(frozen=True, slots=True)
class StatisticsChange:
    """What one event adds to its user's statistics. Changes add up to the same whatever order they come in."""

    by_status: Mapping[TaskStatus, int] = field(default_factory=dict)
    completed_on: date | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to add."""
        return bool(self.by_status) or self.completed_on is not None


@dataclass(frozen=True, slots=True)
class TaskStatistics:
    """A user's tasks that are not deleted, by status, and completions by day (UTC), deleted since or not."""

    by_status: Mapping[TaskStatus, int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)

    def count(self, status: TaskStatus) -> int:
        """How many tasks are in this status."""
        return self.by_status.get(status, 0)

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return sum(self.by_status.values())

    def completed_since(self, first: date) -> int:
        """How many completions there were on this day and after it."""
        return sum(count for day, count in self.completions.items() if day >= first)


def change_of(event: DomainEvent) -> StatisticsChange:
    """What an event adds to its user's statistics: nothing for an edit."""
    match event:
        case TaskCreated(task=task):
            return StatisticsChange({task.status: +1})
        case TaskStatusChanged(task=task, previous_status=previous):
            return StatisticsChange({previous: -1, task.status: +1})
        case TaskCompleted(timestamp=timestamp):
            return StatisticsChange(completed_on=timestamp.date())
        case TaskDeleted(task=task):
            return StatisticsChange({task.status: -1})
        case _:
            return StatisticsChange()
