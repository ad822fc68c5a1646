"""A user's tasks are listed in pages."""

import pytest

from domain.access import Actor
from domain.errors import ValidationError
from domain.services.read_tasks import ListTasks
from domain.status import EVERY_STATUS, TaskStatus
from tests.builders import ANNA, BORIS, a_created_task, later
from tests.in_memory_tasks import InMemoryTasks

OWNER = Actor(ANNA, acts_for_anyone=False)
SERVICE = Actor(None, acts_for_anyone=True)


def tasks_of_anna(count: int) -> InMemoryTasks:
    tasks = InMemoryTasks()
    for minute in range(count):
        tasks.add(a_created_task(title=str(minute), at=later(minute)))
    return tasks


@pytest.mark.parametrize(("limit", "size"), [(None, 20), (1, 1), (100, 100)])
def test_a_page_holds_as_many_tasks_as_asked_and_twenty_unless_told(limit: int | None, size: int) -> None:
    page = ListTasks(tasks_of_anna(101))(OWNER, None, EVERY_STATUS, limit, None)

    assert [task.title for task in page.tasks] == [str(100 - n) for n in range(size)]
    assert page.next_token is not None


@pytest.mark.parametrize("limit", [-1, 0, 101])
def test_any_other_limit_is_refused(limit: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        ListTasks(tasks_of_anna(0))(OWNER, None, EVERY_STATUS, limit, None)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("limit", "must be 1 to 100")


def test_the_next_page_goes_on_where_the_page_before_ended() -> None:
    list_tasks = ListTasks(tasks_of_anna(3))

    first = list_tasks(OWNER, None, EVERY_STATUS, 2, None)
    second = list_tasks(OWNER, None, EVERY_STATUS, 2, first.next_token)

    assert [task.title for page in (first, second) for task in page.tasks] == ["2", "1", "0"]
    assert second.next_token is None


def test_the_caller_names_whose_tasks_and_of_which_status() -> None:
    tasks = tasks_of_anna(1)
    tasks.add(a_created_task(user_id=BORIS, title="Boris's"))
    list_tasks = ListTasks(tasks)

    assert [task.title for task in list_tasks(SERVICE, BORIS, EVERY_STATUS, None, None).tasks] == ["Boris's"]
    assert list_tasks(SERVICE, ANNA, frozenset({TaskStatus.COMPLETED}), None, None).tasks == []
