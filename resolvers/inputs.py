"""What callers send, checked: the arguments of every field become one of these models at once."""

import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from domain.errors import ValidationError
from domain.status import TaskStatus

# Lambda Developer Guide, "Defined runtime environment variables": how this copy of the function starts.
_DEFERS = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start"


class Arguments(BaseModel):
    """Arguments of a field, in snake_case here and in camelCase as the schema spells them.

    Nothing is coerced, and unknown arguments are refused: schema and code must not drift apart. The lengths and forms
    of texts are the domain's rules. A model is built when its first field is called, not when the Lambda starts; in a
    snapshot it is built already.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel, defer_build=_DEFERS)


_Version = Annotated[int, Field(ge=1)]
_Status = Annotated[TaskStatus, Field(strict=False)]  # a strict model wants the enum itself, and callers send its name


class CreateTaskInput(Arguments):
    """`CreateTaskInput` of the schema."""

    title: str
    user_id: str | None = None
    description: str | None = None
    client_token: str | None = None


class CreateTask(Arguments):
    """`createTask(…)`."""

    input: CreateTaskInput


class UpdateTaskInput(Arguments):
    """`UpdateTaskInput` of the schema."""

    id: str
    title: str | None = None
    description: str | None = None
    expected_version: _Version | None = None


class UpdateTask(Arguments):
    """`updateTask(…)`."""

    input: UpdateTaskInput


class ChangeTask(Arguments):
    """The mutations that change a task as a whole: `startTask(…)`, `completeTask(…)` and so on."""

    id: str
    expected_version: _Version | None = None


class FindTask(Arguments):
    """`task(…)`."""

    id: str


class TasksByUser(Arguments):
    """`tasksByUser(…)`."""

    user_id: str | None = None
    status: _Status | None = None
    statuses: list[_Status] | None = None
    limit: int | None = None
    next_token: str | None = None


class TaskStatistics(Arguments):
    """`taskStatistics(…)`."""

    user_id: str | None = None


class Subscription(Arguments):
    """The subscriptions."""

    user_id: str | None = None


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)

# The rules by pydantic's error types (pydantic documentation, "Validation Errors"), each with the error's context.
_RULES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "must be given",
    "extra_forbidden": lambda _: "is not an argument of this field",
    "string_type": lambda _: "must be a text",
    "int_type": lambda _: "must be a whole number",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "enum": lambda _: f"must be one of {', '.join(TaskStatus)}",
    "list_type": lambda _: "must be a list",
    "model_type": lambda _: "must be an object",
}


def parse(model: type[ArgumentsT], arguments: Mapping[str, Any]) -> ArgumentsT:
    """The arguments as the model has them. Raises ValidationError naming the first field at fault and its rule."""
    try:
        return model.model_validate(arguments)
    except pydantic.ValidationError as fault:
        error = fault.errors(include_url=False, include_input=False)[0]
        rule = _RULES.get(error["type"])
        # A place in a list is a number: its rule is one of the list's.
        field = next((name for name in reversed(error["loc"]) if isinstance(name, str)), "arguments")
        raise ValidationError(field, rule(error.get("ctx", {})) if rule else "is not valid") from fault
