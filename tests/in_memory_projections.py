"""Projections and subscribers in memory, for tests of use cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.changes import TaskChange
from domain.events import Calendar, DomainEvent, utc_day
from domain.feed import FeedEntry, FeedPage, FeedPosition
from domain.identifiers import TaskId, UserId
from domain.ports import (
    EndedAccess,
    Erasures,
    Listeners,
    LiveUpdateFailed,
    LiveUpdates,
    SettingsRepository,
    TaskProjections,
)
from domain.settings import UserSettings
from domain.statistics import TaskStatistics, recounted
from domain.task import Task
from tests.builders import NOON, changes_of


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
class InMemorySettings(SettingsRepository):
    """Settings of users by their ids. A save is the next version; `overtaken` saves find that another was first."""

    stored: dict[UserId, UserSettings] = field(default_factory=dict)
    overtaken: int = 0

    def get(self, user_id: UserId) -> UserSettings:
        """Returns the user's settings, by default those of a new user."""
        return self.stored.get(user_id, UserSettings(user_id))

    def save(self, settings: UserSettings) -> bool:
        """Store the settings, unless another save was first."""
        if self.overtaken:
            self.overtaken -= 1
            return False
        self.stored[settings.user_id] = replace(settings, version=settings.version + 1)
        return True


@dataclass(slots=True)
class InMemoryProjections(TaskProjections):
    """Projections that keep each change once, by its task and version.

    `recorded_at` is the time of the next recording. `is_hidden` says which entries reads of the feed do not show yet.
    """

    changes: dict[tuple[TaskId, int], TaskChange] = field(default_factory=dict)
    recorded_at: datetime = NOON
    is_hidden: Callable[[FeedEntry], bool] = lambda _: False
    _recorded_at: dict[tuple[TaskId, int], datetime] = field(default_factory=dict)
    _calendars: dict[UserId, Calendar] = field(default_factory=dict)

    def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
        """Keep the change. Returns False when it was recorded before."""
        key = change.task_id, change.version
        if key in self.changes:
            return False
        self.changes[key], self._recorded_at[key] = change, self.recorded_at
        self._calendars[change.user_id] = day_of
        return True

    def includes(self, change: TaskChange) -> bool:
        """Returns whether the change was recorded before."""
        return (change.task_id, change.version) in self.changes

    def history(self, task_id: TaskId, limit: int) -> Sequence[DomainEvent]:
        """Returns the latest `limit` events, oldest first."""
        return [event for event in self._events() if event.task_id == task_id][-limit:]

    def feed(self, user_id: UserId, start: datetime | FeedPosition, limit: int) -> FeedPage:
        """Returns the entries of up to `limit` positions from the start on."""
        entries = self._entries(user_id)
        if isinstance(start, datetime):
            return _page([entry for entry in entries if entry.position.recorded_at >= start], limit)
        return _page([entry for entry in entries if _place(entry.position) > _place(start)], limit)

    def activity(self, user_id: UserId, before: FeedPosition | None, limit: int) -> FeedPage:
        """Returns the entries of up to `limit` positions, newest first."""
        entries = self._entries(user_id)[::-1]
        return _page([entry for entry in entries if before is None or _place(entry.position) < _place(before)], limit)

    def _entries(self, user_id: UserId) -> list[FeedEntry]:
        entries = [
            FeedEntry(FeedPosition(self._recorded_at[key], change.task_id), change.version, change.events)
            for key, change in self.changes.items()
            if change.user_id == user_id
        ]
        return sorted(
            (entry for entry in entries if not self.is_hidden(entry)), key=lambda entry: _place(entry.position)
        )

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """Returns the user's statistics, counted anew from all changes."""
        return recounted(self._events(), self._calendars.get(user_id, utc_day)).get(user_id, TaskStatistics())

    def _events(self) -> Sequence[DomainEvent]:
        changes = sorted(self.changes.values(), key=lambda change: change.version)
        return [event for change in changes for event in change.events]


def _place(position: FeedPosition) -> tuple[datetime, str]:
    return position.recorded_at, str(position.task_id)


def _page(entries: Sequence[FeedEntry], limit: int) -> FeedPage:
    places = list(dict.fromkeys(entry.position for entry in entries))
    shown = [entry for entry in entries if entry.position in places[:limit]]
    return FeedPage(shown, places[limit - 1] if len(places) > limit else None)


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
    published: list[tuple[TaskChange, str | None]] = field(default_factory=list)

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Publish the change to the subscribers. Raises LiveUpdateFailed."""
        if self.away:
            raise LiveUpdateFailed("nobody listens")
        self.published.append((change, correlation_id))
