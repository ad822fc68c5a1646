"""A task repository in memory, for tests of use cases and for comparison with the DynamoDB repository."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from domain.errors import Code, ValidationError
from domain.events import DomainEvent
from domain.identifiers import TaskId
from domain.lists import TaskOrder, TaskQuery
from domain.ports import AlreadyExists, Page, TaskRepository, VersionConflict
from domain.task import Task


@dataclass(slots=True)
class InMemoryTasks(TaskRepository):
    """A repository that keeps tasks in a dictionary, and every stored event in `events` in the order of the writes.

    `before_save` runs before each save, so that a test can let another writer be first.
    """

    events: list[DomainEvent] = field(default_factory=list)
    before_save: Callable[[], object] = lambda: None
    _stored: dict[TaskId, Task] = field(default_factory=dict)

    def add(self, task: Task) -> None:
        """Store a new task. Raises AlreadyExists."""
        if task.id in self._stored:
            raise AlreadyExists(deepcopy(self._stored[task.id]))
        self._store(task)

    def get(self, task_id: TaskId) -> Task | None:
        """Returns the task, or None."""
        stored = self._stored.get(task_id)
        return None if stored is None or stored.deleted else deepcopy(stored)

    def get_all(self, task_ids: Sequence[TaskId]) -> Mapping[TaskId, Task]:
        """Returns those of the tasks that are stored, deleted ones too."""
        return {task_id: deepcopy(self._stored[task_id]) for task_id in task_ids if task_id in self._stored}

    def list(self, query: TaskQuery, limit: int, next_token: str | None) -> Page:
        """Returns a page in the order of the query. A token is the text of its query and position."""
        tasks = [
            task
            for task in self._stored.values()
            if task.user_id == query.user_id and query.includes(task.state) and not task.deleted
        ]
        newest_first = query.order is TaskOrder.NEWEST_FIRST
        tasks.sort(key=lambda task: _position(query, task), reverse=newest_first)
        if next_token is not None:
            issued_for, _, start = next_token.rpartition("@")
            if issued_for != _name(query):
                raise ValidationError("nextToken", "must be the nextToken of the page before", Code.REFERENCE)
            tasks = [
                task
                for task in tasks
                if _position(query, task) != start and (_position(query, task) < start) is newest_first
            ]
        page = tasks[:limit]
        token = f"{_name(query)}@{_position(query, page[-1])}" if len(tasks) > limit else None
        return Page([task.state for task in page], token)

    def save(self, task: Task) -> None:
        """Store a changed task. Raises VersionConflict."""
        self.before_save()
        stored = self._stored.get(task.id)
        if stored is None or stored.version != task.version - 1:
            raise VersionConflict(None if stored is None or stored.deleted else stored.state)
        self._store(task)

    def _store(self, task: Task) -> None:
        self.events += task.events
        task.changes.clear()
        self._stored[task.id] = deepcopy(task)


def _position(query: TaskQuery, task: Task) -> str:
    if query.order is TaskOrder.DUE_FIRST:
        return f"{str(task.state.due).rpartition('#')[0]} {task.id}"
    return f"{task.state.created_at.isoformat(timespec='milliseconds')} {task.id}"


def _name(query: TaskQuery) -> str:
    return f"{query.user_id}: {sorted(query.statuses)}: {query.filter}: {query.order}"
