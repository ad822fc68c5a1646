"""The resolvers of Mutation fields."""

from collections.abc import Mapping
from typing import Any

from domain.identifiers import ClientToken, TaskId
from domain.services.change_task import Change
from domain.task import Task
from resolvers import outputs
from resolvers.composition import change_task, create_task
from resolvers.inputs import ChangeTask, CreateTask, UpdateTask, parse
from resolvers.routing import actor, owner_named, router


@router.resolver(type_name="Mutation", field_name="createTask")
def create(**arguments: object) -> dict[str, Any]:
    """The created task."""
    wanted = parse(CreateTask, arguments).input
    owner = owner_named(wanted.user_id)
    token = None if wanted.client_token is None else ClientToken(wanted.client_token)
    return outputs.task(create_task(owner, wanted.title, wanted.description or "", token))


@router.resolver(type_name="Mutation", field_name="updateTask")
def update(**arguments: object) -> dict[str, Any]:
    """The edited task."""
    wanted = parse(UpdateTask, arguments).input
    return _change(
        wanted.id,
        lambda task, at: task.edit(title=wanted.title, description=wanted.description, at=at),
        wanted.expected_version,
    )


@router.resolver(type_name="Mutation", field_name="startTask")
def start(**arguments: object) -> dict[str, Any]:
    """The started task."""
    return _change_whole(arguments, Task.start)


@router.resolver(type_name="Mutation", field_name="completeTask")
def complete(**arguments: object) -> dict[str, Any]:
    """The completed task."""
    return _change_whole(arguments, Task.complete)


@router.resolver(type_name="Mutation", field_name="cancelTask")
def cancel(**arguments: object) -> dict[str, Any]:
    """The cancelled task."""
    return _change_whole(arguments, Task.cancel)


@router.resolver(type_name="Mutation", field_name="reopenTask")
def reopen(**arguments: object) -> dict[str, Any]:
    """The reopened task."""
    return _change_whole(arguments, Task.reopen)


@router.resolver(type_name="Mutation", field_name="deleteTask")
def delete(**arguments: object) -> dict[str, Any]:
    """The task that was deleted."""
    return _change_whole(arguments, Task.delete)


def _change_whole(arguments: Mapping[str, object], change: Change) -> dict[str, Any]:
    wanted = parse(ChangeTask, arguments)
    return _change(wanted.id, change, wanted.expected_version)


def _change(task_id: str, change: Change, expected_version: int | None) -> dict[str, Any]:
    return outputs.task(change_task(actor(), TaskId(task_id), change, expected_version))
