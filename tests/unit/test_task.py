"""A task allows only valid changes, and records an event for each of them."""

from itertools import product
from typing import Any

import pytest

from domain.details import DEFAULTS, TaskDetails, details_of, fingerprint
from domain.errors import InvalidTransition, ValidationError
from domain.events import TaskCompleted, TaskCreated, TaskDeleted, TaskReopened, TaskStatusChanged, TaskUpdated
from domain.status import TRANSITIONS, TaskStatus
from domain.task import Task
from tests.builders import ANNA, NOON, a_task, an_id, later
from tests.moves import moves

MOVES = moves()
DETAILS = [*details_of(TaskDetails(title="x"))]
CLOSED = [status for status in TaskStatus if status.is_closed]


def test_every_status_that_a_transition_reaches_has_a_method_and_no_other_has_one() -> None:
    reached = {status for wanted in TRANSITIONS.values() for status in wanted}

    assert set(MOVES) == reached, "domain/task.py has no method to a status of TRANSITIONS, or one to another status"


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(TaskStatus), "domain/status.py: TRANSITIONS lacks a status"


def test_a_new_task_is_pending_and_records_its_creation() -> None:
    task = Task.create(task_id=an_id(), user_id=ANNA, details=TaskDetails(title="  Buy milk "), at=NOON)

    assert (task.state.title, task.status, task.version, task.state.completed_at) == (
        "Buy milk",
        TaskStatus.PENDING,
        1,
        None,
    )
    assert task.events == (TaskCreated.of(task.state),)


def test_restoring_a_task_records_nothing() -> None:
    assert a_task(status=TaskStatus.COMPLETED, version=7).events == ()


@pytest.mark.parametrize(("current", "wanted"), [(s, w) for s, w in product(TaskStatus, MOVES) if w in TRANSITIONS[s]])
def test_an_allowed_transition_changes_status_version_and_time(current: TaskStatus, wanted: TaskStatus) -> None:
    task = a_task(status=current, version=3)

    MOVES[wanted](task, later())

    assert (task.status, task.version, task.state.updated_at) == (wanted, 4, later())
    assert task.events[0] == TaskStatusChanged.of(task.state, previous_status=current)


@pytest.mark.parametrize(
    ("current", "wanted"), [(s, w) for s, w in product(TaskStatus, MOVES) if w not in TRANSITIONS[s]]
)
def test_any_other_transition_is_refused_and_changes_nothing(current: TaskStatus, wanted: TaskStatus) -> None:
    task = a_task(status=current, version=3)
    before = task.state

    with pytest.raises(InvalidTransition) as refusal:
        MOVES[wanted](task, later())

    assert refusal.value.info == {
        "code": "SAME_STATUS" if wanted is current else "TRANSITION",
        "currentStatus": current,
        "wantedStatus": wanted,
        "currentVersion": 3,
    }
    assert (task.state, task.events) == (before, ())


def test_completing_records_the_status_change_and_the_completion_with_one_version() -> None:
    task = a_task()

    task.complete(later())

    assert [type(event) for event in task.events] == [TaskStatusChanged, TaskCompleted]
    assert {event.version for event in task.events} == {2}
    assert task.state.completed_at == later()
    assert len({event.event_id for event in task.events}) == 2


@pytest.mark.parametrize("status", CLOSED)
def test_reopening_records_the_status_change_and_the_reopening_and_takes_the_completion_back(
    status: TaskStatus,
) -> None:
    task = a_task(status=status, version=3)
    was_completed_at = task.state.completed_at

    task.reopen(later())

    assert (task.status, task.version, task.state.completed_at) == (TaskStatus.PENDING, 4, None)
    assert list(task.events) == [
        TaskStatusChanged.of(task.state, previous_status=status),
        TaskReopened.of(task.state, was_completed_at=was_completed_at),
    ]


def test_a_reopened_task_is_edited_and_completed_like_any_other() -> None:
    task = a_task(status=TaskStatus.COMPLETED)
    task.reopen(later(1))

    task.edit(later(2), title="Once more")
    task.complete(later(3))

    assert (task.state.title, task.status, task.state.completed_at) == ("Once more", TaskStatus.COMPLETED, later(3))


def test_a_refusal_tells_people_when_there_was_nothing_left_to_do() -> None:
    with pytest.raises(InvalidTransition, match=r"^The task is COMPLETED already\.$"):
        a_task(status=TaskStatus.COMPLETED).complete(later())
    with pytest.raises(InvalidTransition, match=r"^A task that is CANCELLED cannot become COMPLETED\.$"):
        a_task(status=TaskStatus.CANCELLED).complete(later())


def test_time_never_runs_backwards_for_a_task() -> None:
    task = a_task(created_at=later(5))

    task.start(NOON)

    assert task.state.updated_at == later(5)


def test_editing_changes_what_is_named_and_records_it() -> None:
    task = a_task(title="Old", description="Stays")

    task.edit(later(), title="New")

    assert (task.state.title, task.state.description, task.version) == ("New", "Stays", 2)
    assert task.events == (TaskUpdated.of(task.state),)


def test_editing_to_what_is_there_already_records_nothing() -> None:
    task = a_task(title="Same")

    task.edit(later(), title=" Same ")

    assert (task.events, task.version) == ((), 1)


def test_editing_every_detail_to_what_is_there_already_records_nothing() -> None:
    task = a_task(title="Same", description="Same too")

    task.edit(later(), title="Same", description="Same too")

    assert (task.events, task.version) == ((), 1)


def test_a_task_is_created_without_a_fingerprint_unless_it_is_to_be_repeatable() -> None:
    details = TaskDetails(title="Write the report")
    once = Task.create(task_id=an_id(), user_id=ANNA, details=details, at=later())
    repeatable = Task.create(task_id=an_id(), user_id=ANNA, details=details, at=later(), idempotent=True)

    assert once.fingerprint is None
    assert repeatable.fingerprint == fingerprint(details)


def test_an_edit_that_names_nothing_is_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        a_task().edit(later(), title=None)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == (
        "input",
        f"must name a detail to change: {', '.join(DETAILS)}",
    )


@pytest.mark.parametrize("status", CLOSED)
def test_the_details_of_a_closed_task_cannot_be_edited(status: TaskStatus) -> None:
    with pytest.raises(InvalidTransition) as refusal:
        a_task(status=status, version=2).edit(later(), title="New")

    assert refusal.value.info == {
        "code": "CLOSED",
        "currentStatus": status,
        "wantedStatus": None,
        "currentVersion": 2,
    }


@pytest.mark.parametrize("status", TaskStatus)
def test_a_task_can_be_deleted_in_any_status(status: TaskStatus) -> None:
    task = a_task(status=status)

    task.delete(later())

    assert task.deleted
    assert task.events == (TaskDeleted.of(task.state),)
    assert task.state.status is status


def test_clearing_sets_a_detail_to_its_default() -> None:
    task = a_task(description="All of it")

    task.edit(later(), clear=["description"])

    assert (task.state.description, task.version) == ("", 2)
    assert [type(event) for event in task.events] == [TaskUpdated]


def test_clearing_what_is_empty_already_changes_nothing() -> None:
    task = a_task(description="")

    task.edit(later(), clear=["description"])

    assert (task.events, task.version) == ((), 1)


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        ({"clear": ["title"]}, f"must name details that can be cleared: {', '.join(DEFAULTS)}"),
        ({"clear": ["color"]}, f"must name details that can be cleared: {', '.join(DEFAULTS)}"),
        ({"clear": ["description"], "description": "x"}, "must not name description, which is given as well"),
    ],
)
def test_what_cannot_be_cleared_is_refused(edit: dict[str, Any], rule: str) -> None:
    task = a_task()

    with pytest.raises(ValidationError) as refusal:
        task.edit(later(), **edit)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("clear", rule)
    assert (task.events, task.version) == ((), 1)


def test_an_edit_names_every_detail_that_breaks_its_rule() -> None:
    task = a_task()

    with pytest.raises(ValidationError) as refusal:
        task.edit(later(), title=" ", description="x" * 1001, labels=["a"], add_labels=["b"], clear=["color"])

    assert [(error["field"], error["code"]) for error in refusal.value.errors] == [
        ("title", "LENGTH"),
        ("description", "LENGTH"),
        ("labels", "EXCLUSIVE"),
        ("clear", "ONE_OF"),
    ]
    assert (task.events, task.version) == ((), 1)
