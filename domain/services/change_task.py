"""Changes a task: reads it, applies the change and writes the result unless another writer was first."""

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
"""A change to apply to a task at a given time, usually a method of Task."""


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """The use case that applies one change to one task."""

    tasks: TaskRepository
    clock: Clock

    def __call__(self, actor: Actor, task_id: TaskId, change: Change, expected_version: int | None = None) -> Task:
        """Returns the task after the change. A change that has no effect stores nothing.

        Raises TaskNotFound, and any error that the aggregate raises. Raises Conflict, with the current version and
        status, in three cases: `expected_version` is not the current version, the repository cannot tell whether the
        change was stored, or other writers were first four times in a row.
        """
        attempts = 0
        while True:
            task = FindTask(self.tasks)(actor, task_id)
            if expected_version is not None and task.version != expected_version:
                raise VersionConflict(task.version, task.status)
            change(task, self.clock())
            if not task.events:
                return task
            attempts += 1
            try:
                self.tasks.save(task)
            except VersionConflict:
                if attempts == ATTEMPTS:
                    raise
            else:
                return task
