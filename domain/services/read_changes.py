"""The use cases that follow what changes among a user's tasks."""

from dataclasses import dataclass

from domain.access import Actor
from domain.feed import MARGIN, ChangedTasks, DeletedTask, FeedPage, FeedPosition, Progress
from domain.identifiers import TaskId, UserId
from domain.lists import TaskQuery
from domain.pages import MAXIMUM_LIMIT, page_size
from domain.ports import Clock, DamagedTask, TaskProjections, TaskRepository


@dataclass(frozen=True, slots=True)
class ReadChanges:
    """Reads a user's tasks that changed since the last time, first all tasks.

    A client that subscribes first and applies a task only if its version is higher than its own misses nothing
    (docs/decisions/0035-the-feed-of-changes.md has the proof).
    """

    tasks: TaskRepository
    projections: TaskProjections
    clock: Clock

    def __call__(
        self, actor: Actor, owner: UserId | None, progress: Progress | None, limit: int | None
    ) -> ChangedTasks:
        """Returns the next page after `progress`, and the progress with it.

        `owner` defaults to the actor, `limit` to 100. Raises Unauthorized when the actor may not act for the owner.
        Raises ValidationError for a limit outside 1 to 100, and when no owner is named and the actor is not a user.
        """
        user_id, size = actor.owner(owner), page_size(limit, default=MAXIMUM_LIMIT)
        # The time is read before anything else, so that it is not later than what the read contains.
        now = self.clock()
        if progress is None:
            progress = Progress(now, list_token="")
        if progress.list_token is not None:
            page = self.tasks.list(TaskQuery(user_id), size, progress.list_token or None)
            return ChangedTasks(
                page.tasks, [], Progress(progress.until, list_token=page.next_token), tuple(page.damaged)
            )
        if progress.after is not None:
            until, start = progress.until, self.projections.feed(user_id, progress.after, size)
        else:
            until, start = now, self.projections.feed(user_id, progress.until - MARGIN, size)
        return self._present(user_id, start, Progress(until, after=start.next))

    def _present(self, user_id: UserId, page: FeedPage, progress: Progress) -> ChangedTasks:
        """Returns the present state of each task of a page."""
        versions: dict[TaskId, int] = {}
        for entry in page.entries:
            versions[entry.position.task_id] = max(entry.version, versions.get(entry.position.task_id, 0))
        stored = self.tasks.get_all(list(versions)) if versions else {}
        # A damaged task is neither changed nor deleted: nobody should forget it.
        damaged = {task_id: str(damage) for task_id, damage in stored.items() if isinstance(damage, DamagedTask)}
        present = [task for task in stored.values() if not isinstance(task, DamagedTask)]
        tasks = {task.id: task for task in present if task.user_id == user_id}
        changed = [task.state for task in tasks.values() if not task.deleted]
        # A deleted task that is no longer remembered has no version, but it is gone for good.
        gone = {task_id: version for task_id, version in versions.items() if task_id not in {*tasks, *damaged}}
        gone |= {task.id: task.version for task in tasks.values() if task.deleted}
        deleted = [DeletedTask(task_id, version) for task_id, version in gone.items()]
        return ChangedTasks(changed, deleted, progress, (*page.damaged, *damaged.values()))


@dataclass(frozen=True, slots=True)
class ReadActivity:
    """Reads what happened to all of a user's tasks, newest first."""

    projections: TaskProjections

    def __call__(self, actor: Actor, owner: UserId | None, before: FeedPosition | None, limit: int | None) -> FeedPage:
        """Returns a page of changes before a position.

        `owner` defaults to the actor, `limit` to 20. Raises Unauthorized when the actor may not act for the owner.
        Raises ValidationError for a limit outside 1 to 100, and when no owner is named and the actor is not a user.
        """
        return self.projections.activity(actor.owner(owner), before, page_size(limit))
