"""The use cases that create and change tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from domain.access import Actor
from domain.details import TaskDetails
from domain.errors import Code, KeyUsed
from domain.identifiers import ClientToken, TaskId, UserId
from domain.ports import AlreadyExists, Clock, NewId, TaskRepository, VersionConflict
from domain.services.read_tasks import FindTask
from domain.task import Task

ATTEMPTS = 4

Change = Callable[[Task, datetime], None]
"""A change to apply to a task at a given time, usually a method of Task."""


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Creates a pending task, once per client token or per id that the client made."""

    tasks: TaskRepository
    clock: Clock
    new_id: NewId

    def __call__(
        self,
        actor: Actor,
        owner: UserId | None,
        details: TaskDetails,
        key: ClientToken | TaskId | None = None,
        mutation_id: str | None = None,
    ) -> Task:
        """Returns the created task, or the current state of the task that the same key and details created before.

        `owner` defaults to the actor. Raises Unauthorized when the actor may not act for the owner. Raises
        ValidationError for a detail that breaks its rule, and when no owner is named and the actor is not a user.
        Raises Conflict when the key was used for other details or by another owner, or when its task was deleted.
        """
        user_id = actor.owner(owner)
        task = Task.create(
            task_id=self._id(user_id, key),
            user_id=user_id,
            details=details,
            at=self.clock(),
            idempotent=key is not None,
        )
        task.sign(actor.kind(user_id), mutation_id)
        try:
            self.tasks.add(task)
        except AlreadyExists as existing:
            field = "id" if isinstance(key, TaskId) else "clientToken"
            # The same error for another owner's task and for other details tells nothing about the task of the id.
            if existing.task.user_id != user_id:
                raise KeyUsed(field, Code.OTHER_CONTENT) from existing
            if key and existing.task.deleted:
                raise KeyUsed(field, Code.DELETED) from existing
            if key and existing.task.fingerprint != task.fingerprint:
                raise KeyUsed(field, Code.OTHER_CONTENT) from existing
            # Without a key the id is new, so that only this creation can have stored it: the answer of an earlier
            # attempt was lost.
            return existing.task
        return task

    def _id(self, user_id: UserId, key: ClientToken | TaskId | None) -> TaskId:
        if key is None:
            return TaskId.of(self.new_id())
        return key if isinstance(key, TaskId) else TaskId.derived(user_id, key)


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Applies one change to one task: reads it, changes it, and stores the result unless another writer was first."""

    tasks: TaskRepository
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        task_id: TaskId,
        change: Change,
        expected_version: int | None = None,
        mutation_id: str | None = None,
    ) -> Task:
        """Returns the task after the change. A change that has no effect stores nothing.

        Raises TaskNotFound, and any error that the aggregate raises. Raises Conflict, with the current version and
        status, in three cases: `expected_version` is not the current version, the repository cannot tell whether the
        change was stored, or other writers were first four times in a row.
        """
        attempts = 0
        while True:
            task = FindTask(self.tasks)(actor, task_id)
            if expected_version is not None and task.version != expected_version:
                raise VersionConflict(task.state)
            change(task, self.clock())
            if not task.changes:
                return task
            task.sign(actor.kind(task.user_id), mutation_id)
            attempts += 1
            try:
                self.tasks.save(task)
            except VersionConflict:
                if attempts == ATTEMPTS:
                    raise
            else:
                return task
