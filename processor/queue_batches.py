"""The frame of the Lambdas that receive messages of a queue in batches."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from processor.telemetry import logger, metrics

BATCH_SIZE = 10  # messages; also the size of botocore's connection pool

Handler = Callable[..., dict[str, Any]]
"""A Lambda handler, which takes the event and the context and returns the failed messages."""

HandleBatch = Callable[[Sequence[SQSRecord], LambdaContext], Mapping[str, StrEnum]]
"""Handles the messages of a batch and returns the outcome of each by the message's id. It raises nothing."""


def queue_handler(handle: HandleBatch, acknowledged: Collection[StrEnum]) -> Handler:
    """Returns the handler of a Lambda that handles batches.

    It starts the time budget and counts the messages and their outcomes. It returns the ids of the messages whose
    outcome is not `acknowledged`, which SQS delivers again (Lambda Developer Guide, "Reporting batch item failures").
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    @event_source(data_class=SQSEvent)
    def handler(event: SQSEvent, context: LambdaContext) -> dict[str, Any]:
        BUDGET.start(context.get_remaining_time_in_millis())
        records = list(event.records)
        metrics.add_metric("MessagesReceived", MetricUnit.Count, len(records))
        outcomes = handle(records, context)
        for outcome in outcomes.values():
            metrics.add_metric(outcome, MetricUnit.Count, 1)
        failures = [message_id for message_id, outcome in outcomes.items() if outcome not in acknowledged]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}

    return handler
