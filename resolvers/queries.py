"""The resolvers of Query fields."""

from typing import Any

from domain.identifiers import TaskId
from domain.ports import TaskQuery
from resolvers import outputs
from resolvers.composition import clock, find_task, list_tasks, projections
from resolvers.inputs import FindTask, TasksByUser, TaskStatistics, parse
from resolvers.routing import actor, owner_named, router


@router.resolver(type_name="Query", field_name="task")
def task(**arguments: object) -> dict[str, Any]:
    """One task that the caller may see."""
    return outputs.task(find_task(actor(), TaskId(parse(FindTask, arguments).id)))


@router.resolver(type_name="Query", field_name="tasksByUser")
def tasks_by_user(**arguments: object) -> dict[str, Any]:
    """A page of a user's tasks."""
    wanted = parse(TasksByUser, arguments)
    query = TaskQuery.of(owner_named(wanted.user_id), wanted.status, wanted.statuses)
    page = list_tasks(query, wanted.limit, wanted.next_token)
    return outputs.task_connection(page)


@router.resolver(type_name="Query", field_name="taskStatistics")
def task_statistics(**arguments: object) -> dict[str, Any]:
    """A user's statistics."""
    owner = owner_named(parse(TaskStatistics, arguments).user_id)
    return outputs.task_statistics(owner, projections.statistics(owner), clock().date())
