"""Models of the arguments that callers send. Each resolver first parses its arguments into one of them."""

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from adapters.task_json import event_name
from domain.errors import Code, ValidationError, ValidationErrors
from domain.events import EVENT_TYPES
from domain.identifiers import ClientToken, TaskId, UserId, valid_mutation_id
from domain.lists import TaskFilter, TaskOrder
from domain.pages import page_size
from domain.planning import TaskDue, TaskPriority, moment_of, valid_labels, valid_reminder
from domain.settings import valid_time_zone
from domain.status import TaskStatus
from domain.text import valid_description, valid_title
from domain.webhook_urls import destination_of
from domain.webhooks import WebhookId, valid_events

# The variable tells how this instance of the function starts (Lambda Developer Guide, "Defined runtime environment
# variables").
_DEFERS = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start"


class Arguments(BaseModel):
    """The arguments of a field: in snake_case in Python, and in camelCase in the schema.

    The models coerce no value and refuse unknown arguments, because code and schema must agree. They check the domain's
    rules of single fields, so that the caller learns of all broken fields at once. The domain checks them again when it
    uses the values. A model is built when its first field is called rather than when the Lambda starts; a SnapStart
    snapshot already contains the built models.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel, defer_build=_DEFERS)


_BROKEN_RULE = "broken_rule"  # the type of an error that holds a ValidationError of the domain


def _keeps(rule: Callable[[Any], object]) -> AfterValidator:
    """Returns the check of a rule of the domain. The value stays as the caller gave it."""

    def check(value: Any) -> Any:  # noqa: ANN401 - of the type of the field
        try:
            rule(value)
        except ValidationError as broken:
            raise PydanticCustomError(_BROKEN_RULE, "{error}", {"error": broken}) from broken
        return value

    return AfterValidator(check)


_Version = Annotated[int, Field(ge=1)]
_Status = Annotated[TaskStatus, Field(strict=False)]  # callers send the name, which a strict field refuses
_Priority = Annotated[TaskPriority, Field(strict=False)]
_UserId = Annotated[str, _keeps(UserId)]
_TaskId = Annotated[str, _keeps(TaskId)]
_ClientToken = Annotated[str, _keeps(ClientToken)]
_MutationId = Annotated[str, _keeps(valid_mutation_id)]
_Title = Annotated[str, _keeps(valid_title)]
_Description = Annotated[str, _keeps(valid_description)]


class ClearableTaskField(StrEnum):
    """The schema's `ClearableTaskField`: the details that an edit can empty."""

    DUE = "DUE"
    REMIND_AT = "REMIND_AT"


class TaskDueInput(Arguments):
    """The schema's `TaskDueInput`."""

    date: str | None = None
    at: str | None = None
    time_zone: str | None = None

    def to_domain(self) -> TaskDue:
        """Returns the due date. Raises ValidationError."""
        return TaskDue.of(self.date, self.at, self.time_zone)


_Due = Annotated[TaskDueInput, _keeps(TaskDueInput.to_domain)]
_Labels = Annotated[list[str], _keeps(valid_labels)]


def reminder(text: str) -> datetime:
    """Returns the time of a reminder that a caller names. Raises ValidationError."""
    return valid_reminder(moment_of(text, field="remindAt"))


_RemindAt = Annotated[str, _keeps(reminder)]


class CreateTaskInput(Arguments):
    title: _Title
    user_id: _UserId | None = None
    description: _Description | None = None
    due: _Due | None = None
    priority: _Priority | None = None
    labels: _Labels | None = None
    remind_at: _RemindAt | None = None
    id: Annotated[str, _keeps(TaskId.chosen)] | None = None
    client_token: _ClientToken | None = None
    mutation_id: _MutationId | None = None


class CreateTask(Arguments):
    input: CreateTaskInput


class Several(Arguments):
    """The arguments of a mutation of several tasks. Each entry is parsed by itself, because each may fail by itself."""

    input: list[dict[str, Any]]


class TaskAction(StrEnum):
    """The schema's `TaskAction`."""

    START = "START"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"
    REOPEN = "REOPEN"
    DELETE = "DELETE"


class TaskActionInput(Arguments):
    id: _TaskId
    action: Annotated[TaskAction, Field(strict=False)]
    expected_version: _Version | None = None
    mutation_id: _MutationId | None = None


class UpdateTaskInput(Arguments):
    id: _TaskId
    title: _Title | None = None
    description: _Description | None = None
    due: _Due | None = None
    priority: _Priority | None = None
    labels: _Labels | None = None
    remind_at: _RemindAt | None = None
    add_labels: _Labels | None = None
    remove_labels: _Labels | None = None
    clear: list[Annotated[ClearableTaskField, Field(strict=False)]] | None = None
    expected_version: _Version | None = None
    mutation_id: _MutationId | None = None


class UpdateTask(Arguments):
    input: UpdateTaskInput


class ChangeTask(Arguments):
    """The arguments of the mutations that only name a task, such as `startTask` and `completeTask`."""

    id: _TaskId
    expected_version: _Version | None = None
    mutation_id: _MutationId | None = None


class MoveTaskInput(Arguments):
    id: _TaskId
    after: Annotated[str, _keeps(partial(TaskId.check, field="after"))] | None = None
    before: Annotated[str, _keeps(partial(TaskId.check, field="before"))] | None = None
    expected_version: _Version | None = None
    mutation_id: _MutationId | None = None


class MoveTask(Arguments):
    input: MoveTaskInput


class FindTask(Arguments):
    id: _TaskId


class FindTasks(Arguments):
    ids: list[_TaskId]


class TaskDueRangeInput(Arguments):
    """The schema's `TaskDueRangeInput`. `from` is a keyword of Python."""

    from_: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None


class TaskFilterInput(Arguments):
    """The schema's `TaskFilterInput`."""

    due: TaskDueRangeInput | None = None
    priorities: list[_Priority] | None = None
    any_label: list[str] | None = None
    all_labels: list[str] | None = None
    no_label: list[str] | None = None
    text: str | None = None

    def to_domain(self) -> TaskFilter:
        """Returns the filter. Raises ValidationError, which names every broken field."""
        return TaskFilter.of(
            due_from=self.due.from_ if self.due else None,
            due_to=self.due.to if self.due else None,
            priorities=self.priorities,
            any_label=self.any_label,
            all_labels=self.all_labels,
            no_label=self.no_label,
            text=self.text,
        )


class TasksByUser(Arguments):
    user_id: _UserId | None = None
    status: _Status | None = None
    statuses: list[_Status] | None = None
    filter: Annotated[TaskFilterInput, _keeps(TaskFilterInput.to_domain)] | None = None
    order_by: Annotated[TaskOrder, Field(strict=False)] | None = None
    limit: Annotated[int, _keeps(page_size)] | None = None
    next_token: str | None = None


class TaskChanges(Arguments):
    user_id: _UserId | None = None
    since: str | None = None
    limit: Annotated[int, _keeps(page_size)] | None = None


class TaskEvents(Arguments):
    user_id: _UserId | None = None
    limit: Annotated[int, _keeps(page_size)] | None = None
    next_token: str | None = None


class TaskStatistics(Arguments):
    user_id: _UserId | None = None


def _event_types(names: list[str]) -> tuple[str, ...]:
    """Returns the domain's event types of the schema's TaskEventType values. Raises ValidationError."""
    if not set(names) <= EVENT_TYPES_BY_NAME.keys():
        raise ValidationError("events", f"must be any of {', '.join(EVENT_TYPES_BY_NAME)}", Code.ONE_OF)
    return valid_events([EVENT_TYPES_BY_NAME[name] for name in names])


EVENT_TYPES_BY_NAME: Mapping[str, str] = {event_name(event_type): event_type for event_type in EVENT_TYPES}
"""The domain's event types by their names in the schema."""


class CreateWebhookInput(Arguments):
    url: Annotated[str, _keeps(partial(destination_of, allows_loopback=True))]  # the use case knows the stage
    events: Annotated[list[str], _keeps(_event_types)]
    user_id: _UserId | None = None
    client_token: _ClientToken | None = None


class CreateWebhook(Arguments):
    input: CreateWebhookInput


class NamedWebhook(Arguments):
    """The arguments of the mutations that only name a webhook."""

    id: Annotated[str, _keeps(WebhookId)]


class Webhooks(Arguments):
    user_id: _UserId | None = None


class MySettings(Arguments):
    user_id: _UserId | None = None


class EmailSettingsInput(Arguments):
    reminders: bool | None = None
    completed_by_others: bool | None = None


class UpdateSettingsInput(Arguments):
    user_id: _UserId | None = None
    time_zone: Annotated[str, _keeps(valid_time_zone)] | None = None
    email: EmailSettingsInput | None = None


class UpdateSettings(Arguments):
    input: UpdateSettingsInput


class Completions(Arguments):
    """The arguments of `onTaskCompleted`."""

    user_id: _UserId | None = None


class Changes(Arguments):
    """The arguments of `onTaskChanged`."""

    user_id: _UserId | None = None
    id: _TaskId | None = None
    statuses: list[_Status] | None = None


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)

_QUOTED = re.compile("'([^']*)'")  # a value of an enum in pydantic's text: 'PENDING', 'IN_PROGRESS' or …
# The code and the rule for each of pydantic's error types (pydantic documentation, "Validation Errors"), made from the
# error's context.
_RULES: Mapping[str, tuple[Code, Callable[[Mapping[str, Any]], str]]] = {
    "missing": (Code.REQUIRED, lambda _: "must be given"),
    "extra_forbidden": (Code.UNKNOWN, lambda _: "is not an argument of this field"),
    "string_type": (Code.TYPE, lambda _: "must be a text"),
    "bool_type": (Code.TYPE, lambda _: "must be true or false"),
    "int_type": (Code.TYPE, lambda _: "must be a whole number"),
    "greater_than_equal": (Code.RANGE, lambda context: f"must be at least {context['ge']}"),
    "enum": (Code.ONE_OF, lambda context: f"must be one of {', '.join(_QUOTED.findall(context['expected']))}"),
    "list_type": (Code.TYPE, lambda _: "must be a list"),
    "model_type": (Code.TYPE, lambda _: "must be an object"),
}


def parse(model: type[ArgumentsT], arguments: Mapping[str, Any]) -> ArgumentsT:
    """Returns the arguments as the model. Raises ValidationError, which names every wrong field and its rule."""
    try:
        return model.model_validate(arguments)
    except pydantic.ValidationError as fault:
        errors = fault.errors(include_url=False, include_input=False)
        raise ValidationErrors([_refusal_of(error) for error in errors]) from fault


def _refusal_of(error: ErrorDetails) -> ValidationError:
    context = error.get("ctx", {})
    if error["type"] == _BROKEN_RULE:
        broken: ValidationError = context["error"]
        return broken
    code, rule = _RULES.get(error["type"], (Code.TYPE, lambda _: "is not valid"))
    bounds = {"min": context["ge"]} if "ge" in context else {}
    # The location of an error inside a list ends with a number. The error is then reported for the list itself.
    field = next((name for name in reversed(error["loc"]) if isinstance(name, str)), "arguments")
    return ValidationError(field, rule(context), code, **bounds)
