"""The projections and the subscribers in memory: what use cases are tested with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.changes import TaskChange
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.ports import LiveUpdateFailed, LiveUpdates, TaskProjections
from domain.statistics import TaskStatistics, recounted


@dataclass(slots=True)
class InMemoryProjections(TaskProjections):
    """Keeps each change once, by its task and version."""

    changes: dict[tuple[TaskId, int], TaskChange] = field(default_factory=dict)

    def record(self, change: TaskChange) -> bool:
        """Keep the change. Returns False when it is there already."""
        key = change.task_id, change.version
        is_new = key not in self.changes
        self.changes[key] = change
        return is_new

    def history(self, task_id: TaskId, limit: int) -> Sequence[HistoryEntry]:
        """The latest `limit` entries, oldest first."""
        return [entry for entry in self._entries() if entry.task_id == task_id][-limit:]

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """The user's statistics, counted afresh."""
        return recounted(self._entries()).get(user_id, TaskStatistics())

    def _entries(self) -> Sequence[HistoryEntry]:
        changes = sorted(self.changes.values(), key=lambda change: change.version)
        return [HistoryEntry.of(event) for change in changes for event in change.events]


@dataclass(slots=True)
class Subscribers(LiveUpdates):
    """Remembers what subscribers are told. While `away`, they cannot be told anything."""

    away: bool = False
    told: list[tuple[TaskChange, str | None]] = field(default_factory=list)

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Tell the subscribers. Raises LiveUpdateFailed."""
        if self.away:
            raise LiveUpdateFailed("nobody listens")
        self.told.append((change, correlation_id))
