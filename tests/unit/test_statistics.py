"""Events change statistics by the right amounts."""

import random
from collections import Counter
from datetime import date

from domain.history import HistoryEntry
from domain.statistics import StatisticsChange, TaskStatistics, change_of, recounted
from domain.status import TaskStatus
from tests.builders import NOON, a_created_task, later


def test_a_life_of_a_task_adds_up_in_any_order() -> None:
    finished, deleted = a_created_task(), a_created_task()
    finished.start(later(1))
    finished.complete(later(2))
    deleted.cancel(later(3))
    deleted.delete(later(4))
    entries = [HistoryEntry.of(event) for event in (*finished.events, *deleted.events)]
    random.Random(7).shuffle(entries)

    counts: Counter[TaskStatus] = Counter()
    completions: Counter[date] = Counter()
    for change in map(change_of, entries):
        for status, added in change.by_status.items():
            counts[status] += added
        for day, added in change.completions.items():
            completions[day] += added

    assert {status: count for status, count in counts.items() if count} == {TaskStatus.COMPLETED: 1}
    assert completions == {NOON.date(): 1}


def test_an_edit_counts_for_nothing() -> None:
    task = a_created_task()
    task.events.clear()
    task.edit(later(), title="New")

    change = change_of(HistoryEntry.of(task.events[0]))

    assert change == StatisticsChange()


def test_a_reopening_takes_the_completion_back_from_its_day() -> None:
    task = a_created_task()
    task.complete(later())
    task.reopen(later(2 * 24 * 60))

    (statistics,) = recounted(map(HistoryEntry.of, task.events)).values()

    assert {status: count for status, count in statistics.by_status.items() if count} == {TaskStatus.PENDING: 1}
    assert statistics.completions == {NOON.date(): 0}


def test_a_cancelled_task_that_is_reopened_takes_no_completion_back() -> None:
    task = a_created_task()
    task.cancel(later())
    task.reopen(later(2))

    (statistics,) = recounted(map(HistoryEntry.of, task.events)).values()

    assert (statistics.count(TaskStatus.PENDING), statistics.total, statistics.completions) == (1, 1, {})


def test_the_total_is_the_sum_and_completions_count_from_a_day_on() -> None:
    statistics = TaskStatistics(
        {TaskStatus.PENDING: 2, TaskStatus.COMPLETED: 3},
        {date(2026, 11, 23): 1, date(2026, 11, 17): 2, date(2026, 11, 1): 4},
    )

    assert statistics.total == 5
    assert statistics.completed_since(date(2026, 11, 17)) == 3
