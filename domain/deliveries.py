"""Deliveries: one message for one webhook, and the rules of its attempts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from domain.changes import TaskChange
from domain.events import DomainEvent
from domain.identifiers import TaskId, UserId
from domain.webhooks import LONGEST_PAUSE, UserWebhooks, Webhook, WebhookId

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""The waits before the second and each further attempt: 76 hours together (Standard Webhooks 1.0.0, "Retries")."""

# An endpoint that fails is left alone for so long at most, unless it asks for more, so that messages follow soon when
# it works again. The retries of many messages together are then no more than those of a few.
LONGEST_BREAK = timedelta(minutes=5)
# Pauses are no attempts. What is older has no more attempts, however long an endpoint asked to wait.
LIFETIME = timedelta(days=5)

GONE = 410
_PAUSING = frozenset({429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a message says: the facts of an event without any text of a person, or a test, which has no task.

    `id` is the event's permanent id, by which a receiver recognizes a message that it received before.
    """

    id: str
    event_type: str | None
    user_id: UserId
    timestamp: datetime
    task_id: TaskId | None = None
    version: int | None = None
    status: str | None = None

    @classmethod
    def of(cls, event: DomainEvent) -> Self:
        """Returns the notice of an event."""
        return cls(
            id=event.event_id,
            event_type=event.event_type,
            user_id=event.user_id,
            timestamp=event.timestamp,
            task_id=event.task_id,
            version=event.version,
            status=str(event.status),
        )

    @property
    def is_test(self) -> bool:
        """Whether it tells of no event."""
        return self.event_type is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice on its way to a webhook. `attempts` were made, and the next one is `due`. `begun` is its first time."""

    webhook_id: WebhookId
    notice: Notice
    begun: datetime
    due: datetime
    attempts: int = 0

    @classmethod
    def new(cls, webhook_id: WebhookId, notice: Notice, at: datetime) -> Self:
        """Returns a delivery that is due now."""
        return cls(webhook_id=webhook_id, notice=notice, begun=at, due=at)

    @property
    def user_id(self) -> UserId:
        """The owner of the webhook."""
        return self.notice.user_id

    def after_failure(self, at: datetime, retry_after: timedelta) -> Self | None:
        """Returns the delivery with its next attempt, not before `retry_after`, or None after the last attempt.

        A test has one attempt.
        """
        if self.notice.is_test or self.attempts >= len(RETRIES) or at >= self.begun + LIFETIME:
            return None
        return replace(self, attempts=self.attempts + 1, due=at + max(RETRIES[self.attempts], retry_after))

    def postponed(self, until: datetime) -> Self:
        """Returns the delivery with the same attempts and a later time."""
        return replace(self, due=max(self.due, until))


def deliveries_of(change: TaskChange, webhooks: UserWebhooks, at: datetime) -> Iterator[Delivery]:
    """Yields a delivery for each event of a change and each webhook that wants it and existed then."""
    for webhook in webhooks.webhooks:
        for event in change.events:
            if webhook.receives and event.event_type in webhook.events and webhook.created_at <= event.timestamp:
                yield Delivery.new(webhook.id, Notice.of(event), at)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, in words, with the HTTP status of the answer and the wait that it asked for, if any."""

    reason: str
    status: int | None = None
    retry_after: timedelta | None = None

    @property
    def wait(self) -> timedelta:
        """The wait that the endpoint asked for, 24 hours at most. Only 429 and 503 may ask for one (RFC 9110)."""
        return min(self.retry_after, LONGEST_PAUSE) if self.retry_after and self.status in _PAUSING else timedelta(0)


def webhook_after(webhook: Webhook, delivery: Delivery, failure: Failure, at: datetime) -> Webhook:
    """Returns the webhook after an attempt of a delivery failed.

    It is disabled when its endpoint says that it is gone, and after the last attempt of a message since whose first
    failure no message arrived. A test changes nothing but the last failure.
    """
    attempts = delivery.attempts + 1
    if delivery.notice.is_test:
        return webhook.tested(failure.reason)
    pause = failure.wait or min(RETRIES[min(attempts, len(RETRIES)) - 1], LONGEST_BREAK)
    failed = webhook.failed(at, failure.reason, attempts=attempts, pause=pause)
    # The first attempt of the message was within a break of its beginning, unless the queue is late.
    is_dead = failed.failing_since is not None and failed.failing_since <= delivery.begun + LONGEST_BREAK
    is_last = delivery.after_failure(at, failure.wait) is None
    return failed.disabled() if failure.status == GONE or (is_last and is_dead) else failed
