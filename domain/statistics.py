"""What is counted of a user's tasks, and what each event changes in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.events import TaskCompleted, TaskCreated, TaskDeleted, TaskReopened, TaskStatusChanged
from domain.history import HistoryEntry
from domain.identifiers import UserId
from domain.status import TaskStatus


@dataclass(frozen=True, slots=True)
class StatisticsChange:
    """What one event adds to its user's statistics. Changes add up to the same whatever order they come in.

    `completions` are by day (UTC); a reopening takes one away from the day on which the task had been completed.
    """

    by_status: Mapping[TaskStatus, int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskStatistics:
    """A user's tasks that are not deleted, by status, and completions by day (UTC).

    A completion counts although its task is deleted later, and no longer when its task is reopened.
    """

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


def change_of(entry: HistoryEntry) -> StatisticsChange:
    """What an event adds to its user's statistics: nothing for an edit."""
    match entry.event_type:
        case TaskCreated.event_type:
            return StatisticsChange({entry.status: +1})
        case TaskStatusChanged.event_type if entry.previous_status:
            return StatisticsChange({entry.previous_status: -1, entry.status: +1})
        case TaskCompleted.event_type:
            return StatisticsChange(completions={entry.timestamp.date(): +1})
        case TaskReopened.event_type if entry.was_completed_at:
            return StatisticsChange(completions={entry.was_completed_at.date(): -1})
        case TaskDeleted.event_type:
            return StatisticsChange({entry.status: -1})
        case _:
            return StatisticsChange()


def sum_of(entries: Iterable[HistoryEntry]) -> StatisticsChange:
    """What several events add together: all those of one change, for instance. Sums of zero are left out."""
    by_status: Counter[TaskStatus] = Counter()
    completions: Counter[date] = Counter()
    for entry in entries:
        change = change_of(entry)
        by_status.update(change.by_status)
        completions.update(change.completions)
    return StatisticsChange(
        {status: count for status, count in by_status.items() if count},
        {day: count for day, count in completions.items() if count},
    )


def recounted(entries: Iterable[HistoryEntry]) -> Mapping[UserId, TaskStatistics]:
    """Each user's statistics, counted afresh from all of history. Users without an entry are not in it."""
    by_status: dict[UserId, Counter[TaskStatus]] = defaultdict(Counter)
    completions: dict[UserId, Counter[date]] = defaultdict(Counter)
    for entry in entries:
        change = change_of(entry)
        # `update` adds, and keeps what comes to nothing: counts may pass through zero on the way.
        by_status[entry.user_id].update(change.by_status)
        completions[entry.user_id].update(change.completions)
    return {user_id: TaskStatistics(dict(counts), dict(completions[user_id])) for user_id, counts in by_status.items()}
