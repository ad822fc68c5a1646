"""The use cases that read tasks, their histories and their statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.access import Actor
from domain.errors import Code, TaskNotFound, ValidationError
from domain.events import DomainEvent
from domain.identifiers import TaskId, UserId
from domain.lists import EVERYTHING, TaskFilter, TaskOrder, TaskQuery
from domain.pages import MAXIMUM_LIMIT, page_size
from domain.ports import Clock, DamagedTask, Page, SettingsRepository, TaskProjections, TaskRepository
from domain.statistics import TaskStatistics
from domain.status import TaskStatus
from domain.task import Task

LATEST = 100  # events of a history; the schema documents the number


@dataclass(frozen=True, slots=True)
class FindTask:
    """Finds a task that the actor may see."""

    tasks: TaskRepository

    def __call__(self, actor: Actor, task_id: TaskId) -> Task:
        """Returns the task. Raises TaskNotFound when the task does not exist or belongs to another user."""
        task = self.tasks.get(task_id)
        if task is None or not actor.may_act_for(task.user_id):
            raise TaskNotFound(str(task_id))
        return task


@dataclass(frozen=True, slots=True)
class FindTasks:
    """Finds several tasks that the actor may see."""

    tasks: TaskRepository

    def __call__(self, actor: Actor, task_ids: Sequence[TaskId]) -> Sequence[Task | DamagedTask | None]:
        """Returns the task of each id, in order, and None for each that FindTask would not find.

        A task that cannot be read is a DamagedTask, whoever owns it. Raises ValidationError for fewer than 1 or more
        than 100 ids.
        """
        if not 1 <= len(task_ids) <= MAXIMUM_LIMIT:
            raise ValidationError("ids", f"must be 1 to {MAXIMUM_LIMIT} ids", Code.LIMIT, min=1, max=MAXIMUM_LIMIT)
        stored = self.tasks.get_all(list(dict.fromkeys(task_ids)))
        seen = {
            id_: task
            for id_, task in stored.items()
            if isinstance(task, DamagedTask) or (not task.deleted and actor.may_act_for(task.user_id))
        }
        return [seen.get(task_id) for task_id in task_ids]


@dataclass(frozen=True, slots=True)
class ListTasks:
    """Lists the tasks of a user in pages."""

    tasks: TaskRepository

    def __call__(
        self,
        actor: Actor,
        owner: UserId | None,
        statuses: frozenset[TaskStatus],
        limit: int | None,
        next_token: str | None,
        conditions: TaskFilter = EVERYTHING,
        order: TaskOrder = TaskOrder.NEWEST_FIRST,
    ) -> Page:
        """Returns one page of the owner's tasks that have one of the statuses and match the filter.

        `owner` defaults to the actor, `limit` to 20. Raises Unauthorized when the actor may not act for the owner.
        Raises ValidationError for a limit outside 1 to 100, for a token that another query issued, and when no owner
        is named and the actor is not a user.
        """
        return self.tasks.list(TaskQuery(actor.owner(owner), statuses, conditions, order), page_size(limit), next_token)


@dataclass(frozen=True, slots=True)
class ReadHistory:
    projections: TaskProjections

    def __call__(self, actor: Actor, owner: UserId, task_id: TaskId) -> Sequence[DomainEvent]:
        """Returns the latest 100 events, oldest first. Raises Unauthorized when the actor may not act for the owner.

        `owner` is the owner that the caller's task names. A history stores no owner to compare it with, because the
        same actor has to find the task first.
        """
        actor.owner(owner)
        return self.projections.history(task_id, LATEST)


@dataclass(frozen=True, slots=True)
class StatisticsToday:
    """A user's statistics and the number of completions today and within the last seven days, today included.

    Days are those of the user's time zone."""

    user_id: UserId
    statistics: TaskStatistics
    completed_today: int
    completed_last_7_days: int


@dataclass(frozen=True, slots=True)
class ReadStatistics:
    """Reads the statistics of one user as of today."""

    projections: TaskProjections
    settings: SettingsRepository
    clock: Clock

    def __call__(self, actor: Actor, owner: UserId | None) -> StatisticsToday:
        """Returns the owner's statistics as of today. Every count is zero for a user without tasks.

        `owner` defaults to the actor. Raises Unauthorized when the actor may not act for the owner. Raises
        ValidationError when no owner is named and the actor is not a user.
        """
        user_id = actor.owner(owner)
        statistics = self.projections.statistics(user_id)
        today = self.settings.get(user_id).today(self.clock())
        return StatisticsToday(
            user_id=user_id,
            statistics=statistics,
            completed_today=statistics.completed_since(today),
            completed_last_7_days=statistics.completed_since(today - timedelta(days=6)),
        )
