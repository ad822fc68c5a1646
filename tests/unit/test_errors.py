"""A refusal tells people the reason in its message, and programs the facts in its info."""

from typing import Any

import pytest

from domain.errors import DomainError, InvalidTransition, TaskNotFound, ValidationError
from domain.ports import AlreadyExists, VersionConflict
from domain.status import TaskStatus
from tests.builders import a_task


@pytest.mark.parametrize(
    ("kind", "arguments", "code", "message", "info"),
    [
        (
            ValidationError,
            ("title", "must be short"),
            "ValidationError",
            "title must be short",
            {"field": "title", "rule": "must be short"},
        ),
        (TaskNotFound, ("task-1",), "TaskNotFound", "There is no such task.", {"id": "task-1"}),
        (
            VersionConflict,
            (3, TaskStatus.PENDING),
            "Conflict",
            "The task was changed meanwhile.",
            {"currentVersion": 3, "currentStatus": "PENDING"},
        ),
    ],
)
def test_a_refusal_has_a_code_a_message_and_facts(
    kind: type[DomainError], arguments: tuple[Any, ...], code: str, message: str, info: dict[str, object]
) -> None:
    error = kind(*arguments)

    assert (error.code, error.message, str(error), error.info) == (code, message, message, info)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (None, "The details of a task that is COMPLETED cannot be edited."),
        ("COMPLETED", "The task is COMPLETED already."),
        ("CANCELLED", "A task that is COMPLETED cannot become CANCELLED."),
    ],
)
def test_a_refused_transition_tells_statuses_and_version(wanted: str | None, message: str) -> None:
    refusal = InvalidTransition(current="COMPLETED", wanted=wanted, version=4)

    assert refusal.message == message
    assert refusal.info == {"currentStatus": "COMPLETED", "wantedStatus": wanted, "currentVersion": 4}


def test_a_taken_id_names_the_task_that_has_it() -> None:
    task = a_task()

    assert str(AlreadyExists(task)) == f"{task.id} exists"
    assert AlreadyExists(task).task is task
