"""The rule of an argument names what the argument may be."""

from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import Field

from domain.errors import ValidationError
from domain.status import TaskStatus
from resolvers.inputs import Arguments, CreateTask, TasksByUser, UpdateTask, parse


class Color(StrEnum):
    """An enum that is not the first of the schema."""

    RED = "RED"
    DARK_GREEN = "DARK_GREEN"


class Painted(Arguments):
    """The arguments of a field that takes a color."""

    color: Annotated[Color, Field(strict=False)]


def test_an_enums_rule_names_the_values_of_that_enum() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(Painted, {"color": "BLUE"})

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("color", "must be one of RED, DARK_GREEN")


def test_a_statuss_rule_names_every_status() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(TasksByUser, {"status": "DONE"})

    assert refusal.value.info["rule"] == f"must be one of {', '.join(TaskStatus)}"
    assert "PENDING, IN_PROGRESS, COMPLETED" in refusal.value.info["rule"]


def test_every_broken_field_is_named_at_once_with_the_code_and_the_bounds_of_its_rule() -> None:
    wrong = {"title": "", "userId": "a b", "clientToken": "ü", "labels": ["x" * 51], "priority": "SOON", "due": {}}

    with pytest.raises(ValidationError) as refusal:
        parse(CreateTask, {"input": wrong})

    assert {str(error["field"]): error["code"] for error in refusal.value.errors} == {
        "title": "LENGTH",
        "userId": "FORMAT",
        "clientToken": "FORMAT",
        "labels": "LENGTH",
        "priority": "ONE_OF",
        "due": "EXCLUSIVE",
    }
    assert refusal.value.info["field"] == refusal.value.errors[0]["field"]
    (labels,) = (error for error in refusal.value.errors if error["field"] == "labels")
    assert (labels["min"], labels["max"]) == (1, 50)


@pytest.mark.parametrize(
    ("edit", "code", "bounds"),
    [
        ({"id": "task 1"}, "FORMAT", {}),
        ({"id": "task-1", "expectedVersion": 0}, "RANGE", {"min": 1}),
        ({"id": "task-1", "title": 5}, "TYPE", {}),
        ({"title": "x"}, "REQUIRED", {}),
        ({"id": "task-1", "color": "red"}, "UNKNOWN", {}),
        ({"id": "task-1", "labels": "home"}, "TYPE", {}),
        ({"id": "task-1", "addLabels": [str(n) for n in range(21)]}, "LIMIT", {"max": 20}),
        ({"id": "task-1", "due": {"date": "2026-13-01"}}, "RANGE", {}),
        ({"id": "task-1", "due": {"at": "2026-12-01T08:00:00Z", "timeZone": "Mars/Base"}}, "ONE_OF", {}),
    ],
)
def test_a_program_reads_the_kind_of_the_broken_rule(
    edit: dict[str, object], code: str, bounds: dict[str, int]
) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(UpdateTask, {"input": edit})

    assert len(refusal.value.errors) == 1
    assert refusal.value.errors[0].items() >= ({"code": code} | bounds).items()
