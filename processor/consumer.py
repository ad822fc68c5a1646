"""The processor: each event from the queue into the projections, then to the subscribers."""

import json
import os
from typing import Any

import urllib3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.appsync_live_updates import AppSyncLiveUpdates
from adapters.clients import client
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.messages import EVENT_TYPES, event_of
from domain.events import TaskCompleted

logger = Logger()
metrics = Metrics()
batch = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False, logger=logger)  # type: ignore[arg-type] # Powertools' own Logger is what it documents

projections = DynamoDBProjections(client("dynamodb"), os.environ["TABLE_NAME"])
live_updates = AppSyncLiveUpdates(
    os.environ["GRAPHQL_URL"],
    urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), retries=False),
    logger.get_correlation_id,
)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Answers the messages that failed: they come again, five times, and then go to the dead-letter queue."""
    metrics.add_metric("MessagesReceived", MetricUnit.Count, len(event["Records"]))
    return process_partial_response(event=event, record_handler=process, processor=batch, context=context)


def process(record: SQSRecord) -> None:
    """Take in one message. Raises for one that is malformed or that could not be taken in: SQS delivers it again."""
    message = json.loads(record.body)
    logger.set_correlation_id(message.get("correlationId"))
    if message["eventType"] not in EVENT_TYPES:
        logger.warning("unknown event type dropped", event_type=message["eventType"], event_id=message.get("eventId"))
        metrics.add_metric("UnknownEvents", MetricUnit.Count, 1)
        return
    event = event_of(message)
    is_new = projections.record(event)
    # Repeated also for an event that was recorded before: the try that recorded it may have died before telling.
    if isinstance(event, TaskCompleted):
        live_updates.task_completed(event.task)
    else:
        live_updates.task_changed(event)
    logger.info("processed", event_type=event.event_type, event_id=event.event_id, duplicate=not is_new)
    metrics.add_metric("EventsProcessed" if is_new else "DuplicateEvents", MetricUnit.Count, 1)
