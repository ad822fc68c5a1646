"""Handles batches of the queue of deliveries, so that a slow endpoint takes no time of the others."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from time import monotonic

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.contention import is_contention
from adapters.messages import UnreadableMessage
from adapters.received_deliveries import delivery_of
from domain.deliveries import Delivery
from domain.webhooks import WebhookId
from processor.queue_batches import Handler, queue_handler
from processor.telemetry import logger
from webhooks.deliver import Deliver, DeliveryOutcome

SHARE = 10.0  # seconds of a batch that the messages of one webhook may take before the rest of them wait again
# In milliseconds: an attempt is begun only with time for the endpoint (10 s), the name (10 s) and four calls of AWS.
TIME_OF_AN_ATTEMPT = 32_000

_ACKNOWLEDGED = frozenset(DeliveryOutcome) - {
    DeliveryOutcome.UNREADABLE,
    DeliveryOutcome.FAILED,
    DeliveryOutcome.CONTENDED,
}


@dataclass(frozen=True, slots=True)
class _ReceivedDelivery:
    message_id: str
    delivery: Delivery


def deliveries(deliver: Deliver, workers: Executor) -> Handler:
    """Returns the handler of a Lambda that makes the attempts of a batch.

    The messages of different webhooks are sent concurrently, and those of one webhook one after another. After SHARE,
    the others of a webhook wait in the queue again, where those of quiet webhooks overtake them. The handler returns
    the ids of the messages that failed for a reason of ours, which SQS delivers again.
    """

    def handle_batch(records: Sequence[SQSRecord], context: LambdaContext) -> Mapping[str, DeliveryOutcome]:
        outcomes: dict[str, DeliveryOutcome] = {}
        by_webhook: defaultdict[WebhookId, list[_ReceivedDelivery]] = defaultdict(list)
        for record in records:
            if delivery := _read(record):
                by_webhook[delivery.webhook_id].append(_ReceivedDelivery(record.message_id, delivery))
            else:
                outcomes[record.message_id] = DeliveryOutcome.UNREADABLE

        def handle(messages: Sequence[_ReceivedDelivery]) -> dict[str, DeliveryOutcome]:
            ends = monotonic() + SHARE

            def has_time() -> bool:
                return monotonic() < ends and context.get_remaining_time_in_millis() > TIME_OF_AN_ATTEMPT

            return {each.message_id: _deliver(deliver, each.delivery, has_time) for each in messages}

        for of_webhook in workers.map(handle, by_webhook.values()):
            outcomes.update(of_webhook)
        return outcomes

    return queue_handler(handle_batch, _ACKNOWLEDGED)


def _read(record: SQSRecord) -> Delivery | None:
    try:
        return delivery_of(record.body)
    except UnreadableMessage as fault:
        logger.exception("unreadable delivery", message_id=record.message_id, reason=str(fault))
        return None


def _deliver(deliver: Deliver, delivery: Delivery, has_time: Callable[[], bool]) -> DeliveryOutcome:
    log_fields = {
        "webhook_id": str(delivery.webhook_id),
        "event_id": delivery.notice.id,
        "attempts": delivery.attempts,
    }
    try:
        outcome = deliver(delivery, has_time)
    except Exception as fault:  # noqa: BLE001 - one message fails alone, and SQS delivers it again
        logger.exception("delivery failed", extra=log_fields)
        return DeliveryOutcome.CONTENDED if is_contention(fault) else DeliveryOutcome.FAILED
    logger.info("delivery", extra=log_fields | {"outcome": outcome})
    return outcome
