"""The feed of a user's changes in the order of their recording, and how far a client has read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.events import DomainEvent
from domain.identifiers import TaskId
from domain.snapshot import TaskSnapshot

MARGIN = timedelta(seconds=30)
"""Within this time after `recorded_at`, every read of the feed contains the entry (docs/decisions/0035)."""


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """A place in the feed, which is sorted by time and then by the text of the id."""

    recorded_at: datetime
    task_id: TaskId


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One recorded change."""

    position: FeedPosition
    version: int
    events: Sequence[DomainEvent]


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Entries in the order in which they were requested. `next` is the position after which more follow, if any.

    `damaged` names the items that hold no entry. If such an item still names its task, it is an entry without events.
    """

    entries: Sequence[FeedEntry]
    next: FeedPosition | None
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """What a client has read: every change that was recorded MARGIN before `until`, and none of the pages that remain.

    `list_token` is the next page of the list of all tasks, while a client without any tasks reads it. `after` is the
    next page of the feed.
    """

    until: datetime
    list_token: str | None = None
    after: FeedPosition | None = None

    @property
    def is_complete(self) -> bool:
        """Whether no page remains."""
        return self.list_token is None and self.after is None


@dataclass(frozen=True, slots=True)
class DeletedTask:
    """A task that is deleted. The deletion has a version of its own."""

    id: TaskId
    version: int


@dataclass(frozen=True, slots=True)
class ChangedTasks:
    """The present states of the tasks that changed, each task once. `damaged` names the items that are left out."""

    changed: Sequence[TaskSnapshot]
    deleted: Sequence[DeletedTask]
    progress: Progress
    damaged: tuple[str, ...] = ()
