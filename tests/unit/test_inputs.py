"""The rule of an argument names what the argument may be."""

from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import Field

from domain.errors import ValidationError
from resolvers.inputs import Arguments, TasksByUser, parse


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

    assert refusal.value.info == {"field": "color", "rule": "must be one of RED, DARK_GREEN"}


def test_a_statuss_rule_names_every_status() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(TasksByUser, {"status": "DONE"})

    assert refusal.value.info["rule"] == "must be one of PENDING, IN_PROGRESS, COMPLETED, CANCELLED"
