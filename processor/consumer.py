"""The consumer applies each change of the queue to the projections and then publishes it to the subscribers."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import SQSEvent, event_source
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from adapters.messages import ChangeMessage, UnreadableMessage
from domain.changes import TaskChange
from domain.identifiers import UserId
from domain.ports import LiveUpdateFailed
from domain.services.follow_change import FollowChange
from processor.telemetry import logger, metrics

BATCH_SIZE = 10  # concurrent messages; also the size of botocore's connection pool
FRESH = timedelta(seconds=5)  # the objective for the time from a change to its record (docs/runbook.md)
# In milliseconds: a transaction (three attempts of 3 s) and a publish (three attempts of 4 s) with their clients'
# settings.
TIME_OF_A_MESSAGE = 22_000

Handler = Callable[..., dict[str, Any]]
"""A Lambda handler, which takes the event and the context and returns the failed messages."""


@dataclass(frozen=True, slots=True)
class Received:
    """A readable message."""

    message_id: str
    change: TaskChange
    correlation_id: str | None


class Outcome(StrEnum):
    """The outcome of a message, with the name of its metric."""

    PROCESSED = "ChangesProcessed"
    DUPLICATE = "DuplicateChanges"
    UNREADABLE = "UnreadableMessages"
    FAILED = "ChangesFailed"
    UNTOLD = "LiveUpdatesFailed"
    GIVEN_BACK = "ChangesGivenBack"


_TAKEN_IN = frozenset({Outcome.PROCESSED, Outcome.DUPLICATE})


def consumer(follow_change: FollowChange, workers: Executor) -> Handler:
    """Returns the handler of a Lambda that processes the changes in a batch of messages.

    The handler returns the ids of the failed messages. SQS delivers a message up to ten times and then moves it to the
    dead-letter queue. The handler processes the changes of different users concurrently, and those of one user one
    after another, because they update the same item. It returns messages unprocessed when no time is left for them.
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    @event_source(data_class=SQSEvent)
    def handler(event: SQSEvent, context: LambdaContext) -> dict[str, Any]:
        BUDGET.start(context.get_remaining_time_in_millis())
        records = list(event.records)
        metrics.add_metric("MessagesReceived", MetricUnit.Count, len(records))
        outcomes: dict[str, Outcome] = {}
        by_user: defaultdict[UserId, list[Received]] = defaultdict(list)
        for record in records:
            if received := _read(record):
                by_user[received.change.user_id].append(received)
            else:
                outcomes[record.message_id] = Outcome.UNREADABLE

        def has_time() -> bool:
            return context.get_remaining_time_in_millis() > TIME_OF_A_MESSAGE

        def follow(messages: Sequence[Received]) -> dict[str, Outcome]:
            return {message.message_id: _follow(follow_change, message, has_time) for message in messages}

        for of_user in workers.map(follow, by_user.values()):
            outcomes.update(of_user)
        for outcome in outcomes.values():
            metrics.add_metric(outcome, MetricUnit.Count, 1)
        fresh_since = datetime.now(UTC) - FRESH
        late = [
            message
            for messages in by_user.values()
            for message in messages
            if outcomes[message.message_id] is Outcome.PROCESSED and message.change.timestamp < fresh_since
        ]
        if late:
            metrics.add_metric("ChangesLate", MetricUnit.Count, len(late))
        failures = [message_id for message_id, outcome in outcomes.items() if outcome not in _TAKEN_IN]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}

    return handler


def _read(record: SQSRecord) -> Received | None:
    try:
        message = ChangeMessage.read(record.body)
        return Received(record.message_id, message.to_change(), message.correlation_id)
    except UnreadableMessage as fault:
        logger.exception("unreadable message", message_id=record.message_id, reason=str(fault))
        return None


def _follow(follow_change: FollowChange, received: Received, has_time: Callable[[], bool]) -> Outcome:
    change = received.change
    told: dict[str, object] = {
        "correlation_id": received.correlation_id,
        "event_id": change.events[-1].event_id,
    }
    if not has_time():
        logger.warning("given back", extra=told)
        return Outcome.GIVEN_BACK
    try:
        is_new = follow_change(change, received.correlation_id)
    except LiveUpdateFailed:
        logger.exception("live update failed", extra=told)
        return Outcome.UNTOLD
    except Exception:  # noqa: BLE001 - one message fails alone, and SQS delivers it again
        logger.exception("failed", extra=told)
        return Outcome.FAILED
    logger.info("processed", extra=told | {"event_type": change.event_type, "duplicate": not is_new})
    return Outcome.PROCESSED if is_new else Outcome.DUPLICATE
