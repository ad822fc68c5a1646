"""The DynamoDB repository and the in-memory repository of the unit tests behave as the domain requires."""

import pytest

from adapters.dynamodb_tasks import DynamoDBTasks
from domain.details import TaskDetails
from domain.errors import ValidationError
from domain.lists import TaskQuery
from domain.ports import AlreadyExists, TaskRepository, VersionConflict
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, a_created_task, an_id, later
from tests.in_memory_tasks import InMemoryTasks
from tests.integration.conftest import TABLE_NAME


@pytest.fixture(params=["DynamoDB", "memory"])
def tasks(request: pytest.FixtureRequest) -> TaskRepository:
    if request.param == "memory":
        return InMemoryTasks()
    return DynamoDBTasks(request.getfixturevalue("dynamodb"), TABLE_NAME, correlation_id=lambda: None)


def titles(tasks: TaskRepository, query: TaskQuery) -> list[str]:
    return [task.title for task in tasks.list(query, 100, None).tasks]


def test_a_task_comes_back_as_it_was_stored_and_its_events_are_no_longer_due(tasks: TaskRepository) -> None:
    task = a_created_task(title="日本語 👩‍👩‍👧")

    tasks.add(task)

    assert task.events == ()
    assert tasks.get(task.id) == task
    assert tasks.get(task.id) is not task


def test_there_is_no_task_that_was_not_stored(tasks: TaskRepository) -> None:
    assert tasks.get(an_id()) is None


def test_a_taken_id_is_refused_with_the_task_that_has_it(tasks: TaskRepository) -> None:
    first = a_created_task(title="First")
    tasks.add(first)

    with pytest.raises(AlreadyExists) as refusal:
        tasks.add(Task.create(task_id=first.id, user_id=ANNA, details=TaskDetails(title="Second"), at=later()))

    assert refusal.value.task == first
    assert tasks.get(first.id) == first


def test_of_two_writers_of_one_version_the_second_is_refused(tasks: TaskRepository) -> None:
    task = a_created_task()
    tasks.add(task)
    first, second = tasks.get(task.id), tasks.get(task.id)
    assert first
    assert second
    first.start(later())
    second.cancel(later())
    tasks.save(first)

    with pytest.raises(VersionConflict) as refusal:
        tasks.save(second)

    assert refusal.value.info == {"code": "VERSION", "currentVersion": 2, "currentStatus": "IN_PROGRESS"}
    assert tasks.get(task.id) == first


def test_a_writer_who_comes_after_the_deletion_is_refused_and_told_no_version(tasks: TaskRepository) -> None:
    task = a_created_task()
    tasks.add(task)
    late = tasks.get(task.id)
    assert late
    task.delete(later())
    tasks.save(task)
    late.start(later())

    with pytest.raises(VersionConflict) as refusal:
        tasks.save(late)

    assert refusal.value.info == {"code": "VERSION", "currentVersion": None, "currentStatus": None}


def test_a_deleted_task_is_in_no_answer_and_its_id_stays_taken(tasks: TaskRepository) -> None:
    task = a_created_task()
    tasks.add(task)
    task.delete(later())

    tasks.save(task)

    assert tasks.get(task.id) is None
    assert titles(tasks, TaskQuery(ANNA)) == []
    with pytest.raises(AlreadyExists) as refusal:
        tasks.add(Task.create(task_id=task.id, user_id=ANNA, details=TaskDetails(title="Again"), at=later()))
    assert refusal.value.task.deleted


def test_lists_are_newest_first_by_user_and_status(tasks: TaskRepository) -> None:
    mine = [a_created_task(title=title, at=later(minute)) for minute, title in enumerate("abc")]
    for task in (*mine, a_created_task(user_id=BORIS, title="Boris's")):
        tasks.add(task)
    started = mine[1]
    started.start(later(9))
    tasks.save(started)

    assert titles(tasks, TaskQuery(ANNA)) == ["c", "b", "a"]
    assert titles(tasks, TaskQuery(ANNA, frozenset({TaskStatus.PENDING}))) == ["c", "a"]
    assert titles(tasks, TaskQuery(ANNA, frozenset({TaskStatus.IN_PROGRESS}))) == ["b"]
    assert titles(tasks, TaskQuery(ANNA, frozenset({TaskStatus.PENDING, TaskStatus.IN_PROGRESS}))) == ["c", "b", "a"]


def test_pages_follow_each_other_without_gap_or_repetition(tasks: TaskRepository) -> None:
    for minute in range(5):
        tasks.add(a_created_task(title=str(minute), at=later(minute)))

    seen, token = [], None
    for _ in range(3):
        page = tasks.list(TaskQuery(ANNA), 2, token)
        seen += [task.title for task in page.tasks]
        token = page.next_token

    assert seen == ["4", "3", "2", "1", "0"]
    assert token is None


def test_a_token_of_another_list_is_refused(tasks: TaskRepository) -> None:
    for minute in range(3):
        tasks.add(a_created_task(at=later(minute)))
    token = tasks.list(TaskQuery(ANNA), 1, None).next_token
    assert token

    with pytest.raises(ValidationError) as refusal:
        tasks.list(TaskQuery(ANNA, frozenset({TaskStatus.PENDING})), 1, token)

    assert refusal.value.info["field"] == "nextToken"
