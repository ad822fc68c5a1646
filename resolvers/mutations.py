"""The resolvers of Mutation fields."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from domain.details import TaskDetails
from domain.errors import Code, ValidationError
from domain.identifiers import ClientToken, TaskId
from domain.planning import TaskDue, TaskPriority
from domain.services.change_many import Outcome, WantedChange, WantedCreation
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

Wanted = TypeVar("Wanted", WantedChange, WantedCreation)


@router.resolver(type_name="Mutation", field_name="createTask")
def create(**arguments: object) -> Answer:
    """Returns the created task."""
    wanted = parse(CreateTask, arguments).input
    return {"data": outputs.task(_created(wanted))}


def _created(wanted: CreateTaskInput) -> Task:
    return parts().create_task(
        charged(1), named(wanted.user_id), _details(wanted), _key(wanted), mutation_id=wanted.mutation_id
    )


@router.resolver(type_name="Mutation", field_name="createTasks")
def create_many(**arguments: object) -> Answer:
    """Returns the outcome of each creation."""

    def wanted(each: Mapping[str, Any]) -> WantedCreation:
        creation = parse(CreateTaskInput, each)
        return WantedCreation(
            named(creation.user_id), _details(creation), _required_key(creation), creation.mutation_id
        )

    entries = parse(Several, arguments).input
    return _outcomes(
        entries, parts().create_tasks(charged(len(entries)), [_or_error(wanted, each) for each in entries])
    )


def _outcomes(entries: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]) -> Answer:
    return {"data": [task_outcome(each.get("id"), outcome) for each, outcome in zip(entries, outcomes, strict=True)]}


def _or_error(wanted: Callable[[Mapping[str, Any]], Wanted], each: Mapping[str, Any]) -> Wanted | ValidationError:
    try:
        return wanted(each)
    except ValidationError as error:
        return error


def _key(wanted: CreateTaskInput) -> ClientToken | TaskId | None:
    if wanted.id is not None and wanted.client_token is not None:
        raise ValidationError("clientToken", "must not be given together with id", Code.EXCLUSIVE)
    if wanted.id is not None:
        return TaskId.chosen(wanted.id)
    return None if wanted.client_token is None else ClientToken(wanted.client_token)


def _required_key(wanted: CreateTaskInput) -> ClientToken | TaskId:
    key = _key(wanted)
    if key is None:
        raise ValidationError("id", "or clientToken must be given, so that a retry is safe", Code.REQUIRED)
    return key


def _details(wanted: CreateTaskInput) -> TaskDetails:
    return TaskDetails(
        title=wanted.title,
        description=wanted.description or "",
        due=_due(wanted.due),
        priority=wanted.priority or TaskPriority.NONE,
        labels=tuple(wanted.labels or ()),
        remind_at=_remind_at(wanted.remind_at),
    )


@router.resolver(type_name="Mutation", field_name="updateTask")
def update(**arguments: object) -> Answer:
    """Returns the edited task."""
    wanted = parse(UpdateTask, arguments).input

    def edit(task: Task, at: datetime) -> None:
        task.edit(
            at,
            title=wanted.title,
            description=wanted.description,
            due=_due(wanted.due),
            priority=wanted.priority,
            labels=wanted.labels,
            remind_at=_remind_at(wanted.remind_at),
            add_labels=wanted.add_labels or (),
            remove_labels=wanted.remove_labels or (),
            clear=[field.lower() for field in wanted.clear or ()],
        )

    return _change(wanted.id, edit, wanted.expected_version, wanted.mutation_id)


def _remind_at(wanted: str | None) -> datetime | None:
    return None if wanted is None else reminder(wanted)


def _due(wanted: TaskDueInput | None) -> TaskDue | None:
    return wanted.to_domain() if wanted else None


@router.resolver(type_name="Mutation", field_name="moveTask")
def move(**arguments: object) -> Answer:
    """Returns the moved task."""
    wanted = parse(MoveTask, arguments).input
    after, before = (None if id_ is None else TaskId(id_) for id_ in (wanted.after, wanted.before))
    task = parts().move_task(charged(1), TaskId(wanted.id), after, before, wanted.expected_version, wanted.mutation_id)
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

    def wanted(each: Mapping[str, Any]) -> WantedChange:
        change = parse(TaskActionInput, each)
        return WantedChange(TaskId(change.id), _ACTIONS[change.action], change.expected_version, change.mutation_id)

    entries = parse(Several, arguments).input
    return _outcomes(
        entries, parts().change_tasks(charged(len(entries)), [_or_error(wanted, each) for each in entries])
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
    wanted = parse(UpdateSettings, arguments).input
    settings = parts().update_settings(
        charged(1),
        named(wanted.user_id),
        time_zone=wanted.time_zone,
        reminders=wanted.email.reminders if wanted.email else None,
        completed_by_others=wanted.email.completed_by_others if wanted.email else None,
    )
    return {"data": outputs.user_settings(settings)}


def _change_whole(arguments: Mapping[str, object], change: Change) -> Answer:
    wanted = parse(ChangeTask, arguments)
    return _change(wanted.id, change, wanted.expected_version, wanted.mutation_id)


def _change(
    task_id: str, change: Change, expected_version: int | None = None, mutation_id: str | None = None
) -> Answer:
    changed = parts().change_task(charged(1), TaskId(task_id), change, expected_version, mutation_id)
    return {"data": outputs.task(changed)}
