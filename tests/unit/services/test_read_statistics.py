"""Statistics are read as of today."""

from datetime import timedelta

from domain.access import Actor
from domain.services.read_tasks import ReadStatistics, StatisticsToday
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, NOON, a_created_task
from tests.in_memory_projections import InMemorySettings, recorded


def completed(*, days_ago: int) -> Task:
    at = NOON - timedelta(days=days_ago)
    task = a_created_task(at=at)
    task.complete(at)
    return task


def read(*tasks: Task) -> StatisticsToday:
    return ReadStatistics(recorded(*tasks), InMemorySettings(), clock=lambda: NOON)(
        Actor(ANNA, acts_for_anyone=False), None
    )


def test_a_users_own_tasks_are_counted() -> None:
    today = read(a_created_task(), completed(days_ago=0), a_created_task(user_id=BORIS))

    assert today.user_id == ANNA
    assert (today.statistics.total, today.statistics.count(TaskStatus.COMPLETED)) == (2, 1)


def test_completions_of_today_are_those_since_midnight_utc() -> None:
    assert read(completed(days_ago=0), completed(days_ago=1)).completed_today == 1


def test_the_last_seven_days_are_today_and_the_six_days_before() -> None:
    assert read(*(completed(days_ago=days) for days in (0, 6, 7))).completed_last_7_days == 2


def test_a_user_without_tasks_has_completed_nothing() -> None:
    today = read()

    assert (today.statistics.total, today.completed_today, today.completed_last_7_days) == (0, 0, 0)
