"""A consumer of the topic: a Lambda that takes changes from its queue and does one thing with each.

The processor is one consumer. Another one is another module with its own function, handler and queue.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.contention import is_contention
from adapters.erasure_messages import erased_user
from adapters.messages import ChangeMessage, UnreadableMessage
from adapters.time_budget import OutOfTime
from adapters.tracing import subsegment
from domain.changes import TaskChange
from domain.identifiers import UserId
from domain.ports import LiveUpdateFailed, LiveUpdateRefused, LiveUpdateThrottled
from processor.queue_batches import Handler, queue_handler
from processor.telemetry import logger, metrics

FRESH = timedelta(seconds=5)  # the objective for the time from a change to its record (docs/runbook.md)
# In milliseconds: a message is begun only with time for a transaction (three attempts of 3 s) and a publish (three
# attempts of 4.5 s). The time budget ends what takes longer before Lambda does.
TIME_OF_A_MESSAGE = 22_500

HandleChange = Callable[[TaskChange, str | None, int], bool]
"""What a consumer does with a change, the id of the request that made it, and the number of the message's deliveries.

Returns False when it had done so before. Whatever it raises leaves the message to the queue.
"""


Forget = Callable[[UserId], None]
"""Deletes what a consumer keeps about an erased person. Whatever it raises leaves the message to the queue."""


class Outcome(StrEnum):
    """The outcome of a message, with the name of its metric.

    FAILED, UNREADABLE and LIVE_UPDATE_FAILED are faults of the code or of AWS, and take a deployment back. One user can
    cause CONTENDED, LIVE_UPDATE_REFUSED and LIVE_UPDATE_THROTTLED, which do not (docs/decisions/0043).
    """

    PROCESSED = "ChangesProcessed"
    DUPLICATE = "DuplicateChanges"
    UNREADABLE = "UnreadableMessages"
    FAILED = "ChangesFailed"
    CONTENDED = "ChangesContended"
    LIVE_UPDATE_FAILED = "LiveUpdatesFailed"
    LIVE_UPDATE_REFUSED = "LiveUpdatesRefused"
    LIVE_UPDATE_THROTTLED = "LiveUpdatesThrottled"
    GIVEN_BACK = "ChangesGivenBack"
    ERASURE = "ErasuresAnnounced"


_ACKNOWLEDGED = frozenset({Outcome.PROCESSED, Outcome.DUPLICATE, Outcome.ERASURE})
_FAILURES = {  # what the log calls them
    Outcome.FAILED: "failed",
    Outcome.CONTENDED: "contended",
    Outcome.LIVE_UPDATE_FAILED: "live update failed",
    Outcome.LIVE_UPDATE_REFUSED: "live update refused",
    Outcome.LIVE_UPDATE_THROTTLED: "live update throttled",
}


def _outcome_of(fault: Exception) -> Outcome:
    match fault:
        case LiveUpdateRefused():
            return Outcome.LIVE_UPDATE_REFUSED
        case LiveUpdateThrottled():
            return Outcome.LIVE_UPDATE_THROTTLED
        case LiveUpdateFailed():
            return Outcome.LIVE_UPDATE_FAILED
    return Outcome.CONTENDED if is_contention(fault) else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class _Received:
    message_id: str
    message: ChangeMessage
    deliveries: int


def _nothing_to_forget(_: UserId) -> None:
    """The operators' command that announces an erasure deletes the projections itself."""


def consumer(handle_change: HandleChange, workers: Executor, forget: Forget = _nothing_to_forget) -> Handler:
    """Returns the handler of a Lambda that handles the changes in a batch of messages.

    The handler returns the ids of the failed messages. SQS delivers a message up to ten times and then moves it to the
    dead-letter queue. The handler handles the changes of different users concurrently, and those of one user one after
    another, because they update the same item. It returns messages untouched when no time is left for them. `forget`
    deletes what the consumer keeps about an erased person.
    """

    def handle_batch(records: Sequence[SQSRecord], context: LambdaContext) -> Mapping[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        by_user: defaultdict[UserId, list[_Received]] = defaultdict(list)
        for record in records:
            if user_id := erased_user(record.body):
                outcomes[record.message_id] = _forget(forget, user_id)
            elif message := _read(record):
                if not message.change.is_known:
                    metrics.add_metric("UnknownChanges", MetricUnit.Count, 1)
                by_user[message.change.user_id].append(_Received(record.message_id, message, _deliveries(record)))
            else:
                outcomes[record.message_id] = Outcome.UNREADABLE

        def has_time() -> bool:
            return context.get_remaining_time_in_millis() > TIME_OF_A_MESSAGE

        def handle(messages: Sequence[_Received]) -> dict[str, Outcome]:
            return {each.message_id: _handle(handle_change, each, has_time) for each in messages}

        for of_user in workers.map(handle, by_user.values()):
            outcomes.update(of_user)
        _count_late(by_user, outcomes)
        return outcomes

    return queue_handler(handle_batch, _ACKNOWLEDGED)


def _count_late(by_user: Mapping[UserId, Sequence[_Received]], outcomes: Mapping[str, Outcome]) -> None:
    """Count the changes that this batch recorded later than FRESH after they happened."""
    fresh_since = datetime.now(UTC) - FRESH
    received = (each for messages in by_user.values() for each in messages)
    recorded = (each for each in received if outcomes[each.message_id] is Outcome.PROCESSED)
    if late := [each for each in recorded if each.message.change.timestamp < fresh_since]:
        metrics.add_metric("ChangesLate", MetricUnit.Count, len(late))


def _read(record: SQSRecord) -> ChangeMessage | None:
    try:
        return ChangeMessage.read(record.body)
    except UnreadableMessage as fault:
        logger.exception("unreadable message", message_id=record.message_id, reason=str(fault))
        return None


def _forget(forget: Forget, user_id: UserId) -> Outcome:
    try:
        forget(user_id)
    except Exception as fault:  # noqa: BLE001 - one message fails alone, and SQS delivers it again
        logger.exception("an erased person could not be forgotten")
        return _outcome_of(fault)
    logger.info("erasure announced")
    return Outcome.ERASURE


def _deliveries(record: SQSRecord) -> int:
    return int(record.raw_event.get("attributes", {}).get("ApproximateReceiveCount", 1))


def _handle(handle_change: HandleChange, received: _Received, has_time: Callable[[], bool]) -> Outcome:
    message, change = received.message, received.message.change
    log_fields: dict[str, object] = {
        "correlation_id": message.correlation_id,
        "event_id": change.events[-1].event_id,
    }
    if not has_time():
        logger.warning("given back", extra=log_fields)
        return Outcome.GIVEN_BACK
    try:
        with subsegment(change.event_type, message.correlation_id):
            is_new = handle_change(change, message.correlation_id, received.deliveries)
    except OutOfTime:
        logger.warning("given back", extra=log_fields)
        return Outcome.GIVEN_BACK
    except Exception as fault:  # noqa: BLE001 - one message fails alone, and SQS delivers it again
        outcome = _outcome_of(fault)
        logger.exception(_FAILURES[outcome], extra=log_fields)
        return outcome
    logger.info("processed", extra=log_fields | {"event_type": change.event_type, "duplicate": not is_new})
    return Outcome.PROCESSED if is_new else Outcome.DUPLICATE
