"""The resolvers of Query fields."""

from aws_lambda_powertools.metrics import MetricUnit

from domain.identifiers import TaskId
from domain.lists import EVERYTHING, TaskOrder, chosen_statuses
from resolvers import outputs
from resolvers.answers import Answer
from resolvers.inputs import FindTask, TasksByUser, TaskStatistics, parse
from resolvers.routing import actor, named, parts, router
from resolvers.telemetry import metrics


@router.resolver(type_name="Query", field_name="task")
def task(**arguments: object) -> Answer:
    """Returns one task that the caller may see."""
    wanted = parse(FindTask, arguments)
    return {"data": outputs.task(parts().find_task(actor(), TaskId(wanted.id)))}


@router.resolver(type_name="Query", field_name="tasksByUser")
def tasks_by_user(**arguments: object) -> Answer:
    """Returns a page of a user's tasks."""
    wanted, caller = parse(TasksByUser, arguments), actor()
    order = wanted.order_by or TaskOrder.NEWEST_FIRST
    statuses = chosen_statuses(wanted.status, wanted.statuses, order)
    conditions = wanted.filter.to_domain() if wanted.filter else EVERYTHING
    owner = named(wanted.user_id)
    page = parts().list_tasks(caller, owner, statuses, wanted.limit, wanted.next_token, conditions, order)
    if page.unknown:
        metrics.add_metric("UnknownTasks", MetricUnit.Count, page.unknown)
    return {"data": outputs.task_connection(page)}


@router.resolver(type_name="Query", field_name="taskStatistics")
def task_statistics(**arguments: object) -> Answer:
    """Returns the statistics of a user."""
    wanted = parse(TaskStatistics, arguments)
    return {"data": outputs.task_statistics(parts().read_statistics(actor(), named(wanted.user_id)))}
