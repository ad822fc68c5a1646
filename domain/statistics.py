"""A user's statistics, and the sums of what events add to them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.events import Calendar, DomainEvent, StatisticsChange, utc_day
from domain.identifiers import UserId
from domain.status import Status


@dataclass(frozen=True, slots=True)
class TaskStatistics:
    """The number of a user's tasks by status, without deleted tasks, and the number of completions by day.

    A completion still counts after its task is deleted. It no longer counts after its task is reopened.
    """

    by_status: Mapping[Status, int] = field(default_factory=dict)
    completions: Mapping[date, int] = field(default_factory=dict)

    def count(self, status: Status) -> int:
        """Returns the number of tasks that have the status."""
        return self.by_status.get(status, 0)

    @property
    def total(self) -> int:
        """The number of tasks in all statuses."""
        return sum(self.by_status.values())

    def completed_since(self, first: date) -> int:
        """Returns the number of completions on the day `first` and on later days."""
        return sum(count for day, count in self.completions.items() if day >= first)


def sum_of(events: Iterable[DomainEvent], day_of: Calendar = utc_day) -> StatisticsChange:
    """Returns the sum of what several events add, for example all events of one change. Sums of zero are left out."""
    by_status: Counter[Status] = Counter()
    completions: Counter[date] = Counter()
    for event in events:
        change = event.adds(day_of)
        by_status.update(change.by_status)
        completions.update(change.completions)
    return StatisticsChange(
        {status: count for status, count in by_status.items() if count},
        {day: count for day, count in completions.items() if count},
    )


def recounted(events: Iterable[DomainEvent], day_of: Calendar = utc_day) -> Mapping[UserId, TaskStatistics]:
    """Returns the statistics of each user, counted from the whole history. A user without an event is left out."""
    by_status: dict[UserId, Counter[Status]] = defaultdict(Counter)
    completions: dict[UserId, Counter[date]] = defaultdict(Counter)
    for event in events:
        change = event.adds(day_of)
        # Counter.update keeps zero and negative counts, which events out of order need; `+=` would drop them.
        by_status[event.user_id].update(change.by_status)
        completions[event.user_id].update(change.completions)
    return {user_id: TaskStatistics(dict(counts), dict(completions[user_id])) for user_id, counts in by_status.items()}
