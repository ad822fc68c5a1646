"""The use cases that create and change several tasks, each of which succeeds or fails by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.access import Actor
from domain.details import TaskDetails
from domain.errors import Code, DomainError, ValidationError
from domain.identifiers import ClientToken, TaskId, UserId
from domain.lists import TaskQuery
from domain.ports import Clock, DamagedTask, NewId, Page, TaskRepository, Workers
from domain.services.change_tasks import Change, ChangeTask, CreateTask
from domain.task import Task

MAXIMUM_CHANGES = 25
MAXIMUM_CREATIONS = 10

Outcome = Task | Exception
"""The task after its change, or what the change alone would have raised."""


@dataclass(frozen=True, slots=True)
class Action:
    task_id: TaskId
    change: Change
    expected_version: int | None = None
    mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Creation:
    """A task to create, with what makes its repetition safe."""

    owner: UserId | None
    details: TaskDetails
    key: ClientToken | TaskId
    mutation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeTasks:
    """Changes up to 25 tasks of one or several owners."""

    tasks: TaskRepository
    clock: Clock
    workers: Workers

    def __call__(self, actor: Actor, actions: Sequence[Action | DomainError]) -> Sequence[Outcome]:
        """Returns the outcome of each change, in order. An error among the changes is its own outcome.

        Raises ValidationError for fewer than 1 or more than 25 changes, and when two of them concern the same task,
        because changes are made at the same time.
        """
        _check_number(len(actions), MAXIMUM_CHANGES)
        ids = [each.task_id for each in actions if isinstance(each, Action)]
        if len(set(ids)) < len(ids):
            raise ValidationError("input", "must not name a task twice", Code.DUPLICATE)
        tasks = _ReadBefore(self.tasks, dict(self.tasks.get_all(ids)) if ids else {})
        change_task = ChangeTask(tasks, self.clock)

        def change(each: Action | DomainError) -> Outcome:
            if isinstance(each, DomainError):
                return each
            try:
                return change_task(actor, each.task_id, each.change, each.expected_version, each.mutation_id)
            except Exception as fault:  # noqa: BLE001 - a change fails alone, and its caller learns of the fault
                return fault

        return list(self.workers(change, actions))


@dataclass(frozen=True, slots=True)
class CreateTasks:
    """Creates up to 10 tasks of one or several owners."""

    tasks: TaskRepository
    clock: Clock
    new_id: NewId
    workers: Workers

    def __call__(self, actor: Actor, creations: Sequence[Creation | DomainError]) -> Sequence[Outcome]:
        """Returns the outcome of each creation, in order. An error among the creations is its own outcome.

        Raises ValidationError for fewer than 1 or more than 10 creations, and when two of them have the same key.
        """
        _check_number(len(creations), MAXIMUM_CREATIONS)
        keys = [(each.owner, each.key) for each in creations if isinstance(each, Creation)]
        if len(set(keys)) < len(keys):
            raise ValidationError("input", "must not have an id or clientToken twice", Code.DUPLICATE)
        create_task = CreateTask(self.tasks, self.clock, self.new_id)

        def create(each: Creation | DomainError) -> Outcome:
            if isinstance(each, DomainError):
                return each
            try:
                return create_task(actor, each.owner, each.details, each.key, each.mutation_id)
            except Exception as fault:  # noqa: BLE001 - a creation fails alone, and its caller learns of the fault
                return fault

        return list(self.workers(create, creations))


def _check_number(number: int, maximum: int) -> None:
    if not 1 <= number <= maximum:
        raise ValidationError("input", f"must have 1 to {maximum} entries", Code.LIMIT, min=1, max=maximum)


@dataclass(frozen=True, slots=True)
class _ReadBefore(TaskRepository):
    """A repository whose tasks were read together: the first `get` of each makes no read of its own."""

    tasks: TaskRepository
    stored: dict[TaskId, Task | DamagedTask]
    _read: set[TaskId] = field(default_factory=set)

    def add(self, task: Task) -> None:
        self.tasks.add(task)

    def get(self, task_id: TaskId) -> Task | None:
        if task_id in self._read:
            return self.tasks.get(task_id)
        self._read.add(task_id)
        task = self.stored.get(task_id)
        if isinstance(task, DamagedTask):
            raise task
        return None if task is None or task.deleted else task

    def get_all(self, task_ids: Sequence[TaskId]) -> Mapping[TaskId, Task | DamagedTask]:
        return self.tasks.get_all(task_ids)

    def list(self, query: TaskQuery, limit: int, next_token: str | None) -> Page:
        return self.tasks.list(query, limit, next_token)

    def save(self, task: Task) -> None:
        self.tasks.save(task)
