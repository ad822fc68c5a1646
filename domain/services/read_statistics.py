"""Reads the statistics of a user as of today."""

from dataclasses import dataclass
from datetime import timedelta

from domain.identifiers import UserId
from domain.ports import Clock, TaskProjections
from domain.statistics import TaskStatistics


@dataclass(frozen=True, slots=True)
class StatisticsToday:
    """A user's statistics and the number of completions today and within the last seven days (UTC), today included."""

    user_id: UserId
    statistics: TaskStatistics
    completed_today: int
    completed_last_7_days: int


@dataclass(frozen=True, slots=True)
class ReadStatistics:
    """The use case that reads the statistics of one user."""

    projections: TaskProjections
    clock: Clock

    def __call__(self, user_id: UserId) -> StatisticsToday:
        """Returns the user's statistics as of today. Every count is zero for a user without tasks."""
        statistics = self.projections.statistics(user_id)
        today = self.clock().date()
        return StatisticsToday(
            user_id=user_id,
            statistics=statistics,
            completed_today=statistics.completed_since(today),
            completed_last_7_days=statistics.completed_since(today - timedelta(days=6)),
        )
