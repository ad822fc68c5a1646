"""The resolver of Task.history: for a whole page of tasks in one invocation."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent

from domain.identifiers import TaskId, UserId
from resolvers import outputs
from resolvers.access import actor_of
from resolvers.composition import projections
from resolvers.routing import router

LATEST = 100  # entries; the schema says so too
_CONCURRENT_QUERIES = 10  # botocore's connection pool holds as many
_queries = ThreadPoolExecutor(_CONCURRENT_QUERIES)


@router.batch_resolver(type_name="Task", field_name="history")
def history(event: Sequence[AppSyncResolverEvent]) -> list[dict[str, Any]]:
    """One item per task, in order, in the form AppSync documents for batches: {"data": …} or an error of its own."""
    return list(_queries.map(_history_of, event))


def _history_of(event: AppSyncResolverEvent) -> dict[str, Any]:
    source = event.source
    if not actor_of(event.raw_event).may_act_for(UserId(source["userId"])):
        return {"data": None, "errorType": "Unauthorized", "errorMessage": "You may only see your own tasks."}
    entries = projections.history(TaskId(source["id"]), LATEST)
    return {"data": [outputs.task_event(entry) for entry in entries]}
