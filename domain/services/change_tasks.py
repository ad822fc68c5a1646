"""The use cases that create and change tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.access import Actor
from domain.details import TaskDetails
from domain.errors import Code, KeyUsed, Problems, TaskNotFound, ValidationError
from domain.identifiers import ClientToken, TaskId, UserId
from domain.ports import AlreadyExists, Clock, DamagedTask, NewId, TaskRepository, VersionConflict
from domain.ranks import NoRoom, RandomBelow, rank_between
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
        signature = _Signature(actor, mutation_id)

        def read() -> tuple[Task, Change]:
            return FindTask(self.tasks)(actor, task_id), change

        return _change(self.tasks, self.clock, read, expected_version, signature)


@dataclass(frozen=True, slots=True)
class MoveTask:
    """Gives a task a place between two others of its owner in the manual order."""

    tasks: TaskRepository
    clock: Clock
    random_below: RandomBelow

    def __call__(
        self,
        actor: Actor,
        task_id: TaskId,
        after: TaskId | None,
        before: TaskId | None,
        expected_version: int | None = None,
        mutation_id: str | None = None,
    ) -> Task:
        """Returns the task, which follows the task `after` and precedes the task `before`.

        With one of the two, the task is put right beside it, as the first or the last one. A task that has such a place
        already is not changed. Raises TaskNotFound. Raises ValidationError when neither is named, when the ids are not
        different, when a neighbor does not exist, was deleted or belongs to another owner, when `before` does not
        follow `after`, and when there is no room between them. Raises Conflict as ChangeTask does.
        """
        neighbors = {name: id_ for name, id_ in (("after", after), ("before", before)) if id_ is not None}
        if not neighbors:
            raise ValidationError("after", "must be given unless before is", Code.REQUIRED)
        for name, id_ in neighbors.items():
            if id_ == task_id:
                raise ValidationError(name, "must be another task than the one to move", Code.EXCLUSIVE)
        if after == before:
            raise ValidationError("before", "must be another task than after", Code.EXCLUSIVE)
        read = partial(self._read, actor, task_id, neighbors)
        return _change(self.tasks, self.clock, read, expected_version, _Signature(actor, mutation_id))

    def _read(self, actor: Actor, task_id: TaskId, neighbors: Mapping[str, TaskId]) -> tuple[Task, Change]:
        """Returns the task and its move, which one read of the tasks decides."""
        tasks: dict[TaskId, Task] = {}
        for id_, stored in self.tasks.get_all([task_id, *neighbors.values()]).items():
            if isinstance(stored, DamagedTask):
                raise stored
            tasks[id_] = stored
        task = tasks.get(task_id)
        if task is None or task.deleted or not actor.may_act_for(task.user_id):
            raise TaskNotFound(str(task_id))
        problems, places = Problems(), dict[str, tuple[str, str]]()
        for name, id_ in neighbors.items():
            with problems:
                places[name] = _place(name, tasks.get(id_), task)
        problems.report()
        after, before = places.get("after"), places.get("before")
        if after and before and not after < before:
            raise ValidationError("before", "must be a task that follows after", Code.RANGE)
        place = (task.state.rank, str(task.id))
        if (after is None or after < place) and (before is None or place < before):
            return task, _leave
        try:
            rank = rank_between(after and after[0], before and before[0], self.random_below)
        except NoRoom as fault:
            rule = "must leave room between the two tasks: move one of them first"
            raise ValidationError("after", rule, Code.RANGE) from fault
        return task, lambda task, at: task.move(rank, at)


def _place(name: str, neighbor: Task | None, task: Task) -> tuple[str, str]:
    """Returns the key of a neighbor in the manual order.

    The error is the same for a task of another owner as for one that does not exist.
    """
    if neighbor is None or neighbor.deleted or neighbor.user_id != task.user_id:
        raise ValidationError(name, "must be a task of the same owner that was not deleted", Code.REFERENCE)
    return neighbor.state.rank, str(neighbor.id)


def _leave(task: Task, at: datetime) -> None:
    """Change nothing."""


@dataclass(frozen=True, slots=True)
class _Signature:
    """Who makes a change, and the caller's own name for it."""

    actor: Actor
    mutation_id: str | None


def _change(
    tasks: TaskRepository,
    clock: Clock,
    read: Callable[[], tuple[Task, Change]],
    expected_version: int | None,
    signature: _Signature,
) -> Task:
    """Returns the task after the change that belongs to what was read, which is read again after a lost race."""
    attempts = 0
    while True:
        task, change = read()
        if expected_version is not None and task.version != expected_version:
            raise VersionConflict(task.state)
        change(task, clock())
        if not task.changes:
            return task
        task.sign(signature.actor.kind(task.user_id), signature.mutation_id)
        attempts += 1
        try:
            tasks.save(task)
        except VersionConflict:
            if attempts == ATTEMPTS:
                raise
        else:
            return task
