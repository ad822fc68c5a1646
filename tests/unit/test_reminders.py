"""An open task is brought to mind once, by the write that ends its reminder."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.details import TaskDetails
from domain.errors import ValidationError
from domain.identifiers import TaskId
from domain.ports import DueReminder, Reminders
from domain.status import TaskStatus
from domain.task import Task
from processor.sweep import Remind, sweep
from resolvers.inputs import reminder
from tests.builders import NOON, a_task, an_id, later
from tests.in_memory_tasks import InMemoryTasks
from tests.integration.lambda_events import LambdaContext


def with_reminder(minutes: float = 0, **values: Any) -> Task:
    return a_task(remind_at=later(minutes), **values)


def test_a_due_reminder_is_an_event_and_ends() -> None:
    task = with_reminder(5)

    assert not task.remind(later(4.99))
    assert task.remind(later(5))

    assert [event.event_type for event in task.events] == ["TaskReminded"]
    assert (task.state.remind_at, task.version, task.events[0].changed) == (None, 2, ("remind_at",))
    assert not task.remind(later(6)), "it is due once"


@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.CANCELLED])
def test_a_closed_task_is_not_brought_to_mind_and_keeps_its_reminder(status: TaskStatus) -> None:
    task = with_reminder(5, status=status)

    assert not task.remind(later(10))
    assert (task.state.remind_at, task.changes) == (later(5), [])


def test_a_reopened_task_keeps_a_coming_reminder_and_drops_one_of_the_past() -> None:
    coming, past = with_reminder(60), with_reminder(5)
    for task in (coming, past):
        task.cancel(later(1))
        task.reopen(later(10))

    assert (coming.state.remind_at, past.state.remind_at) == (later(60), None)
    assert past.events[-1].changed == ("remind_at",)


def test_a_reminder_is_set_moved_and_cleared_like_any_detail() -> None:
    task = a_task()
    task.edit(later(1), remind_at=later(60))
    task.edit(later(2), remind_at=later(30))
    task.edit(later(3), clear=["remind_at"])

    assert [change.task.remind_at for change in task.changes] == [later(60), later(30), None]


def test_a_creation_with_a_reminder_of_the_past_can_be_repeated_for_ever() -> None:
    details = TaskDetails(title="Call", remind_at=NOON - timedelta(days=400))

    assert Task.create(task_id=an_id(), user_id=a_task().user_id, details=details, at=NOON).remind(NOON)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2101-01-01T00:00:00Z", "RANGE"),
        ("2100-12-31T23:59:59-01:00", "RANGE"),
        ("9999-12-31T23:59:59-12:00", "RANGE"),
        ("2026-02-30T00:00:00Z", "RANGE"),
        ("2026-12-24", "FORMAT"),
        ("2026-12-24T08:00:00", "FORMAT"),
        ("tomorrow", "FORMAT"),
    ],
)
def test_a_time_that_is_none_or_after_2100_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        reminder(text)

    assert (refused.value.info["field"], refused.value.info["code"]) == ("remindAt", code)


def test_the_last_moment_of_2100_is_allowed() -> None:
    assert reminder("2100-12-31T23:59:59.999Z").year == 2100


@dataclass
class Found(Reminders):
    """Reminders that an index shows, some of which are out of date."""

    reminders: list[DueReminder]

    def due(self, until: datetime) -> Iterator[DueReminder]:
        yield from self.reminders


def run(tasks: InMemoryTasks, *due: Task | TaskId, minutes: float = 10, remaining: int = 60_000) -> None:
    ids = [each if isinstance(each, TaskId) else each.id for each in due]
    handler = sweep(
        Found([DueReminder(task_id, NOON) for task_id in ids]),
        Remind(tasks, lambda: later(minutes)),
        ThreadPoolExecutor(1),
        lambda: later(minutes),
    )
    handler({}, LambdaContext(remaining=remaining))


def stored(*tasks: Task) -> InMemoryTasks:
    repository = InMemoryTasks()
    for task in tasks:
        repository.add(task)
    return repository


def test_the_sweep_reminds_by_the_product_and_a_second_run_repeats_nothing() -> None:
    task = with_reminder()
    tasks = stored(task)

    run(tasks, task)
    run(tasks, task)

    (event,) = tasks.events
    assert (event.event_type, event.by) == ("TaskReminded", "SERVICE")


def test_a_task_that_was_moved_closed_or_deleted_meanwhile_is_left_alone() -> None:
    moved, closed, deleted = with_reminder(), with_reminder(), with_reminder()
    tasks = stored(moved, closed, deleted)
    moved.edit(later(1), remind_at=later(60))
    closed.complete(later(1))
    deleted.delete(later(1))
    for task in (moved, closed, deleted):
        tasks.save(task)
    tasks.events.clear()

    run(tasks, moved, closed, deleted, an_id())

    assert tasks.events == []


def test_a_change_between_the_read_and_the_write_comes_first_and_the_reminder_with_the_next_run() -> None:
    task = with_reminder()
    tasks = stored(task)

    def overtake() -> None:
        tasks.before_save = lambda: None
        mine = tasks.get(task.id)
        assert mine
        mine.edit(later(2), title="Another")
        tasks.save(mine)

    tasks.before_save = overtake
    run(tasks, task)
    assert [event.event_type for event in tasks.events] == ["TaskUpdated"]

    run(tasks, task)

    assert [event.event_type for event in tasks.events] == ["TaskUpdated", "TaskReminded"]


def test_a_reminder_that_fails_holds_up_no_other_one(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(InMemoryTasks):
        def get(self, task_id: TaskId) -> Task | None:
            if task_id == broken.id:
                raise KeyError("Title")
            return InMemoryTasks.get(self, task_id)

    broken, whole = with_reminder(), with_reminder()
    tasks = Broken()
    for task in (broken, whole):
        tasks.add(task)

    run(tasks, broken, whole)

    assert [event.task_id for event in tasks.events] == [whole.id]
    metrics = capsys.readouterr().out
    assert '"RemindersFailed":[1.0]' in metrics
    assert '"RemindersSent":[1.0]' in metrics
    assert '"RemindersLag":[600.0]' in metrics


def test_a_run_without_reminders_says_so_that_silence_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    run(stored())

    assert '"RemindersLag":[0.0]' in capsys.readouterr().out


def test_a_run_that_is_nearly_over_begins_nothing() -> None:
    task = with_reminder()
    tasks = stored(task)

    run(tasks, task, remaining=15_000)

    assert tasks.events == []
