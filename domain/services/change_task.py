"""Change a task: read, let the aggregate decide, write what it decided if nobody was faster."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.access import Actor
from domain.identifiers import TaskId
from domain.ports import Clock, TaskRepository, VersionConflict
from domain.services.find_task import FindTask
from domain.task import Task

ATTEMPTS = 4

Change = Callable[[Task, datetime], None]
"""What is to happen to a task at a time: one of the aggregate's methods."""


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Carries out one change of one task."""

    tasks: TaskRepository
    clock: Clock

    def __call__(self, actor: Actor, task_id: TaskId, change: Change, expected_version: int | None = None) -> Task:
        """The task after the change; a change that finds nothing to do stores nothing.

        Raises TaskNotFound, whatever the aggregate refuses, and Conflict with the current version and status: when
        `expected_version` is not the current one, when the repository cannot tell whether the change was stored, and
        after losing to other writers four times in a row.
        """
        for attempt in range(1, ATTEMPTS + 1):
            task = FindTask(self.tasks)(actor, task_id)
            if expected_version is not None and task.version != expected_version:
                raise VersionConflict(task.version, task.status)
            change(task, self.clock())
            if not task.events:
                return task
            try:
                self.tasks.save(task)
            except VersionConflict:
                if attempt == ATTEMPTS:
                    raise
            else:
                return task
        raise AssertionError("unreachable: the last attempt returns or raises")
