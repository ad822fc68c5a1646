"""The resolvers of Mutation fields."""

from collections.abc import Mapping
from typing import Any

from domain.identifiers import ClientToken, TaskId, UserId
from domain.services.change_task import Change
from domain.task import Task
from resolvers import outputs
from resolvers.composition import change_task, create_task
from resolvers.inputs import CreateTaskInput, UpdateTaskInput, parse
from resolvers.routing import actor, router


@router.resolver(type_name="Mutation", field_name="createTask")
def create(input: Mapping[str, Any]) -> dict[str, Any]:
    """The created task."""
    wanted = parse(CreateTaskInput, input)
    owner = actor().owner(None if wanted.user_id is None else UserId(wanted.user_id))
    token = None if wanted.client_token is None else ClientToken(wanted.client_token)
    return outputs.task(create_task(owner, wanted.title, wanted.description or "", token))


@router.resolver(type_name="Mutation", field_name="updateTask")
def update(input: Mapping[str, Any]) -> dict[str, Any]:
    """The edited task."""
    wanted = parse(UpdateTaskInput, input)
    return _change(
        wanted.id,
        lambda task, at: task.edit(title=wanted.title, description=wanted.description, at=at),
        wanted.expected_version,
    )


@router.resolver(type_name="Mutation", field_name="startTask")
def start(id: str) -> dict[str, Any]:
    """The started task."""
    return _change(id, Task.start)


@router.resolver(type_name="Mutation", field_name="completeTask")
def complete(id: str) -> dict[str, Any]:
    """The completed task."""
    return _change(id, Task.complete)


@router.resolver(type_name="Mutation", field_name="cancelTask")
def cancel(id: str) -> dict[str, Any]:
    """The cancelled task."""
    return _change(id, Task.cancel)


@router.resolver(type_name="Mutation", field_name="deleteTask")
def delete(id: str) -> dict[str, Any]:
    """The task that was deleted."""
    return _change(id, Task.delete)


def _change(task_id: str, change: Change, expected_version: int | None = None) -> dict[str, Any]:
    return outputs.task(change_task(actor(), TaskId(task_id), change, expected_version))
