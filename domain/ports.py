"""The protocols that the domain requires of the outside and that the adapters implement."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from domain.changes import TaskChange
from domain.deliveries import Delivery
from domain.errors import Code, Conflict
from domain.events import Calendar, DomainEvent, utc_day
from domain.feed import FeedPage, FeedPosition
from domain.identifiers import TaskId, UserId
from domain.lists import TaskQuery
from domain.settings import UserSettings
from domain.snapshot import TaskSnapshot
from domain.statistics import TaskStatistics
from domain.task import Task
from domain.webhooks import UserWebhooks, WebhookId

Clock = Callable[[], datetime]
"""Returns the current time, which is timezone-aware, in UTC and in whole milliseconds."""

NewId = Callable[[], UUID]
"""Returns a new UUID."""


Given = TypeVar("Given")
Done = TypeVar("Done")


class Workers(Protocol):
    """Does several things at a time, as `Executor.map` does."""

    def __call__(self, do: Callable[[Given], Done], things: Iterable[Given], /) -> Iterable[Done]:
        """Returns what `do` returns for each thing, in order."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `next_token` is the start of the next page, or None on the last page.

    `unknown` is the number of tasks that the page leaves out, because this code does not know their statuses. `damaged`
    names the items that it leaves out, because they hold no task.
    """

    tasks: Sequence[TaskSnapshot]
    next_token: str | None
    unknown: int = 0
    damaged: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DueReminder:
    """A reminder whose time has come. `since` is when it could first be sent."""

    task_id: TaskId
    since: datetime


class DamagedTask(Exception):
    """The stored item of a task holds no task. The text names the task and the reason."""


class AlreadyExists(Exception):
    """A task with the id exists already. `task` is that task."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"{task.id} exists")
        self.task = task


class VersionConflict(Conflict):
    """The stored task is no longer the version that was read.

    `info` is {"code", "currentVersion", "currentStatus"}. `current` is the stored task. When the task no longer exists,
    the three are None.
    """

    def __init__(self, current: TaskSnapshot | None) -> None:
        super().__init__("The task was changed meanwhile.", _facts(Code.VERSION, current), current)


class OutcomeUnknown(Conflict):
    """So many changes were stored meanwhile that the repository cannot tell whether this change is one of them."""

    def __init__(self, current: TaskSnapshot | None) -> None:
        super().__init__(
            "The task was changed so often meanwhile that it is not known whether this change is among them.",
            _facts(Code.UNKNOWN_OUTCOME, current),
            current,
        )


def _facts(code: Code, current: TaskSnapshot | None) -> Mapping[str, str | int | None]:
    return {
        "code": str(code),
        "currentVersion": current.version if current else None,
        "currentStatus": str(current.status) if current else None,
    }


class TaskRepository(Protocol):
    """Stores tasks. A task and the events of its last change are stored together or not at all."""

    def add(self, task: Task) -> None:
        """Store a new task and its events.

        Raises AlreadyExists when the id is taken; nothing is stored in that case.
        """

    def get(self, task_id: TaskId) -> Task | None:
        """Returns the task, or None when there is none or it was deleted."""

    def get_all(self, task_ids: Sequence[TaskId]) -> Mapping[TaskId, Task | DamagedTask]:
        """Returns those of up to 100 tasks, none twice, that are stored, and those that are remembered as deleted.

        A task that cannot be read is a DamagedTask and keeps no other task from being read.
        """

    def list(self, query: TaskQuery, limit: int, next_token: str | None) -> Page:
        """Returns up to `limit` tasks in the order of the query.

        A page has fewer tasks if it is the last one, or if the query filters and 1 MB of tasks was read; `next_token`
        then continues. Raises ValidationError for a token that another query issued.
        """

    def save(self, task: Task) -> None:
        """Store a changed task and its events.

        Raises VersionConflict when another change was stored first, and OutcomeUnknown.
        """


class StatisticsDamaged(Exception):
    """A change is in the history but not in the statistics, whose item holds something else than numbers."""


class TaskProjections(Protocol):
    """The data that is derived from events: histories and statistics."""

    def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
        """Add the change to its task's history and its user's statistics, once.

        `day_of` is the calendar by which the user counts completions. Returns False when the change was recorded
        before. Raises StatisticsDamaged.
        """

    def includes(self, change: TaskChange) -> bool:
        """Returns whether the change was recorded before."""

    def history(self, task_id: TaskId, limit: int) -> Sequence[DomainEvent]:
        """Returns the latest `limit` events of the task, oldest first."""

    def feed(self, user_id: UserId, start: datetime | FeedPosition, limit: int) -> FeedPage:
        """Returns the user's changes, oldest first, from a time on or after a position.

        A page ends after `limit` different positions. An entry may be missing until MARGIN after it was recorded.
        """

    def activity(self, user_id: UserId, before: FeedPosition | None, limit: int) -> FeedPage:
        """Returns the user's changes, newest first, from the newest or before a position, as `feed` does."""

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """Returns the user's statistics. Every count is zero for a user without tasks."""


class SettingsRepository(Protocol):
    """Stores the settings of users."""

    def get(self, user_id: UserId) -> UserSettings:
        """Returns the user's settings, which are the defaults until something is stored."""

    def save(self, settings: UserSettings) -> bool:
        """Store changed settings as their next version. Returns False if another change was stored first."""


class Reminders(Protocol):
    """Finds the reminders of open tasks whose time has come."""

    def due(self, until: datetime) -> Iterator[DueReminder]:
        """Yields the reminders up to a time, those of each part of the table with the oldest first.

        A reminder that was ended a moment ago may be among them.
        """


class Erasures(Protocol):
    """The record of the persons whose data were erased and must not come back."""

    def includes(self, user_id: UserId) -> bool:
        """Returns whether the person was erased."""


class Listeners(Protocol):
    """The record of whose tasks somebody may be listening to.

    A subscription is recorded before it is acknowledged (docs/decisions/0037-publishing-to-listeners.md).
    """

    def add(self, owner: UserId | None, at: datetime) -> None:
        """Record a subscription that begins at `at` to the tasks of `owner`, or to everyone's tasks for None."""

    def include(self, owner: UserId, at: datetime) -> bool:
        """Returns whether anybody may be listening to the tasks of `owner` at `at`."""


class EndedAccess(Protocol):
    """The record of the users whose access operators ended."""

    def ended_at(self, user_id: UserId) -> datetime | None:
        """Returns when the user's access was ended, or None. Tokens that were issued before are void."""


class LiveUpdateFailed(Exception):
    """A change could not be published to the subscribers. The message gives the reason and no content of the task."""


class LiveUpdateRefused(LiveUpdateFailed):
    """The deployed schema refuses the values of this one change.

    Publishing it again fails until another schema is deployed.
    """


class LiveUpdateThrottled(LiveUpdateFailed):
    """More changes are published than the API takes."""


class LiveUpdates(Protocol):
    """Notifies subscribers of changes."""

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Publish a change to the subscribers of changes, and a completion also to the subscribers of completions.

        `correlation_id` is the id of the request that made the change. Raises LiveUpdateFailed.
        """


class WebhooksChanged(Conflict):
    """Another change of the same user's webhooks was stored first. Nothing was stored."""

    def __init__(self) -> None:
        super().__init__("The user's webhooks were changed meanwhile.", {"code": str(Code.VERSION)})


class WebhookRepository(Protocol):
    """Stores webhooks, all of a user together."""

    def of(self, owner: UserId) -> UserWebhooks:
        """Returns the webhooks of a user, who may have none."""

    def of_id(self, webhook_id: WebhookId) -> UserWebhooks | None:
        """Returns the webhooks among which a webhook of this id would be, or None if there are none."""

    def save(self, webhooks: UserWebhooks) -> None:
        """Store the webhooks. Raises WebhooksChanged when those of the version before are no longer stored."""


class WebhookSecrets(Protocol):
    """Derives the secrets that sign messages. Nobody stores a secret."""

    def secret(self, webhook_id: WebhookId, generation: int) -> str:
        """Returns a secret: `whsec_` and base64. The same id and generation have the same secret."""


class DeliveryQueue(Protocol):
    """The deliveries that wait for their time."""

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Store the deliveries. Raises an error unless all are stored; some may be stored then."""
