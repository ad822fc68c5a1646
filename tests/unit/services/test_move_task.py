"""A task moves between two others of its owner, and every list sorted by rank shows it there."""

from random import Random

import pytest

from domain.access import Actor
from domain.errors import TaskNotFound, ValidationError
from domain.events import TaskMoved
from domain.identifiers import TaskId
from domain.ports import VersionConflict
from domain.services.change_tasks import MoveTask
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, a_created_task, a_task, an_id, later
from tests.in_memory_tasks import InMemoryTasks

OWNER = Actor(ANNA, acts_for_anyone=False)
SERVICE = Actor(None, acts_for_anyone=True)


@pytest.fixture
def tasks() -> InMemoryTasks:
    return InMemoryTasks()


@pytest.fixture
def four(tasks: InMemoryTasks) -> list[Task]:
    """Returns four stored tasks of Anna in their order: the newest first."""
    stored = [a_created_task(title=title, at=later(minute)) for title, minute in zip("abcd", (4, 3, 2, 1), strict=True)]
    for task in stored:
        tasks.add(task)
    tasks.events.clear()
    return stored


@pytest.fixture
def move(tasks: InMemoryTasks) -> MoveTask:
    return MoveTask(tasks, later, Random(1).randrange)


def order(tasks: InMemoryTasks, four: list[Task]) -> str:
    now = [task for task in tasks.get_all([task.id for task in four]).values() if not task.deleted]
    return "".join(task.state.title for task in sorted(now, key=lambda task: (task.state.rank, str(task.id))))


@pytest.mark.parametrize(
    ("moved", "after", "before", "expected"),
    [
        (0, 1, 2, "bacd"),
        (3, 0, 1, "adbc"),
        (2, None, 0, "cabd"),
        (0, 3, None, "bcda"),
        (0, 2, 3, "bcad"),
    ],
)
def test_a_task_moves_between_its_new_neighbors(
    tasks: InMemoryTasks,
    four: list[Task],
    move: MoveTask,
    moved: int,
    after: int | None,
    before: int | None,
    expected: str,
) -> None:
    def id_of(index: int | None) -> TaskId | None:
        return None if index is None else four[index].id

    task = move(OWNER, four[moved].id, id_of(after), id_of(before))

    assert order(tasks, four) == expected
    assert task.version == 2
    assert tasks.events == [TaskMoved.of(task.state, by="OWNER")]


@pytest.mark.parametrize(("after", "before"), [(0, 2), (None, 2), (0, None)])
def test_a_task_that_is_there_already_is_not_changed(
    tasks: InMemoryTasks, four: list[Task], move: MoveTask, after: int | None, before: int | None
) -> None:
    task = move(
        OWNER,
        four[1].id,
        None if after is None else four[after].id,
        None if before is None else four[before].id,
    )

    assert (task.version, tasks.events) == (1, [])


@pytest.mark.parametrize("status", TaskStatus)
def test_a_task_moves_in_any_status_and_keeps_it(
    tasks: InMemoryTasks, four: list[Task], move: MoveTask, status: TaskStatus
) -> None:
    closed = a_task(status=status, created_at=later(9))
    tasks.add(closed)

    moved = move(OWNER, closed.id, four[1].id, four[2].id)

    assert (moved.status, moved.state.completed_at) == (status, closed.state.completed_at)
    assert order(tasks, [*four, closed]).replace("Write the report", "x") == "abxcd"


def refusal(
    move: MoveTask, task: TaskId, after: TaskId | None, before: TaskId | None, actor: Actor = OWNER
) -> tuple[object, object]:
    with pytest.raises(ValidationError) as error:
        move(actor, task, after, before)
    return error.value.info["field"], error.value.info["code"]


def test_a_move_names_a_neighbor_that_is_another_task(four: list[Task], move: MoveTask) -> None:
    a, b, *_ = (task.id for task in four)

    assert refusal(move, a, None, None) == ("after", "REQUIRED")
    assert refusal(move, a, a, None) == ("after", "EXCLUSIVE")
    assert refusal(move, a, None, a) == ("before", "EXCLUSIVE")
    assert refusal(move, a, b, b) == ("before", "EXCLUSIVE")


def test_a_neighbor_of_another_owner_is_refused_like_one_that_does_not_exist_or_was_deleted(
    tasks: InMemoryTasks, four: list[Task], move: MoveTask
) -> None:
    foreign, deleted = a_created_task(user_id=BORIS), a_created_task()
    deleted.delete(later())
    tasks.add(foreign)
    tasks.add(deleted)
    tasks.events.clear()

    for neighbor in (foreign.id, deleted.id, an_id()):
        assert refusal(move, four[0].id, neighbor, None) == ("after", "REFERENCE")
        assert refusal(move, four[0].id, None, neighbor, SERVICE) == ("before", "REFERENCE")
    assert tasks.events == []


def test_both_wrong_neighbors_are_named_at_once(four: list[Task], move: MoveTask) -> None:
    with pytest.raises(ValidationError) as error:
        move(OWNER, four[0].id, an_id(), an_id())

    assert [rule["field"] for rule in error.value.errors] == ["after", "before"]


def test_neighbors_that_changed_places_meanwhile_are_refused(four: list[Task], move: MoveTask) -> None:
    assert refusal(move, four[0].id, four[3].id, four[1].id) == ("before", "RANGE")


def test_a_place_that_is_full_is_refused(tasks: InMemoryTasks, four: list[Task], move: MoveTask) -> None:
    low, high = a_task(rank="zUNcRZe0WtYh1" + "0" * 36 + "1"), a_task(rank="zUNcRZe0WtYh1" + "0" * 36 + "2")
    tasks.add(low)
    tasks.add(high)

    assert refusal(move, four[0].id, low.id, high.id) == ("after", "RANGE")


def test_a_task_that_the_caller_may_not_see_is_not_found(
    tasks: InMemoryTasks, four: list[Task], move: MoveTask
) -> None:
    deleted = a_created_task()
    deleted.delete(later())
    tasks.add(deleted)

    for actor, task_id in ((Actor(BORIS, acts_for_anyone=False), four[0].id), (OWNER, an_id()), (OWNER, deleted.id)):
        with pytest.raises(TaskNotFound):
            move(actor, task_id, four[1].id, None)


def test_a_move_of_another_version_is_a_conflict_with_the_current_task(
    tasks: InMemoryTasks, four: list[Task], move: MoveTask
) -> None:
    with pytest.raises(VersionConflict) as conflict:
        move(OWNER, four[0].id, four[2].id, None, expected_version=7)

    assert conflict.value.current == four[0].state
    assert tasks.events == []


def test_a_move_that_loses_a_race_is_decided_again_by_what_is_stored_then(
    tasks: InMemoryTasks, four: list[Task], move: MoveTask
) -> None:
    def rival() -> None:
        tasks.before_save = lambda: None
        move(OWNER, four[0].id, four[3].id, None)

    tasks.before_save = rival

    task = move(OWNER, four[0].id, four[1].id, four[2].id)

    assert (order(tasks, four), task.version) == ("bacd", 3)
