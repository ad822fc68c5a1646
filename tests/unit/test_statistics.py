"""Events change statistics by the right amounts."""

import random
from collections import Counter
from datetime import date

from domain.events import StatisticsChange
from domain.statistics import TaskStatistics, recounted, sum_of
from domain.status import Status, TaskStatus
from tests.builders import NOON, a_created_task, later


def test_a_life_of_a_task_adds_up_in_any_order() -> None:
    finished, deleted = a_created_task(), a_created_task()
    finished.start(later(1))
    finished.complete(later(2))
    deleted.cancel(later(3))
    deleted.delete(later(4))
    events = [*finished.events, *deleted.events]
    random.Random(7).shuffle(events)

    counts: Counter[Status] = Counter()
    completions: Counter[date] = Counter()
    for change in (event.adds() for event in events):
        for status, added in change.by_status.items():
            counts[status] += added
        for day, added in change.completions.items():
            completions[day] += added

    assert {status: count for status, count in counts.items() if count} == {TaskStatus.COMPLETED: 1}
    assert completions == {NOON.date(): 1}


def test_an_edit_counts_for_nothing() -> None:
    task = a_created_task()
    task.changes.clear()
    task.edit(later(), title="New")

    change = task.events[0].adds()

    assert change == StatisticsChange()


def test_a_reopening_takes_the_completion_back_from_its_day() -> None:
    task = a_created_task()
    task.complete(later())
    task.reopen(later(2 * 24 * 60))

    (statistics,) = recounted(task.events).values()

    assert {status: count for status, count in statistics.by_status.items() if count} == {TaskStatus.PENDING: 1}
    assert statistics.completions == {NOON.date(): 0}


def test_a_cancelled_task_that_is_reopened_takes_no_completion_back() -> None:
    task = a_created_task()
    task.cancel(later())
    task.reopen(later(2))

    (statistics,) = recounted(task.events).values()

    assert (statistics.count(TaskStatus.PENDING), statistics.total, statistics.completions) == (1, 1, {})


def test_the_total_is_the_sum_and_completions_count_from_a_day_on() -> None:
    statistics = TaskStatistics(
        {TaskStatus.PENDING: 2, TaskStatus.COMPLETED: 3},
        {date(2026, 11, 23): 1, date(2026, 11, 17): 2, date(2026, 11, 1): 4},
    )

    assert statistics.total == 5
    assert statistics.completed_since(date(2026, 11, 17)) == 3


def test_the_events_of_one_change_add_up_and_what_comes_to_nothing_is_left_out() -> None:
    task = a_created_task()
    task.complete(later())
    created, *completed = task.events

    assert sum_of(completed) == StatisticsChange({TaskStatus.PENDING: -1, TaskStatus.COMPLETED: 1}, {NOON.date(): 1})
    assert sum_of([created, *completed]) == StatisticsChange({TaskStatus.COMPLETED: 1}, {NOON.date(): 1})
    assert sum_of([]) == StatisticsChange()


def test_a_completion_that_is_taken_back_leaves_no_day_behind() -> None:
    task = a_created_task()
    task.complete(later())
    task.reopen(later(2))

    assert sum_of(task.events) == StatisticsChange({TaskStatus.PENDING: 1})


def test_a_user_without_tasks_has_none_of_any_status() -> None:
    assert [TaskStatistics().count(status) for status in TaskStatus] == [0] * len(TaskStatus)
