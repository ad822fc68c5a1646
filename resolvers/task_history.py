"""The resolver of Task.history, which answers a whole page of tasks in one invocation."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent

from domain.budget import Work
from domain.errors import DomainError
from domain.identifiers import TaskId, UserId
from resolvers import outputs
from resolvers.answers import Answer, failed, refused
from resolvers.composition import Parts
from resolvers.routing import parts, router
from resolvers.telemetry import failure_metric, logger, metrics

_CONCURRENT_QUERIES = 10  # the size of botocore's connection pool
_queries = ThreadPoolExecutor(_CONCURRENT_QUERIES)


@router.batch_resolver(type_name="Task", field_name="history")
def history(event: Sequence[AppSyncResolverEvent]) -> list[Answer]:
    """Returns one answer for each task, in order: its history or an error.

    Raises Unauthorized or TooManyRequests for the whole batch, whose contexts have one caller.
    """
    composed = parts()
    composed.budget.charge(composed.access.actor_of(event[0].raw_event), Work.READS, len(event))
    outcomes = list(_queries.map(lambda task: _history_of(task, composed), event))
    for metric, failures in Counter(metric for _, metric in outcomes if metric).items():
        metrics.add_metric(metric, MetricUnit.Count, failures)
    return [answer for answer, _ in outcomes]


def _history_of(event: AppSyncResolverEvent, parts: Parts) -> tuple[Answer, str | None]:
    """Returns the answer, and the metric of an unexpected error."""
    source = event.source
    try:
        actor = parts.access.actor_of(event.raw_event)
        events = parts.read_history(actor, UserId(source["userId"]), TaskId(source["id"]))
    except DomainError as refusal:  # another user's task, or ids that a service invented for a live update
        return refused(refusal), None
    except Exception as fault:  # noqa: BLE001 - an unexpected error fails one task's history and is logged in full
        logger.exception("failed")
        return failed(logger.get_correlation_id()), failure_metric(fault)
    return {"data": outputs.task_events(events)}, None
