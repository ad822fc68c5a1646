"""What happens to a delivery whose time has come: its message is sent, or waits again, or is given up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from standardwebhooks.webhooks import Webhook as Signer

from adapters.timestamps import now
from adapters.webhook_messages import body_of
from domain.deliveries import Delivery, Failure, webhook_after
from domain.errors import ValidationError
from domain.ports import Clock, DeliveryQueue, Erasures, WebhookRepository, WebhooksChanged, WebhookSecrets
from domain.webhook_urls import Destination, destination_of
from domain.webhooks import Change, UserWebhooks, Webhook

_RACES = 3  # attempts to store the state of a webhook


class DeliveryOutcome(StrEnum):
    """What became of a delivery, with the name of its metric.

    FAILED and UNREADABLE are faults of the code or of AWS, and take a deployment back. The others are what endpoints
    and users do.
    """

    DELIVERED = "DeliveriesSucceeded"
    REFUSED = "DeliveriesRefused"
    GIVEN_UP = "DeliveriesGivenUp"
    WAITING = "DeliveriesWaiting"
    DROPPED = "DeliveriesDropped"
    UNREADABLE = "UnreadableDeliveries"
    CONTENDED = "DeliveriesContended"
    FAILED = "DeliveriesFailed"


class Sender(Protocol):
    """Sends to endpoints."""

    def post(self, destination: Destination, body: bytes, headers: Mapping[str, str]) -> Failure | None:
        """Returns None when the message arrived, and otherwise why it did not."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Makes one attempt of a delivery. `allows_loopback` admits servers of this machine."""

    webhooks: WebhookRepository
    secrets: WebhookSecrets
    erasures: Erasures
    queue: DeliveryQueue
    endpoints: Sender
    allows_loopback: bool = False
    clock: Clock = now

    def __call__(self, delivery: Delivery, has_time: Callable[[], bool] = lambda: True) -> DeliveryOutcome:
        """Returns the outcome, after which the message of this delivery may be deleted from the queue.

        A delivery that waits is put into the queue again before, so that an interruption may send it twice but not lose
        it. It is dropped when its webhook was deleted or disabled or its person erased. Raises what the table, the
        queue and the secrets raise.
        """
        at = self.clock()
        stored = self.webhooks.of_id(delivery.webhook_id)
        webhook = stored.get(delivery.webhook_id) if stored else None
        if stored is None or webhook is None or not (webhook.receives or delivery.notice.is_test):
            return DeliveryOutcome.DROPPED
        if not delivery.notice.is_test and webhook.paused_until:
            delivery = delivery.postponed(webhook.paused_until)
        if delivery.due > at or not has_time():
            self.queue.put([delivery])
            return DeliveryOutcome.WAITING
        if self.erasures.includes(stored.user_id):
            return DeliveryOutcome.DROPPED
        failure = self._send(webhook, delivery)
        if failure is None:
            if webhook.failing_since or webhook.last_failure:
                self._store(stored, webhook, Webhook.succeeded)
            return DeliveryOutcome.DELIVERED
        return self._repeat(stored, webhook, delivery, failure)

    def _send(self, webhook: Webhook, delivery: Delivery) -> Failure | None:
        at, body = self.clock(), body_of(delivery.notice)
        secrets = [self.secrets.secret(webhook.id, generation) for generation in webhook.generations(at)]
        signatures = [Signer(secret).sign(delivery.notice.id, at, body) for secret in secrets]
        headers = {
            "content-type": "application/json",
            "user-agent": "tasks-api-webhooks",
            "webhook-id": delivery.notice.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        try:
            destination = destination_of(webhook.url, allows_loopback=self.allows_loopback)
        except ValidationError as broken:  # the rules became stricter, or the data are of another stage
            return Failure(f"{broken.message}.")
        return self.endpoints.post(destination, body.encode(), headers)

    def _repeat(self, stored: UserWebhooks, webhook: Webhook, delivery: Delivery, failure: Failure) -> DeliveryOutcome:
        """Put the next attempt into the queue before the webhook's state is stored, which matters less."""
        at = self.clock()
        following = delivery.after_failure(at, failure.wait)
        after = webhook_after(webhook, delivery, failure, at)
        if following and (after.receives or delivery.notice.is_test):
            self.queue.put([following])
        self._store(stored, webhook, lambda each: webhook_after(each, delivery, failure, at))
        return DeliveryOutcome.REFUSED if following else DeliveryOutcome.GIVEN_UP

    def _store(self, stored: UserWebhooks, webhook: Webhook, change: Change) -> None:
        """Store a change of the webhook, unless it is gone or others are faster: then the next attempt tells anew."""
        for _ in range(_RACES):
            try:
                changed = stored.with_changed(webhook.id, change)
                if changed is not stored:
                    self.webhooks.save(changed)
            except WebhooksChanged:
                again = self.webhooks.of_id(webhook.id)
                if again is None:
                    return
                stored = again
            else:
                return
