"""A change first updates the projections and is then published to the subscribers."""

from datetime import timedelta

import pytest

from domain.changes import TaskChange
from domain.events import Calendar, utc_day
from domain.identifiers import UserId
from domain.ports import LiveUpdateFailed, StatisticsDamaged
from domain.status import TaskStatus
from processor.follow_change import LIVE, EveryoneListens, FollowChange
from tests.builders import ANNA, BORIS, a_task, changes_of, later
from tests.in_memory_projections import (
    InMemoryErasures,
    InMemoryListeners,
    InMemoryProjections,
    InMemorySettings,
    Subscribers,
)

EVERYONE = EveryoneListens()


def a_completion() -> TaskChange:
    task = a_task(status=TaskStatus.IN_PROGRESS, version=2)
    task.complete(later())
    (change,) = changes_of(task)
    return change


def test_a_change_is_recorded_and_told_with_the_id_of_its_request() -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()

    assert (
        FollowChange(projections, subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), later)(
            change, "Root=1-abc"
        )
        is True
    )

    assert projections.statistics(ANNA).completed_since(later().date()) == 1
    assert subscribers.published == [(change, "Root=1-abc")]


def test_a_change_that_was_recorded_before_is_told_again() -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()
    follow_change = FollowChange(projections, subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), later)
    follow_change(change, None)

    assert follow_change(change, None) is False

    assert projections.statistics(ANNA).completed_since(later().date()) == 1
    assert subscribers.published == [(change, None), (change, None)]


def test_a_change_of_which_nobody_can_be_told_is_recorded_nevertheless() -> None:
    projections, change = InMemoryProjections(), a_completion()

    with pytest.raises(LiveUpdateFailed):
        FollowChange(projections, Subscribers(away=True), InMemoryErasures(), EVERYONE, InMemorySettings(), later)(
            change, None
        )

    assert [entry.event_type for entry in projections.history(change.task_id, 100)] == [
        "TaskStatusChanged",
        "TaskCompleted",
    ]


def test_nobody_is_told_of_a_change_that_could_not_be_recorded() -> None:
    class Unreachable(InMemoryProjections):
        def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
            raise ConnectionError(str(change.version))

    subscribers = Subscribers()

    with pytest.raises(ConnectionError):
        FollowChange(Unreachable(), subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), later)(
            a_completion(), None
        )

    assert subscribers.published == []


def test_a_change_of_an_erased_person_is_neither_recorded_nor_told() -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()

    assert (
        FollowChange(projections, subscribers, InMemoryErasures({ANNA}), EVERYONE, InMemorySettings(), later)(
            change, None
        )
        is False
    )

    assert projections.changes == {}
    assert subscribers.published == []


def test_damaged_statistics_hold_up_no_change_of_their_owner() -> None:
    class Damaged(InMemoryProjections):
        def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
            raise StatisticsDamaged(str(change.user_id))

    subscribers, change = Subscribers(), a_completion()

    assert (
        FollowChange(Damaged(), subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), later)(change, None)
        is True
    )

    assert subscribers.published == [(change, None)]


@pytest.mark.parametrize(("listeners", "published"), [({ANNA}, 1), ({None}, 1), ({BORIS}, 0), (set(), 0)])
def test_a_change_is_published_only_if_somebody_listens_to_its_owner_or_to_everyone(
    listeners: set[UserId | None], published: int
) -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()

    FollowChange(projections, subscribers, InMemoryErasures(), InMemoryListeners(listeners), InMemorySettings(), later)(
        change, None
    )

    assert projections.includes(change)
    assert len(subscribers.published) == published


@pytest.mark.parametrize(("age", "published"), [(LIVE, 1), (LIVE + timedelta(milliseconds=1), 0)])
def test_an_old_change_is_recorded_and_not_published(age: timedelta, published: int) -> None:
    projections, subscribers, change = InMemoryProjections(), Subscribers(), a_completion()

    follow_change = FollowChange(
        projections, subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), lambda: change.timestamp + age
    )

    assert follow_change(change, None) is True
    assert projections.includes(change)
    assert len(subscribers.published) == published


def test_appsync_that_is_away_for_long_makes_no_dead_letter() -> None:
    change, away = a_completion(), Subscribers(away=True)
    follow_change = FollowChange(
        InMemoryProjections(),
        away,
        InMemoryErasures(),
        EVERYONE,
        InMemorySettings(),
        lambda: change.timestamp + timedelta(minutes=16),
    )

    assert follow_change(change, None, 6) is True, "nothing is raised, so that SQS deletes the message"


def test_a_redelivery_reads_whether_its_change_is_recorded_and_repeats_no_transaction() -> None:
    class Counting(InMemoryProjections):
        transactions = 0

        def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
            type(self).transactions += 1
            return InMemoryProjections.record(self, change, day_of)

    change, subscribers = a_completion(), Subscribers()
    follow_change = FollowChange(Counting(), subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), later)

    assert [follow_change(change, None, deliveries) for deliveries in (1, 2, 3)] == [True, False, False]
    assert Counting.transactions == 1
    assert len(subscribers.published) == 3

    assert (
        FollowChange(Counting(), subscribers, InMemoryErasures(), EVERYONE, InMemorySettings(), later)(change, None, 2)
        is True
    ), "a delivery whose first attempt failed is recorded"
