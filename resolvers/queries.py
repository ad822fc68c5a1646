"""The resolvers of Query fields."""

from collections.abc import Sequence

from aws_lambda_powertools.metrics import MetricUnit

from domain.budget import Work
from domain.identifiers import TaskId
from domain.lists import EVERYTHING, TaskOrder, chosen_statuses
from domain.ports import DamagedTask
from domain.status import TaskStatus
from resolvers import outputs
from resolvers.answers import Answer
from resolvers.inputs import (
    FindTask,
    FindTasks,
    MySettings,
    TaskChanges,
    TaskEvents,
    TasksByUser,
    TaskStatistics,
    Webhooks,
    parse,
)
from resolvers.routing import named, parts, router, spender
from resolvers.telemetry import logger, metrics


@router.resolver(type_name="Query", field_name="task")
def task(**arguments: object) -> Answer:
    """Returns one task that the caller may see."""
    request = parse(FindTask, arguments)
    return {"data": outputs.task(parts().find_task(spender(Work.READS), TaskId(request.id)))}


@router.resolver(type_name="Query", field_name="tasks")
def tasks(**arguments: object) -> Answer:
    """Returns several tasks, and None for each that the caller may not see or that this code cannot read."""
    request = parse(FindTasks, arguments)
    stored = parts().find_tasks(spender(Work.READS), [TaskId(task_id) for task_id in request.ids])
    readable = [None if isinstance(task, DamagedTask) else task for task in stored]
    shown = [task if task is not None and isinstance(task.state.status, TaskStatus) else None for task in readable]
    _count_unknown(sum(task is not None for task in readable) - sum(task is not None for task in shown))
    _report_damaged(sorted({str(task) for task in stored if isinstance(task, DamagedTask)}))
    return {"data": [None if task is None else outputs.task(task) for task in shown]}


@router.resolver(type_name="Query", field_name="tasksByUser")
def tasks_by_user(**arguments: object) -> Answer:
    """Returns a page of a user's tasks."""
    request, caller = parse(TasksByUser, arguments), spender(Work.READS)
    order = request.order_by or TaskOrder.NEWEST_FIRST
    statuses = chosen_statuses(request.status, request.statuses, order)
    conditions = request.filter.to_domain() if request.filter else EVERYTHING
    owner = named(request.user_id)
    page = parts().list_tasks(caller, owner, statuses, request.limit, request.next_token, conditions, order)
    _count_unknown(page.unknown)
    _report_damaged(page.damaged)
    return {"data": outputs.task_connection(page)}


@router.resolver(type_name="Query", field_name="taskChanges")
def task_changes(**arguments: object) -> Answer:
    """Returns a page of the tasks that changed."""
    request, caller = parse(TaskChanges, arguments), spender(Work.READS)
    owner, tokens = caller.owner(named(request.user_id)), parts().feed_tokens
    kind = caller.kind(owner)
    progress = None if request.since is None else tokens.progress(owner, kind, request.since)
    changes = parts().read_changes(caller, owner, progress, request.limit)
    answer = outputs.task_changes(changes, tokens.of_progress(owner, kind, changes.progress))
    _count_unknown(len(changes.changed) - len(answer["changed"]))
    _report_damaged(changes.damaged)
    return {"data": answer}


@router.resolver(type_name="Query", field_name="taskEvents")
def task_events(**arguments: object) -> Answer:
    """Returns a page of what happened to all tasks of a user."""
    request, caller = parse(TaskEvents, arguments), spender(Work.READS)
    owner, tokens = caller.owner(named(request.user_id)), parts().feed_tokens
    kind = caller.kind(owner)
    before = None if request.next_token is None else tokens.position(owner, kind, request.next_token)
    page = parts().read_activity(caller, owner, before, request.limit)
    _report_damaged(page.damaged)
    next_token = tokens.of_position(owner, kind, page.next) if page.next else None
    return {"data": outputs.task_event_connection(page, next_token)}


def _count_unknown(tasks: int) -> None:
    if tasks:
        metrics.add_metric("UnknownTasks", MetricUnit.Count, tasks)


def _report_damaged(reasons: Sequence[str]) -> None:
    for reason in reasons:
        logger.error("damaged task", reason=reason)
        metrics.add_metric("DamagedTasks", MetricUnit.Count, 1)


@router.resolver(type_name="Query", field_name="taskStatistics")
def task_statistics(**arguments: object) -> Answer:
    request = parse(TaskStatistics, arguments)
    return {"data": outputs.task_statistics(parts().read_statistics(spender(Work.READS), named(request.user_id)))}


@router.resolver(type_name="Query", field_name="webhooks")
def webhooks(**arguments: object) -> Answer:
    request = parse(Webhooks, arguments)
    return {
        "data": [outputs.webhook(each) for each in parts().webhooks.list(spender(Work.READS), named(request.user_id))]
    }


@router.resolver(type_name="Query", field_name="mySettings")
def my_settings(**arguments: object) -> Answer:
    request = parse(MySettings, arguments)
    return {"data": outputs.user_settings(parts().read_settings(spender(Work.READS), named(request.user_id)))}
