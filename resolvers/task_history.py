"""The resolver of Task.history: for a whole page of tasks in one invocation."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent

from domain.errors import DomainError
from domain.identifiers import TaskId, UserId
from resolvers import outputs
from resolvers.answers import INTERNAL_ERROR, failed
from resolvers.composition import access, logger, metrics, projections
from resolvers.routing import router

LATEST = 100  # entries; the schema says so too
_CONCURRENT_QUERIES = 10  # botocore's connection pool holds as many
_queries = ThreadPoolExecutor(_CONCURRENT_QUERIES)


@router.batch_resolver(type_name="Task", field_name="history")
def history(event: Sequence[AppSyncResolverEvent]) -> list[dict[str, Any]]:
    """One item per task, in order, in the form AppSync documents for batches: {"data": …} or an error of its own."""
    answers = list(_queries.map(_history_of, event))
    if failures := sum(answer.get("errorType") == INTERNAL_ERROR for answer in answers):
        metrics.add_metric("Failed", MetricUnit.Count, failures)
    return answers


def _history_of(event: AppSyncResolverEvent) -> dict[str, Any]:
    source = event.source
    try:
        access.actor_of(event.raw_event).owner(UserId(source["userId"]))
        task_id = TaskId(source["id"])
    except DomainError as refusal:  # a service may publish ids that no task can have
        return {"data": None, "errorType": refusal.code, "errorMessage": refusal.message}
    try:
        entries = projections.history(task_id, LATEST)
    except Exception:  # noqa: BLE001 - the edge: logged whole, answered with nothing but an id
        logger.exception("failed")
        fault = failed(logger.get_correlation_id())["error"]
        # A batch's item has no errorInfo (AppSync Developer Guide, "Batching"): the id stands in the message.
        message = f"{fault['message']} Correlation id: {logger.get_correlation_id()}"
        return {"data": None, "errorType": fault["type"], "errorMessage": message}
    return {"data": [outputs.task_event(entry) for entry in entries]}
