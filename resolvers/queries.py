"""The resolvers of Query fields."""

from typing import Any

from domain.identifiers import TaskId, UserId
from domain.ports import TaskQuery
from resolvers import outputs
from resolvers.composition import clock, find_task, list_tasks, projections
from resolvers.inputs import TasksByUser, parse
from resolvers.routing import actor, router


@router.resolver(type_name="Query", field_name="task")
def task(id: str) -> dict[str, Any]:
    """One task that the caller may see."""
    return outputs.task(find_task(actor(), TaskId(id)))


@router.resolver(type_name="Query", field_name="tasksByUser")
def tasks_by_user(**arguments: object) -> dict[str, Any]:
    """A page of a user's tasks."""
    wanted = parse(TasksByUser, arguments)
    owner = actor().owner(UserId(wanted.user_id))
    page = list_tasks(TaskQuery(owner, wanted.status), wanted.limit, wanted.next_token)
    return outputs.task_connection(page)


@router.resolver(type_name="Query", field_name="taskStatistics")
def task_statistics(userId: str) -> dict[str, Any]:
    """A user's statistics."""
    owner = actor().owner(UserId(userId))
    return outputs.task_statistics(owner, projections.statistics(owner), clock().date())
