"""Creates a task, once per client token."""

from dataclasses import dataclass

from domain.details import TaskDetails
from domain.errors import Conflict
from domain.identifiers import ClientToken, TaskId, UserId
from domain.ports import AlreadyExists, Clock, NewId, TaskRepository
from domain.task import Task


@dataclass(frozen=True, slots=True)
class CreateTask:
    """The use case that creates a pending task."""

    tasks: TaskRepository
    clock: Clock
    new_id: NewId

    def __call__(self, user_id: UserId, details: TaskDetails, token: ClientToken | None = None) -> Task:
        """Returns the created task, or the current state of the task that the same token and details created before.

        Raises ValidationError for a detail that breaks its rule. Raises Conflict when the token was used for other
        details or when its task was deleted.
        """
        task = Task.create(
            task_id=TaskId.derived(user_id, token) if token else TaskId.of(self.new_id()),
            user_id=user_id,
            details=details,
            at=self.clock(),
            idempotent=token is not None,
        )
        try:
            self.tasks.add(task)
        except AlreadyExists as existing:
            if existing.task.fingerprint != task.fingerprint:
                raise Conflict(
                    "This clientToken was used to create a task with other content.", field="clientToken"
                ) from existing
            # Without a token the id is new, so that only this creation can have stored it: the answer of an earlier
            # attempt was lost.
            if token and existing.task.deleted:
                raise Conflict("The task created with this clientToken was deleted.", field="clientToken") from existing
            return existing.task
        return task
