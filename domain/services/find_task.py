"""Finds one task on behalf of an actor."""

from dataclasses import dataclass

from domain.access import Actor
from domain.errors import TaskNotFound
from domain.identifiers import TaskId
from domain.ports import TaskRepository
from domain.task import Task


@dataclass(frozen=True, slots=True)
class FindTask:
    """The use case that finds a task that the actor may see."""

    tasks: TaskRepository

    def __call__(self, actor: Actor, task_id: TaskId) -> Task:
        """Returns the task. Raises TaskNotFound when the task does not exist or belongs to another user."""
        task = self.tasks.get(task_id)
        if task is None or not actor.may_act_for(task.user_id):
            raise TaskNotFound(str(task_id))
        return task
