"""A change first updates the projections and is then published to the subscribers."""

import pytest

from domain.changes import TaskChange
from domain.ports import LiveUpdateFailed, StatisticsDamaged
from domain.status import TaskStatus
from processor.follow_change import FollowChange
from tests.builders import ANNA, a_task, changes_of, later
from tests.in_memory_projections import InMemoryErasures, InMemoryProjections, Subscribers


def a_completion() -> TaskChange:
    task = a_task(status=TaskStatus.IN_PROGRESS, version=2)
    task.complete(later())
    (change,) = changes_of(task)
    return change


def test_a_change_is_recorded_and_told_with_the_id_of_its_request() -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()

    assert FollowChange(projections, subscribers, InMemoryErasures())(change, "Root=1-abc") is True

    assert projections.statistics(ANNA).completed_since(later().date()) == 1
    assert subscribers.told == [(change, "Root=1-abc")]


def test_a_change_that_was_recorded_before_is_told_again() -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()
    follow_change = FollowChange(projections, subscribers, InMemoryErasures())
    follow_change(change, None)

    assert follow_change(change, None) is False

    assert projections.statistics(ANNA).completed_since(later().date()) == 1
    assert subscribers.told == [(change, None), (change, None)]


def test_a_change_of_which_nobody_can_be_told_is_recorded_nevertheless() -> None:
    projections, change = InMemoryProjections(), a_completion()

    with pytest.raises(LiveUpdateFailed):
        FollowChange(projections, Subscribers(away=True), InMemoryErasures())(change, None)

    assert [entry.event_type for entry in projections.history(change.task_id, 100)] == [
        "TaskStatusChanged",
        "TaskCompleted",
    ]


def test_nobody_is_told_of_a_change_that_could_not_be_recorded() -> None:
    class Unreachable(InMemoryProjections):
        def record(self, change: TaskChange) -> bool:
            raise ConnectionError(str(change.version))

    subscribers = Subscribers()

    with pytest.raises(ConnectionError):
        FollowChange(Unreachable(), subscribers, InMemoryErasures())(a_completion(), None)

    assert subscribers.told == []


def test_a_change_of_an_erased_person_is_neither_recorded_nor_told() -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()

    assert FollowChange(projections, subscribers, InMemoryErasures({ANNA}))(change, None) is False

    assert projections.changes == {}
    assert subscribers.told == []


def test_damaged_statistics_hold_up_no_change_of_their_owner() -> None:
    class Damaged(InMemoryProjections):
        def record(self, change: TaskChange) -> bool:
            raise StatisticsDamaged(str(change.user_id))

    subscribers, change = Subscribers(), a_completion()

    assert FollowChange(Damaged(), subscribers, InMemoryErasures())(change, None) is True

    assert subscribers.told == [(change, None)]
