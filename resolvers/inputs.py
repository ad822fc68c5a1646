"""Models of the arguments that callers send. Each resolver first parses its arguments into one of them."""

import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from domain.errors import ValidationError
from domain.planning import TaskPriority
from domain.status import TaskStatus

# The variable tells how this instance of the function starts (Lambda Developer Guide, "Defined runtime environment
# variables").
_DEFERS = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start"


class Arguments(BaseModel):
    """The arguments of a field: in snake_case in Python, and in camelCase in the schema.

    The models coerce no value and refuse unknown arguments, because code and schema must agree. The domain checks the
    lengths and the characters of texts. A model is built when its first field is called rather than when the Lambda
    starts; a SnapStart snapshot already contains the built models.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel, defer_build=_DEFERS)


_Version = Annotated[int, Field(ge=1)]
_Status = Annotated[TaskStatus, Field(strict=False)]  # callers send the name, which a strict field refuses


_Priority = Annotated[TaskPriority, Field(strict=False)]


class ClearableTaskField(StrEnum):
    """The schema's `ClearableTaskField`: the details that an edit can empty."""

    DUE = "DUE"


class TaskDueInput(Arguments):
    """The schema's `TaskDueInput`."""

    date: str | None = None
    at: str | None = None
    time_zone: str | None = None


class CreateTaskInput(Arguments):
    title: str
    user_id: str | None = None
    description: str | None = None
    due: TaskDueInput | None = None
    priority: _Priority | None = None
    labels: list[str] | None = None
    client_token: str | None = None


class CreateTask(Arguments):
    input: CreateTaskInput


class UpdateTaskInput(Arguments):
    id: str
    title: str | None = None
    description: str | None = None
    due: TaskDueInput | None = None
    priority: _Priority | None = None
    labels: list[str] | None = None
    add_labels: list[str] | None = None
    remove_labels: list[str] | None = None
    clear: list[Annotated[ClearableTaskField, Field(strict=False)]] | None = None
    expected_version: _Version | None = None


class UpdateTask(Arguments):
    input: UpdateTaskInput


class ChangeTask(Arguments):
    """The arguments of the mutations that only name a task, such as `startTask` and `completeTask`."""

    id: str
    expected_version: _Version | None = None


class FindTask(Arguments):
    id: str


class TasksByUser(Arguments):
    user_id: str | None = None
    status: _Status | None = None
    statuses: list[_Status] | None = None
    limit: int | None = None
    next_token: str | None = None


class TaskChanges(Arguments):
    user_id: str | None = None
    since: str | None = None
    limit: int | None = None


class TaskEvents(Arguments):
    user_id: str | None = None
    limit: int | None = None
    next_token: str | None = None


class TaskStatistics(Arguments):
    user_id: str | None = None


class Subscription(Arguments):
    user_id: str | None = None


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)

_QUOTED = re.compile("'([^']*)'")  # a value of an enum in pydantic's text: 'PENDING', 'IN_PROGRESS' or …
# The rule for each of pydantic's error types (pydantic documentation, "Validation Errors"), made from the error's
# context.
_RULES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "must be given",
    "extra_forbidden": lambda _: "is not an argument of this field",
    "string_type": lambda _: "must be a text",
    "int_type": lambda _: "must be a whole number",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "enum": lambda context: f"must be one of {', '.join(_QUOTED.findall(context['expected']))}",
    "list_type": lambda _: "must be a list",
    "model_type": lambda _: "must be an object",
}


def parse(model: type[ArgumentsT], arguments: Mapping[str, Any]) -> ArgumentsT:
    """Returns the arguments as the model. Raises ValidationError, which names the first wrong field and its rule."""
    try:
        return model.model_validate(arguments)
    except pydantic.ValidationError as fault:
        error = fault.errors(include_url=False, include_input=False)[0]
        rule = _RULES.get(error["type"])
        # The location of an error inside a list ends with a number. The error is then reported for the list itself.
        field = next((name for name in reversed(error["loc"]) if isinstance(name, str)), "arguments")
        raise ValidationError(field, rule(error.get("ctx", {})) if rule else "is not valid") from fault
