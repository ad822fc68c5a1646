"""What the consumer of webhooks does with a change: it puts a delivery into a queue for each webhook and event."""

from dataclasses import dataclass
from datetime import timedelta

from aws_lambda_powertools.metrics import MetricUnit

from adapters.timestamps import now
from domain.changes import TaskChange
from domain.deliveries import RETRIES, deliveries_of
from domain.ports import Clock, DeliveryQueue, Erasures, WebhookRepository
from processor.telemetry import metrics

# A change that is replayed later than its last attempt would have been is no news to any endpoint.
NEWS = sum(RETRIES, timedelta(0))


@dataclass(frozen=True, slots=True)
class FanOut:
    """Puts the deliveries of one change into their queue."""

    webhooks: WebhookRepository
    erasures: Erasures
    queue: DeliveryQueue
    clock: Clock = now

    def __call__(self, change: TaskChange, correlation_id: str | None, deliveries: int = 1) -> bool:  # noqa: ARG002
        """Returns false for a change that is dropped: it is of an erased person, or too old to be news.

        A redelivered change is delivered again, with the same ids, because an earlier attempt may have ended before all
        were in the queue. Raises what the queue raises.
        """
        at = self.clock()
        if change.timestamp < at - NEWS:
            metrics.add_metric("WebhooksTooOld", MetricUnit.Count, 1)
            return False
        new = list(deliveries_of(change, self.webhooks.of(change.user_id), at))
        if not new:
            return True
        if self.erasures.includes(change.user_id):
            metrics.add_metric("ErasedChanges", MetricUnit.Count, 1)
            return False
        self.queue.put(new)
        metrics.add_metric("DeliveriesBegun", MetricUnit.Count, len(new))
        return True
