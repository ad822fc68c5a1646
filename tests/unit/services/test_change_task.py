"""A change requires access and the expected version, and is retried after another writer was first."""

import pytest

from domain.access import Actor
from domain.errors import Conflict, InvalidTransition, TaskNotFound
from domain.ports import VersionConflict
from domain.services.change_tasks import ATTEMPTS, ChangeTask
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, a_created_task, an_id, later
from tests.in_memory_tasks import InMemoryTasks

OWNER = Actor(ANNA, acts_for_anyone=False)
STRANGER = Actor(BORIS, acts_for_anyone=False)
SERVICE = Actor(None, acts_for_anyone=True)


@pytest.fixture
def tasks() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def task(tasks: InMemoryTasks) -> Task:
    """Returns a stored pending task of Anna."""
    stored = a_created_task()
    tasks.add(stored)
    tasks.events.clear()
    return stored


@pytest.fixture
def change_task(tasks: InMemoryTasks) -> ChangeTask:
    return ChangeTask(tasks, clock=later)


class Rival:
    """Another writer, who edits the task immediately before each of the next `times` saves."""

    def __init__(self, tasks: InMemoryTasks, task: Task, times: int) -> None:
        self.edits = 0
        self._tasks, self._task, self._times = tasks, task, times

    def __call__(self) -> None:
        if self.edits == self._times:
            return
        self.edits += 1
        self._tasks.before_save = lambda: None
        stored = self._tasks.get(self._task.id)
        assert stored
        stored.edit(later(), title=f"Rival's edit {self.edits}")
        self._tasks.save(stored)
        self._tasks.before_save = self


@pytest.mark.parametrize("actor", [OWNER, SERVICE])
def test_a_change_is_stored_with_its_events_at_the_clocks_time(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task, actor: Actor
) -> None:
    changed = change_task(actor, task.id, Task.complete)

    assert (changed.status, changed.version, changed.state.completed_at) == (TaskStatus.COMPLETED, 2, later())
    assert tasks.get(task.id) == changed
    assert [event.event_type for event in tasks.events] == ["TaskStatusChanged", "TaskCompleted"]


def test_a_change_that_finds_nothing_to_do_stores_nothing(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    unchanged = change_task(OWNER, task.id, lambda loaded, at: loaded.edit(at, title=task.state.title))

    assert unchanged == task
    assert tasks.events == []


def test_a_task_that_does_not_exist_is_not_found(change_task: ChangeTask) -> None:
    missing = an_id()

    with pytest.raises(TaskNotFound) as refusal:
        change_task(OWNER, missing, Task.start)

    assert refusal.value.info == {"id": str(missing)}


def test_a_strangers_change_finds_no_task_and_stores_nothing(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    with pytest.raises(TaskNotFound):
        change_task(STRANGER, task.id, Task.delete)

    assert tasks.get(task.id) == task
    assert tasks.events == []


def test_a_deleted_task_is_not_found(change_task: ChangeTask, task: Task) -> None:
    change_task(OWNER, task.id, Task.delete)

    with pytest.raises(TaskNotFound):
        change_task(OWNER, task.id, Task.delete)


def test_what_the_aggregate_refuses_stores_nothing(change_task: ChangeTask, tasks: InMemoryTasks, task: Task) -> None:
    cancelled = change_task(OWNER, task.id, Task.cancel)

    with pytest.raises(InvalidTransition):
        change_task(OWNER, task.id, Task.complete)

    assert tasks.get(task.id) == cancelled


def test_the_expected_version_lets_a_change_through(change_task: ChangeTask, task: Task) -> None:
    assert change_task(OWNER, task.id, Task.start, expected_version=1).version == 2


@pytest.mark.parametrize("expected", [2, 7])
def test_any_other_version_is_a_conflict_with_the_current_one_that_stores_nothing(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task, expected: int
) -> None:
    with pytest.raises(Conflict) as refusal:
        change_task(OWNER, task.id, Task.start, expected_version=expected)

    assert refusal.value.info == {"code": "VERSION", "currentVersion": 1, "currentStatus": "PENDING"}
    assert tasks.events == []


def test_losing_to_other_writers_is_tried_again_on_what_they_stored(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    tasks.before_save = Rival(tasks, task, times=ATTEMPTS - 1)

    changed = change_task(OWNER, task.id, Task.start)

    assert (changed.state.title, changed.status) == (f"Rival's edit {ATTEMPTS - 1}", TaskStatus.IN_PROGRESS)
    assert changed.version == ATTEMPTS + 1


def test_losing_four_times_in_a_row_is_a_conflict_with_the_current_version(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    rival = tasks.before_save = Rival(tasks, task, times=10)

    with pytest.raises(VersionConflict) as refusal:
        change_task(OWNER, task.id, Task.start)

    assert rival.edits == ATTEMPTS == 4
    assert refusal.value.info == {"code": "VERSION", "currentVersion": 5, "currentStatus": "PENDING"}


def test_with_an_expected_version_losing_once_is_a_conflict(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    rival = tasks.before_save = Rival(tasks, task, times=10)

    with pytest.raises(VersionConflict) as refusal:
        change_task(OWNER, task.id, Task.start, expected_version=1)

    assert rival.edits == 1
    assert refusal.value.info == {"code": "VERSION", "currentVersion": 2, "currentStatus": "PENDING"}


def test_a_rival_who_makes_the_change_impossible_is_told_as_such(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    def cancelled_first() -> None:
        tasks.before_save = lambda: None
        change_task(OWNER, task.id, Task.cancel)

    tasks.before_save = cancelled_first

    with pytest.raises(InvalidTransition) as refusal:
        change_task(OWNER, task.id, Task.complete)

    assert refusal.value.info["currentStatus"] == "CANCELLED"


def test_a_conflict_that_is_no_lost_race_is_not_tried_again(
    change_task: ChangeTask, tasks: InMemoryTasks, task: Task
) -> None:
    calls = []

    def nobody_knows() -> None:
        calls.append(task.id)
        raise Conflict("Nobody knows whether this change was stored.", {"currentVersion": 9})

    tasks.before_save = nobody_knows

    with pytest.raises(Conflict, match="Nobody knows"):
        change_task(OWNER, task.id, Task.start)

    assert len(calls) == 1
