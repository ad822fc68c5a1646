"""The resolvers of Mutation fields."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from domain.details import TaskDetails
from domain.errors import Code, ValidationError
from domain.identifiers import ClientToken, TaskId
from domain.planning import TaskDue, TaskPriority
from domain.services.change_many import Action, Creation, Outcome
from domain.services.change_tasks import Change
from domain.task import Task
from resolvers import outputs
from resolvers.answers import Answer
from resolvers.inputs import (
    ChangeTask,
    CreateTask,
    CreateTaskInput,
    MoveTask,
    Several,
    TaskAction,
    TaskActionInput,
    TaskDueInput,
    UpdateSettings,
    UpdateTask,
    parse,
    reminder,
)
from resolvers.outcomes import task_outcome
from resolvers.routing import charged, named, parts, router

Entry = TypeVar("Entry", Action, Creation)


@router.resolver(type_name="Mutation", field_name="createTask")
def create(**arguments: object) -> Answer:
    """Returns the created task."""
    request = parse(CreateTask, arguments).input
    return {"data": outputs.task(_created(request))}


def _created(request: CreateTaskInput) -> Task:
    return parts().create_task(
        charged(1), named(request.user_id), _details(request), _key(request), mutation_id=request.mutation_id
    )


@router.resolver(type_name="Mutation", field_name="createTasks")
def create_many(**arguments: object) -> Answer:
    """Returns the outcome of each creation."""

    def creation(entry: Mapping[str, Any]) -> Creation:
        request = parse(CreateTaskInput, entry)
        return Creation(named(request.user_id), _details(request), _required_key(request), request.mutation_id)

    entries = parse(Several, arguments).input
    return _outcomes(
        entries, parts().create_tasks(charged(len(entries)), [_or_error(creation, each) for each in entries])
    )


def _outcomes(entries: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]) -> Answer:
    return {"data": [task_outcome(each.get("id"), outcome) for each, outcome in zip(entries, outcomes, strict=True)]}


def _or_error(convert: Callable[[Mapping[str, Any]], Entry], values: Mapping[str, Any]) -> Entry | ValidationError:
    try:
        return convert(values)
    except ValidationError as error:
        return error


def _key(request: CreateTaskInput) -> ClientToken | TaskId | None:
    if request.id is not None and request.client_token is not None:
        raise ValidationError("clientToken", "must not be given together with id", Code.EXCLUSIVE)
    if request.id is not None:
        return TaskId.chosen(request.id)
    return None if request.client_token is None else ClientToken(request.client_token)


def _required_key(request: CreateTaskInput) -> ClientToken | TaskId:
    key = _key(request)
    if key is None:
        raise ValidationError("id", "or clientToken must be given, so that a retry is safe", Code.REQUIRED)
    return key


def _details(request: CreateTaskInput) -> TaskDetails:
    return TaskDetails(
        title=request.title,
        description=request.description or "",
        due=_due(request.due),
        priority=request.priority or TaskPriority.NONE,
        labels=tuple(request.labels or ()),
        remind_at=_remind_at(request.remind_at),
    )


@router.resolver(type_name="Mutation", field_name="updateTask")
def update(**arguments: object) -> Answer:
    """Returns the edited task."""
    request = parse(UpdateTask, arguments).input

    def edit(task: Task, at: datetime) -> None:
        task.edit(
            at,
            title=request.title,
            description=request.description,
            due=_due(request.due),
            priority=request.priority,
            labels=request.labels,
            remind_at=_remind_at(request.remind_at),
            add_labels=request.add_labels or (),
            remove_labels=request.remove_labels or (),
            clear=[field.lower() for field in request.clear or ()],
        )

    return _change(request.id, edit, request.expected_version, request.mutation_id)


def _remind_at(text: str | None) -> datetime | None:
    return None if text is None else reminder(text)


def _due(due: TaskDueInput | None) -> TaskDue | None:
    return due.to_domain() if due else None


@router.resolver(type_name="Mutation", field_name="moveTask")
def move(**arguments: object) -> Answer:
    """Returns the moved task."""
    request = parse(MoveTask, arguments).input
    after, before = (None if id_ is None else TaskId(id_) for id_ in (request.after, request.before))
    task = parts().move_task(
        charged(1), TaskId(request.id), after, before, request.expected_version, request.mutation_id
    )
    return {"data": outputs.task(task)}


@router.resolver(type_name="Mutation", field_name="startTask")
def start(**arguments: object) -> Answer:
    """Returns the started task."""
    return _change_whole(arguments, Task.start)


@router.resolver(type_name="Mutation", field_name="completeTask")
def complete(**arguments: object) -> Answer:
    """Returns the completed task."""
    return _change_whole(arguments, Task.complete)


@router.resolver(type_name="Mutation", field_name="cancelTask")
def cancel(**arguments: object) -> Answer:
    """Returns the cancelled task."""
    return _change_whole(arguments, Task.cancel)


@router.resolver(type_name="Mutation", field_name="reopenTask")
def reopen(**arguments: object) -> Answer:
    """Returns the reopened task."""
    return _change_whole(arguments, Task.reopen)


@router.resolver(type_name="Mutation", field_name="deleteTask")
def delete(**arguments: object) -> Answer:
    """Returns the deleted task."""
    return _change_whole(arguments, Task.delete)


@router.resolver(type_name="Mutation", field_name="changeTasks")
def change_many(**arguments: object) -> Answer:
    """Returns the outcome of each change."""

    def action(entry: Mapping[str, Any]) -> Action:
        request = parse(TaskActionInput, entry)
        return Action(TaskId(request.id), _ACTIONS[request.action], request.expected_version, request.mutation_id)

    entries = parse(Several, arguments).input
    return _outcomes(
        entries, parts().change_tasks(charged(len(entries)), [_or_error(action, each) for each in entries])
    )


_ACTIONS: Mapping[TaskAction, Change] = {
    TaskAction.START: Task.start,
    TaskAction.COMPLETE: Task.complete,
    TaskAction.CANCEL: Task.cancel,
    TaskAction.REOPEN: Task.reopen,
    TaskAction.DELETE: Task.delete,
}


@router.resolver(type_name="Mutation", field_name="updateSettings")
def update_settings(**arguments: object) -> Answer:
    """Returns the changed settings of a user."""
    request = parse(UpdateSettings, arguments).input
    settings = parts().update_settings(
        charged(1),
        named(request.user_id),
        time_zone=request.time_zone,
        reminders=request.email.reminders if request.email else None,
        completed_by_others=request.email.completed_by_others if request.email else None,
    )
    return {"data": outputs.user_settings(settings)}


def _change_whole(arguments: Mapping[str, object], change: Change) -> Answer:
    request = parse(ChangeTask, arguments)
    return _change(request.id, change, request.expected_version, request.mutation_id)


def _change(
    task_id: str, change: Change, expected_version: int | None = None, mutation_id: str | None = None
) -> Answer:
    changed = parts().change_task(charged(1), TaskId(task_id), change, expected_version, mutation_id)
    return {"data": outputs.task(changed)}
