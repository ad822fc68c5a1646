"""What callers send, checked: GraphQL arguments become these at once."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from domain.errors import ValidationError
from domain.status import TaskStatus

# A rule's own bounds live in the domain. These keep absurd sizes out before anything is done with them.
_Text = Annotated[str, Field(max_length=10_000)]
_Id = Annotated[str, Field(max_length=1_000)]


class Arguments(BaseModel):
    """Arguments of a field, in snake_case. Unknown ones are refused: schema and code must not drift apart."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=False)


class CreateTaskInput(Arguments):
    """`createTask(input:)`."""

    user_id: _Id | None = None
    title: _Text
    description: _Text | None = None
    client_token: _Id | None = None


class UpdateTaskInput(Arguments):
    """`updateTask(input:)`."""

    id: _Id
    title: _Text | None = None
    description: _Text | None = None
    expected_version: Annotated[int, Field(ge=1)] | None = None


class TasksByUser(Arguments):
    """`tasksByUser(…)`."""

    user_id: _Id
    status: TaskStatus | None = None
    limit: int | None = None
    next_token: _Text | None = None


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


def parse(model: type[ArgumentsT], arguments: Mapping[str, Any]) -> ArgumentsT:
    """The arguments as the model has them. Raises ValidationError naming the first field at fault and its rule."""
    try:
        return model.model_validate(arguments)
    except pydantic.ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "input"
        raise ValidationError(field, f"is not valid: {first['msg']}") from fault
