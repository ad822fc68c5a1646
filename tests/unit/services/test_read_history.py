"""A history is read only on behalf of an actor who may act for its owner."""

import pytest

from domain.access import Actor
from domain.errors import Unauthorized
from domain.services.read_tasks import LATEST, ReadHistory
from tests.builders import ANNA, BORIS, a_created_task, later
from tests.in_memory_projections import recorded


@pytest.mark.parametrize(
    "actor", [Actor(ANNA, acts_for_anyone=False), Actor(BORIS, acts_for_anyone=True), Actor(None, acts_for_anyone=True)]
)
def test_owners_and_those_who_act_for_anyone_read_a_history(actor: Actor) -> None:
    task, other = a_created_task(), a_created_task()
    task.start(later())

    entries = ReadHistory(recorded(task, other))(actor, ANNA, task.id)

    assert [entry.event_id for entry in entries] == [event.event_id for event in task.events]


def test_somebody_elses_history_is_refused() -> None:
    task = a_created_task()

    with pytest.raises(Unauthorized):
        ReadHistory(recorded(task))(Actor(BORIS, acts_for_anyone=False), ANNA, task.id)


def test_the_latest_hundred_entries_of_a_long_history_are_read() -> None:
    task = a_created_task()
    for number in range(LATEST):
        task.edit(later(number), title=f"Title {number}")

    entries = ReadHistory(recorded(task))(Actor(ANNA, acts_for_anyone=False), ANNA, task.id)

    assert LATEST == 100
    assert [entry.version for entry in entries] == list(range(2, 102))
