"""A task is found only on behalf of an actor who may see it."""

import pytest

from domain.access import Actor
from domain.errors import TaskNotFound
from domain.services.read_tasks import FindTask
from tests.builders import ANNA, BORIS, a_created_task, an_id
from tests.in_memory_tasks import InMemoryTasks


@pytest.mark.parametrize(
    "actor", [Actor(ANNA, acts_for_anyone=False), Actor(BORIS, acts_for_anyone=True), Actor(None, acts_for_anyone=True)]
)
def test_owners_and_those_who_act_for_anyone_find_a_task(actor: Actor) -> None:
    tasks, task = InMemoryTasks(), a_created_task()
    tasks.add(task)

    assert FindTask(tasks)(actor, task.id) == task


def test_somebody_elses_task_and_no_task_are_refused_alike() -> None:
    tasks, task, missing = InMemoryTasks(), a_created_task(), an_id()
    tasks.add(task)
    find_task = FindTask(tasks)
    stranger = Actor(BORIS, acts_for_anyone=False)

    with pytest.raises(TaskNotFound) as foreign:
        find_task(stranger, task.id)
    with pytest.raises(TaskNotFound) as absent:
        find_task(stranger, missing)

    assert foreign.value.message == absent.value.message == "There is no such task."
    assert (foreign.value.info, absent.value.info) == ({"id": str(task.id)}, {"id": str(missing)})
