"""Projections and subscribers in memory, for tests of use cases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.changes import TaskChange
from domain.events import DomainEvent
from domain.identifiers import TaskId, UserId
from domain.ports import EndedAccess, Erasures, Listeners, LiveUpdateFailed, LiveUpdates, TaskProjections
from domain.statistics import TaskStatistics, recounted
from domain.task import Task
from tests.builders import changes_of


@dataclass(slots=True)
class InMemoryErasures(Erasures):
    """A record of erased persons, who are none unless they are given."""

    persons: set[UserId] = field(default_factory=set)

    def includes(self, user_id: UserId) -> bool:
        """Returns whether the person is one of them."""
        return user_id in self.persons


@dataclass(slots=True)
class InMemoryListeners(Listeners):
    """A record of listeners that never expires."""

    owners: set[UserId | None] = field(default_factory=set)

    def add(self, owner: UserId | None, at: datetime) -> None:
        """Record a listener."""
        self.owners.add(owner)

    def include(self, owner: UserId, at: datetime) -> bool:
        """Returns whether anybody listens to the owner or to everyone."""
        return bool(self.owners & {owner, None})


@dataclass(slots=True)
class InMemoryEndedAccess(EndedAccess):
    """The times at which the access of users was ended."""

    times: dict[UserId, datetime] = field(default_factory=dict)

    def ended_at(self, user_id: UserId) -> datetime | None:
        """Returns the time of the user, if any."""
        return self.times.get(user_id)


@dataclass(slots=True)
class InMemoryProjections(TaskProjections):
    """Projections that keep each change once, by its task and version."""

    changes: dict[tuple[TaskId, int], TaskChange] = field(default_factory=dict)

    def record(self, change: TaskChange) -> bool:
        """Keep the change. Returns False when it was recorded before."""
        key = change.task_id, change.version
        is_new = key not in self.changes
        self.changes[key] = change
        return is_new

    def includes(self, change: TaskChange) -> bool:
        """Returns whether the change was recorded before."""
        return (change.task_id, change.version) in self.changes

    def history(self, task_id: TaskId, limit: int) -> Sequence[DomainEvent]:
        """Returns the latest `limit` events, oldest first."""
        return [event for event in self._events() if event.task_id == task_id][-limit:]

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """Returns the user's statistics, counted anew from all changes."""
        return recounted(self._events()).get(user_id, TaskStatistics())

    def _events(self) -> Sequence[DomainEvent]:
        changes = sorted(self.changes.values(), key=lambda change: change.version)
        return [event for change in changes for event in change.events]


def recorded(*tasks: Task) -> InMemoryProjections:
    """Returns projections that hold every change of the tasks."""
    projections = InMemoryProjections()
    for task in tasks:
        for change in changes_of(task):
            projections.record(change)
    return projections


@dataclass(slots=True)
class Subscribers(LiveUpdates):
    """Subscribers that remember what was published to them. Publishing fails while they are `away`."""

    away: bool = False
    told: list[tuple[TaskChange, str | None]] = field(default_factory=list)

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Publish the change to the subscribers. Raises LiveUpdateFailed."""
        if self.away:
            raise LiveUpdateFailed("nobody listens")
        self.told.append((change, correlation_id))
