"""A user's statistics, and how each event changes them."""

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
    """The amounts that one event adds to its user's statistics. The sum of changes does not depend on their order.

    `completions` are counted by day (UTC). Reopening a task subtracts 1 from the day on which the task was completed.
    """

    by_status: Mapping[TaskStatus, int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskStatistics:
    """The number of a user's tasks by status, without deleted tasks, and the number of completions by day (UTC).

    A completion still counts after its task is deleted. It no longer counts after its task is reopened.
    """

    by_status: Mapping[TaskStatus, int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)

    def count(self, status: TaskStatus) -> int:
        """Returns the number of tasks that have the status."""
        return self.by_status.get(status, 0)

    @property
    def total(self) -> int:
        """The number of tasks in all statuses."""
        return sum(self.by_status.values())

    def completed_since(self, first: date) -> int:
        """Returns the number of completions on the day `first` and on later days."""
        return sum(count for day, count in self.completions.items() if day >= first)


def change_of(entry: HistoryEntry) -> StatisticsChange:
    """Returns what an event adds to its user's statistics, which is nothing for an edit."""
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
    """Returns the sum of what several events add, for example all events of one change. Sums of zero are left out."""
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
    """Returns the statistics of each user, counted from the whole history. A user without an entry is left out."""
    by_status: dict[UserId, Counter[TaskStatus]] = defaultdict(Counter)
    completions: dict[UserId, Counter[date]] = defaultdict(Counter)
    for entry in entries:
        change = change_of(entry)
        # Counter.update keeps zero and negative counts, which events out of order need; `+=` would drop them.
        by_status[entry.user_id].update(change.by_status)
        completions[entry.user_id].update(change.completions)
    return {user_id: TaskStatistics(dict(counts), dict(completions[user_id])) for user_id, counts in by_status.items()}
