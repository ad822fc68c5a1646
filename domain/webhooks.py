"""Webhooks: the places to which a user's events are sent, and the rules of their secrets and their failures."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from domain.errors import Code, KeyUsed, ValidationError
from domain.events import EVENT_TYPES
from domain.identifiers import ClientToken, UserId

MAXIMUM = 5  # webhooks of a user
SECRET_OVERLAP = timedelta(hours=24)  # for which a renewed secret still signs
SECRETS_KEPT = 3  # renewed secrets that still sign, if somebody renews often
REPEATABLE = timedelta(hours=1)  # for which a repeated creation shows the secret again
FAILING_ATTEMPTS = 3  # attempts of one message, from which on the webhook is failing
LONGEST_PAUSE = timedelta(hours=24)  # that an endpoint may ask for

_ID = re.compile(r"webhook-(?P<group>[0-9a-f]{32})-[0-9a-f]{32}")


class WebhookState(StrEnum):
    """Whether messages are sent to a webhook, and whether they arrive."""

    ACTIVE = "ACTIVE"
    FAILING = "FAILING"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class WebhookId:
    """The id of a webhook, which holds the group of its owner's webhooks. Raises ValidationError for any other text."""

    value: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.value):
            raise ValidationError("id", "must be the id of a webhook, as createWebhook returned it", Code.FORMAT)

    @classmethod
    def of(cls, owner: UserId, unique: UUID) -> Self:
        """Returns the id of a new webhook of the owner for a new UUID."""
        return cls(f"webhook-{group_of(owner)}-{unique.hex}")

    @property
    def group(self) -> str:
        """The group of the owner's webhooks."""
        return self.value.split("-")[1]

    def __str__(self) -> str:
        return self.value


def group_of(owner: UserId) -> str:
    """Returns the name of the group of a user's webhooks: a hash, so that ids of webhooks show no userId."""
    return sha256(f"webhooks\n{owner}".encode()).hexdigest()[:32]


def valid_events(events: Sequence[str]) -> tuple[str, ...]:
    """Returns the types of events that a webhook wants. Raises ValidationError, which names `events`."""
    if not events:
        raise ValidationError("events", "must be at least one type", Code.LIMIT, min=1)
    if not set(events) <= EVENT_TYPES.keys():
        raise ValidationError("events", "must be types of events", Code.ONE_OF)
    if len(set(events)) < len(events):
        raise ValidationError("events", "must not name a type twice", Code.DUPLICATE)
    return tuple(events)


@dataclass(frozen=True, slots=True)
class RetiredSecret:
    """The generation of a secret that was renewed, and until when it still signs."""

    generation: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A URL, the types of events that are sent to it, and how that goes.

    A secret is derived from the webhook's id and the secret's `generation`. `state` may be a value that newer code
    wrote and this code does not know. `failing_since` is the time of the first failure after the last success, and
    `last_failure` is the latest of these failures in words. Nothing is sent before `paused_until`. `unknown` holds the
    attributes that newer code wrote.
    """

    id: WebhookId
    url: str
    events: tuple[str, ...]
    created_at: datetime
    state: WebhookState | str = WebhookState.ACTIVE
    generation: int = 1
    retired: tuple[RetiredSecret, ...] = ()
    failing_since: datetime | None = None
    last_failure: str | None = None
    paused_until: datetime | None = None
    client_token: ClientToken | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def receives(self) -> bool:
        """Whether events are sent to it."""
        return self.state in {WebhookState.ACTIVE, WebhookState.FAILING}

    def generations(self, at: datetime) -> Sequence[int]:
        """Returns the generations of the secrets that sign a message at a time, the newest first."""
        return [self.generation, *(secret.generation for secret in self.retired if at < secret.until)]

    def renewed(self, at: datetime) -> Self:
        """Returns the webhook with a new secret. The secret before signs for another day."""
        valid = [secret for secret in self.retired if at < secret.until]
        retired = (RetiredSecret(self.generation, at + SECRET_OVERLAP), *valid)[:SECRETS_KEPT]
        return replace(self, generation=self.generation + 1, retired=retired)

    def resumed(self) -> Self:
        """Returns the webhook as one that nothing failed to reach."""
        return replace(self, state=WebhookState.ACTIVE, failing_since=None, last_failure=None, paused_until=None)

    def succeeded(self) -> Self:
        """Returns the webhook after a message arrived. A disabled webhook, which a test reached, stays disabled."""
        return self.resumed() if self.receives else replace(self, last_failure=None)

    def failed(self, at: datetime, reason: str, *, attempts: int, pause: timedelta) -> Self:
        """Returns the webhook after a message failed for the `attempts`th time.

        It is failing from the third attempt of one message on. Nothing is sent for `pause`.
        """
        until = at + pause
        return replace(
            self,
            state=WebhookState.FAILING if self.receives and attempts >= FAILING_ATTEMPTS else self.state,
            failing_since=self.failing_since or at,
            last_failure=reason,
            paused_until=max(until, self.paused_until or until),
        )

    def tested(self, reason: str) -> Self:
        """Returns the webhook after a test failed, which says nothing about its events."""
        return replace(self, last_failure=reason)

    def disabled(self) -> Self:
        """Returns the webhook as one to which nothing is sent until its owner resumes it."""
        return replace(self, state=WebhookState.DISABLED, paused_until=None)


Change = Callable[[Webhook], Webhook]
"""A change to one webhook."""


@dataclass(frozen=True, slots=True)
class UserWebhooks:
    """All webhooks of a user, which are stored together, so that their number is always known.

    `version` is 0 for a user who never had any, and each change adds 1. `unknown` holds the attributes that newer code
    wrote.
    """

    user_id: UserId
    version: int = 0
    webhooks: tuple[Webhook, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def get(self, webhook_id: WebhookId) -> Webhook | None:
        """Returns the webhook of an id, or None."""
        return next((webhook for webhook in self.webhooks if webhook.id == webhook_id), None)

    def created(self, webhook: Webhook) -> Webhook | None:
        """Returns the webhook that an earlier attempt of this creation stored, or None.

        Raises KeyUsed when the client token was used for other content, or so long ago that the secret stays hidden:
        otherwise everybody who may act for the owner could read a secret that is in use, without leaving a trace.
        """
        token = webhook.client_token
        earlier = next((each for each in self.webhooks if token and each.client_token == token), None)
        if earlier is None:
            return self.get(webhook.id)
        if (earlier.url, set(earlier.events)) != (webhook.url, set(webhook.events)):
            raise KeyUsed("clientToken", Code.OTHER_CONTENT)
        if webhook.created_at - earlier.created_at >= REPEATABLE:
            raise KeyUsed("clientToken", Code.EXPIRED)
        return earlier

    def with_new(self, webhook: Webhook) -> Self:
        """Returns the webhooks and a new one, or these if an earlier attempt of the creation stored it.

        Raises KeyUsed as `created` does. Raises ValidationError for a sixth.
        """
        if self.created(webhook):
            return self
        if len(self.webhooks) >= MAXIMUM:
            rule = f"must be at most {MAXIMUM} of a user: delete one first"
            raise ValidationError("webhooks", rule, Code.LIMIT, max=MAXIMUM)
        return self._with((*self.webhooks, webhook))

    def without(self, webhook_id: WebhookId) -> Self:
        """Returns the webhooks without one, or these if it is not among them."""
        others = tuple(webhook for webhook in self.webhooks if webhook.id != webhook_id)
        return self if others == self.webhooks else self._with(others)

    def with_changed(self, webhook_id: WebhookId, change: Change) -> Self:
        """Returns the webhooks after a change of one of them, or these if the change has no effect."""
        webhooks = tuple(change(webhook) if webhook.id == webhook_id else webhook for webhook in self.webhooks)
        return self if webhooks == self.webhooks else self._with(webhooks)

    def _with(self, webhooks: tuple[Webhook, ...]) -> Self:
        return replace(self, version=self.version + 1, webhooks=webhooks)
