"""The queue of deliveries. A delivery that waits longer than SQS lets a message wait is put back until its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from adapters.timestamps import now
from adapters.webhook_messages import delivery_json
from domain.deliveries import Delivery
from domain.ports import Clock, DeliveryQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

LONGEST_DELAY = timedelta(minutes=15)  # of a message (Amazon SQS API reference, SendMessage)
_BATCH = 10  # messages; the maximum of one call


class NotStored(Exception):
    """SQS did not take every delivery. The message holds SQS's codes."""


@dataclass(frozen=True, slots=True)
class SqsDeliveries(DeliveryQueue):
    """Sends deliveries to the queue, which hides them until they are due, 15 minutes at most.

    Queues are fair among the webhooks: a flood for one of them delays the others less.
    """

    client: Callable[[], SQSClient]
    queue_url: str
    clock: Clock = now

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Send the deliveries, ten in each call. Raises NotStored, or botocore's errors."""
        remaining = iter(deliveries)
        while batch := list(islice(remaining, _BATCH)):
            response = self.client().send_message_batch(
                QueueUrl=self.queue_url, Entries=[self._entry(*numbered) for numbered in enumerate(batch)]
            )
            if failures := response.get("Failed"):
                raise NotStored(", ".join(sorted({failure["Code"] for failure in failures})))

    def _entry(self, number: int, delivery: Delivery) -> SendMessageBatchRequestEntryTypeDef:
        wait = min(max(delivery.due - self.clock(), timedelta(0)), LONGEST_DELAY)
        return {
            "Id": str(number),
            "MessageBody": delivery_json(delivery),
            "DelaySeconds": ceil(wait.total_seconds()),
            "MessageGroupId": str(delivery.webhook_id),
        }
