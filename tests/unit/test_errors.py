"""A refusal tells people the reason in its message, and programs the facts in its info."""

from typing import Any

import pytest

from domain.errors import Code, DomainError, InvalidTransition, Problems, TaskNotFound, ValidationError
from domain.ports import AlreadyExists, VersionConflict
from domain.status import TaskStatus
from tests.builders import a_task


@pytest.mark.parametrize(
    ("kind", "arguments", "error_type", "message", "info"),
    [
        (
            ValidationError,
            ("title", "must be short", Code.LENGTH),
            "ValidationError",
            "title must be short",
            {
                "field": "title",
                "rule": "must be short",
                "code": "LENGTH",
                "errors": [{"field": "title", "rule": "must be short", "code": "LENGTH"}],
            },
        ),
        (TaskNotFound, ("task-1",), "TaskNotFound", "There is no such task.", {"id": "task-1"}),
        (
            VersionConflict,
            (a_task(version=3).state,),
            "Conflict",
            "The task was changed meanwhile.",
            {"code": "VERSION", "currentVersion": 3, "currentStatus": "PENDING"},
        ),
    ],
)
def test_a_refusal_has_a_type_a_message_and_facts(
    kind: type[DomainError], arguments: tuple[Any, ...], error_type: str, message: str, info: dict[str, object]
) -> None:
    error = kind(*arguments)

    assert (error.error_type, error.message, str(error), error.info) == (error_type, message, message, info)


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        (None, "CLOSED", "The details of a task that is COMPLETED cannot be edited."),
        ("COMPLETED", "SAME_STATUS", "The task is COMPLETED already."),
        ("CANCELLED", "TRANSITION", "A task that is COMPLETED cannot become CANCELLED."),
    ],
)
def test_a_refused_transition_tells_statuses_and_version(wanted: str | None, code: str, message: str) -> None:
    task = a_task(status=TaskStatus.COMPLETED, version=4).state

    refusal = InvalidTransition(task, wanted)

    assert refusal.message == message
    assert refusal.info == {
        "code": code,
        "currentStatus": "COMPLETED",
        "wantedStatus": wanted,
        "currentVersion": 4,
    }
    assert refusal.current is task


def test_a_taken_id_names_the_task_that_has_it() -> None:
    task = a_task()

    assert str(AlreadyExists(task)) == f"{task.id} exists"
    assert AlreadyExists(task).task is task


def test_several_broken_rules_are_one_error_with_all_of_them() -> None:
    problems = Problems()
    with problems:
        raise ValidationError("title", "must be short", Code.LENGTH, max=3)
    with problems:
        raise ValidationError("labels", "must be few", Code.LIMIT, max=2)

    with pytest.raises(ValidationError) as refusal:
        problems.report()

    title = {"field": "title", "rule": "must be short", "code": "LENGTH", "max": 3}
    labels = {"field": "labels", "rule": "must be few", "code": "LIMIT", "max": 2}
    assert refusal.value.info == {**title, "errors": [title, labels]}
    assert refusal.value.message == "title must be short; labels must be few"


def test_no_broken_rule_is_no_error_and_another_error_is_not_collected() -> None:
    problems = Problems()
    problems.report()

    with pytest.raises(KeyError), problems:
        raise KeyError("title")
