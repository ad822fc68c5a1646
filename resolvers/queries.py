"""The resolvers of Query fields."""

from aws_lambda_powertools.metrics import MetricUnit

from domain.identifiers import TaskId
from domain.status import chosen_statuses
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
    statuses = chosen_statuses(wanted.status, wanted.statuses)
    page = parts().list_tasks(caller, named(wanted.user_id), statuses, wanted.limit, wanted.next_token)
    connection = outputs.task_connection(page)
    if unknown := len(page.tasks) - len(connection["items"]):
        metrics.add_metric("UnknownTasks", MetricUnit.Count, unknown)
    return {"data": connection}


@router.resolver(type_name="Query", field_name="taskStatistics")
def task_statistics(**arguments: object) -> Answer:
    """Returns the statistics of a user."""
    wanted = parse(TaskStatistics, arguments)
    return {"data": outputs.task_statistics(parts().read_statistics(actor(), named(wanted.user_id)))}
