"""What callers send, checked: GraphQL arguments become these at once."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from domain.errors import ValidationError
from domain.status import TaskStatus

# A rule's own bounds live in the domain. These keep absurd sizes out before anything is done with them.
_Text = Annotated[str, Meta(max_length=10_000)]
_Id = Annotated[str, Meta(max_length=1_000)]


class Arguments(Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """Arguments of a field, in snake_case. Unknown ones are refused: schema and code must not drift apart."""


class CreateTaskInput(Arguments, frozen=True):
    """`createTask(input:)`."""

    title: _Text
    user_id: _Id | None = None
    description: _Text | None = None
    client_token: _Id | None = None


class UpdateTaskInput(Arguments, frozen=True):
    """`updateTask(input:)`."""

    id: _Id
    title: _Text | None = None
    description: _Text | None = None
    expected_version: Annotated[int, Meta(ge=1)] | None = None


class TaskChange(Arguments, frozen=True):
    """The mutations that change a task as a whole: `startTask(…)`, `completeTask(…)` and so on."""

    id: _Id
    expected_version: Annotated[int, Meta(ge=1)] | None = None


class TaskStatistics(Arguments, frozen=True):
    """`taskStatistics(…)`."""

    user_id: _Id | None = None


class TasksByUser(Arguments, frozen=True):
    """`tasksByUser(…)`."""

    user_id: _Id | None = None
    status: TaskStatus | None = None
    statuses: list[TaskStatus] | None = None
    limit: int | None = None
    next_token: _Text | None = None


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)

# Only msgspec's text says where: "Expected `str`, got `int` - at `$.title`", "Object contains unknown field `x`".
_FAULT = re.compile(r"(?P<rule>.*) - at `\$\.(?P<at>.*)`|Object .* field `(?P<field>.*)`")


def parse(model: type[ArgumentsT], arguments: Mapping[str, Any]) -> ArgumentsT:
    """The arguments as the model has them. Raises ValidationError naming the first field at fault and its rule."""
    try:
        return msgspec.convert(arguments, model)
    except msgspec.ValidationError as fault:
        text = str(fault)
        found = _FAULT.fullmatch(text)
        field = (found["at"] or found["field"]).partition("[")[0] if found else "input"
        rule = (found["rule"] or text) if found else text
        raise ValidationError(field, f"is not valid: {rule}") from fault
