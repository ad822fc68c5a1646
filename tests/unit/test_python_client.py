"""The generated Python client reads answers of a newer API, and gives each error its type."""

import sys
from typing import Any

import pytest
from gql.transport.exceptions import TransportQueryError

from local.settings import ROOT

sys.path.insert(0, str(ROOT / "examples" / "python"))

from tasks_api.enums import TaskStatus
from tasks_api.errors import Conflict, UnknownApiError, ValidationError, error_of
from tasks_api.tasks_by_user import TasksByUser


def test_a_status_that_the_client_does_not_know_does_not_fail_the_page() -> None:
    task = {"id": "task-1", "title": "Buy milk", "version": 1, "completedAt": None}
    page = {"items": [task | {"status": "PENDING"}, task | {"status": "BLOCKED"}], "nextToken": None}

    read = TasksByUser.model_validate({"tasksByUser": page}).tasks_by_user

    assert read
    known, unknown = (item.status for item in read.items)
    assert (known, known.is_known) == (TaskStatus.PENDING, True)
    assert (unknown, unknown.value, unknown.is_known) == ("BLOCKED", "BLOCKED", False)


def test_what_is_no_text_is_no_value_of_an_enum() -> None:
    number: Any = 5

    with pytest.raises(ValueError, match="5 is not a valid TaskStatus"):
        TaskStatus(number)


def refusal(**error: object) -> TransportQueryError:
    return TransportQueryError("refused", errors=[{"message": "No.", **error}])


def test_an_error_has_the_class_of_its_type_with_its_facts_and_the_current_task() -> None:
    info = {"code": "VERSION", "currentVersion": 3, "currentStatus": "PENDING"}

    conflict = error_of(refusal(errorType="Conflict", errorInfo=info, data={"title": "Theirs"}))

    assert isinstance(conflict, Conflict)
    assert (conflict.message, conflict.info["currentVersion"], conflict.current) == ("No.", 3, {"title": "Theirs"})


def test_every_broken_rule_is_in_a_validation_error() -> None:
    broken = {"field": "title", "rule": "must be short", "code": "LENGTH", "max": 200}

    error = error_of(refusal(errorType="ValidationError", errorInfo={**broken, "errors": [broken]}))

    assert isinstance(error, ValidationError)
    assert [(rule["field"], rule["code"], rule.get("max")) for rule in error.info["errors"]] == [
        ("title", "LENGTH", 200)
    ]


def test_an_error_type_of_the_future_keeps_its_name() -> None:
    error = error_of(refusal(errorType="Novelty"))

    assert isinstance(error, UnknownApiError)
    assert error.error_type == "Novelty"
