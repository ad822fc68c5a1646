"""The resolvers of Mutation fields."""

from collections.abc import Mapping
from datetime import datetime

from domain.details import TaskDetails
from domain.identifiers import ClientToken, TaskId
from domain.planning import TaskDue, TaskPriority
from domain.services.change_tasks import Change
from domain.task import Task
from resolvers import outputs
from resolvers.answers import Answer
from resolvers.inputs import ChangeTask, CreateTask, MoveTask, TaskDueInput, UpdateTask, parse
from resolvers.routing import actor, named, parts, router


@router.resolver(type_name="Mutation", field_name="createTask")
def create(**arguments: object) -> Answer:
    """Returns the created task."""
    wanted, caller = parse(CreateTask, arguments).input, actor()
    token = None if wanted.client_token is None else ClientToken(wanted.client_token)
    details = TaskDetails(
        title=wanted.title,
        description=wanted.description or "",
        due=_due(wanted.due),
        priority=wanted.priority or TaskPriority.NONE,
        labels=tuple(wanted.labels or ()),
    )
    return {"data": outputs.task(parts().create_task(caller, named(wanted.user_id), details, token))}


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
            add_labels=wanted.add_labels or (),
            remove_labels=wanted.remove_labels or (),
            clear=[field.lower() for field in wanted.clear or ()],
        )

    return _change(wanted.id, edit, wanted.expected_version)


def _due(wanted: TaskDueInput | None) -> TaskDue | None:
    return wanted.to_domain() if wanted else None


@router.resolver(type_name="Mutation", field_name="moveTask")
def move(**arguments: object) -> Answer:
    """Returns the moved task."""
    wanted = parse(MoveTask, arguments).input
    after, before = (None if id_ is None else TaskId(id_) for id_ in (wanted.after, wanted.before))
    task = parts().move_task(actor(), TaskId(wanted.id), after, before, wanted.expected_version)
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


def _change_whole(arguments: Mapping[str, object], change: Change) -> Answer:
    wanted = parse(ChangeTask, arguments)
    return _change(wanted.id, change, wanted.expected_version)


def _change(task_id: str, change: Change, expected_version: int | None) -> Answer:
    return {"data": outputs.task(parts().change_task(actor(), TaskId(task_id), change, expected_version))}
