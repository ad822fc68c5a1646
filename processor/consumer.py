"""The processor: each change from the queue into the projections, then to the subscribers."""

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.appsync_live_updates import AppSyncLiveUpdates, connections
from adapters.clients import BUDGET, client
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.messages import ChangeMessage, UnreadableMessage
from domain.changes import TaskChange
from domain.identifiers import UserId

BATCH_SIZE = 10  # messages that are processed at the same time; botocore's connection pool holds as many
# Milliseconds: a transaction (three attempts of 3 s) and a publish (three of 4 s), as their clients are set up.
TIME_OF_A_MESSAGE = 22_000

logger = Logger()
metrics = Metrics()
projections = DynamoDBProjections(client("dynamodb"), os.environ["TABLE_NAME"])
live_updates = AppSyncLiveUpdates(os.environ["GRAPHQL_URL"], connections(BATCH_SIZE))
workers = ThreadPoolExecutor(BATCH_SIZE)


@dataclass(frozen=True, slots=True)
class Received:
    """A message that could be read."""

    message_id: str
    change: TaskChange
    correlation_id: str | None


class Outcome(StrEnum):
    """What became of a message, as the metrics count it."""

    PROCESSED = "ChangesProcessed"
    DUPLICATE = "DuplicateChanges"
    UNREADABLE = "UnreadableMessages"
    FAILED = "ChangesFailed"
    UNTOLD = "LiveUpdatesFailed"
    GIVEN_BACK = "ChangesGivenBack"


_TAKEN_IN = frozenset({Outcome.PROCESSED, Outcome.DUPLICATE})


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers the messages that failed: they come again, ten times, and then go to the dead-letter queue.

    The changes of different users are processed at the same time, those of one user one after another, because they
    update one item. Messages for which no time is left are given back untouched.
    """
    BUDGET.start(context.get_remaining_time_in_millis())
    records: list[dict[str, Any]] = event["Records"]
    metrics.add_metric("MessagesReceived", MetricUnit.Count, len(records))
    outcomes: dict[str, Outcome] = {}
    by_user: defaultdict[UserId, list[Received]] = defaultdict(list)
    for record in records:
        if received := _read(record):
            by_user[received.change.user_id].append(received)
        else:
            outcomes[record["messageId"]] = Outcome.UNREADABLE

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > TIME_OF_A_MESSAGE

    for of_user in workers.map(
        lambda queue: [(one.message_id, _process(one, has_time)) for one in queue], by_user.values()
    ):
        outcomes.update(of_user)
    for outcome in outcomes.values():
        metrics.add_metric(outcome, MetricUnit.Count, 1)
    failures = [message_id for message_id, outcome in outcomes.items() if outcome not in _TAKEN_IN]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}


def _read(record: Mapping[str, Any]) -> Received | None:
    try:
        message = ChangeMessage.read(record["body"])
        return Received(record["messageId"], message.to_change(), message.correlation_id)
    except UnreadableMessage as fault:
        logger.exception("unreadable message", message_id=record["messageId"], reason=str(fault))
        return None


def _process(received: Received, has_time: Callable[[], bool]) -> Outcome:
    change = received.change
    told: dict[str, object] = {
        "correlation_id": received.correlation_id,
        "event_id": change.events[-1].event_id,
    }
    if not has_time():
        logger.warning("given back", extra=told)
        return Outcome.GIVEN_BACK
    try:
        is_new = projections.record(change)
    except Exception:  # one message's failure is no other's, and SQS delivers it again
        logger.exception("failed", extra=told)
        return Outcome.FAILED
    try:
        # Repeated also for a change that was recorded before: the try that recorded it may have died before telling.
        live_updates.publish(change, received.correlation_id)
    except Exception:  # the same
        logger.exception("live update failed", extra=told)
        return Outcome.UNTOLD
    logger.info("processed", extra=told | {"event_type": change.event_type, "duplicate": not is_new})
    return Outcome.PROCESSED if is_new else Outcome.DUPLICATE
