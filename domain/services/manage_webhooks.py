"""The use cases with which users manage their webhooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.access import Actor
from domain.deliveries import Delivery, Notice
from domain.errors import Problems, WebhookNotFound
from domain.identifiers import ClientToken, UserId
from domain.ports import Clock, DeliveryQueue, NewId, WebhookRepository, WebhooksChanged, WebhookSecrets
from domain.webhook_urls import destination_of
from domain.webhooks import Change, UserWebhooks, Webhook, WebhookId, valid_events

_ATTEMPTS = 4  # as those of a task's change


@dataclass(frozen=True, slots=True)
class ShownSecret:
    """A webhook and its secret, which is shown only now."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class ListWebhooks:
    webhooks: WebhookRepository

    def __call__(self, actor: Actor, owner: UserId | None) -> Sequence[Webhook]:
        """Returns the owner's webhooks, the oldest first.

        `owner` defaults to the actor. Raises Unauthorized when the actor may not act for the owner. Raises
        ValidationError when no owner is named and the actor is not a user.
        """
        return self.webhooks.of(actor.owner(owner)).webhooks


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Creates a webhook, once per client token. `allows_loopback` admits the URL of a server on this machine."""

    webhooks: WebhookRepository
    secrets: WebhookSecrets
    clock: Clock
    new_id: NewId
    allows_loopback: bool = False

    def __call__(
        self,
        actor: Actor,
        owner: UserId | None,
        url: str,
        events: Sequence[str],
        client_token: ClientToken | None = None,
    ) -> ShownSecret:
        """Returns the webhook with its secret, or the webhook that the same token and content created within the hour.

        `owner` defaults to the actor. Raises Unauthorized when the actor may not act for the owner. Raises
        ValidationError for a URL that breaks a rule, for events that are no types or named twice, for a user's sixth
        webhook, and when no owner is named and the actor is not a user. Raises Conflict when the token was used for
        other content or more than an hour ago.
        """
        user_id = actor.owner(owner)
        problems = Problems()
        with problems:
            destination_of(url, allows_loopback=self.allows_loopback)
        with problems:
            valid_events(events)
        problems.report()
        webhook = Webhook(
            id=WebhookId.of(user_id, self.new_id()),
            url=url,
            events=valid_events(events),
            created_at=self.clock(),
            client_token=client_token,
        )
        self.secrets.secret(webhook.id, webhook.generation)  # fails, if it does, before anything is stored
        stored = _store(self.webhooks, lambda: self.webhooks.of(user_id), lambda stored: stored.with_new(webhook))
        webhook = stored.created(webhook) or webhook
        return ShownSecret(webhook, self.secrets.secret(webhook.id, webhook.generation))


@dataclass(frozen=True, slots=True)
class RenewWebhookSecret:
    """Gives a webhook a new secret. The secret before signs as well for another day."""

    webhooks: WebhookRepository
    secrets: WebhookSecrets
    clock: Clock

    def __call__(self, actor: Actor, webhook_id: WebhookId) -> ShownSecret:
        """Returns the webhook with its new secret. Raises WebhookNotFound."""
        webhook = _changed(self.webhooks, actor, webhook_id, lambda webhook: webhook.renewed(self.clock()))
        return ShownSecret(webhook, self.secrets.secret(webhook.id, webhook.generation))


@dataclass(frozen=True, slots=True)
class ResumeWebhook:
    """Sends events to a webhook again. Those that it missed are not sent."""

    webhooks: WebhookRepository

    def __call__(self, actor: Actor, webhook_id: WebhookId) -> Webhook:
        """Returns the active webhook. Raises WebhookNotFound."""
        return _changed(self.webhooks, actor, webhook_id, Webhook.resumed)


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Deletes a webhook. Messages that wait for it are not sent."""

    webhooks: WebhookRepository

    def __call__(self, actor: Actor, webhook_id: WebhookId) -> Webhook:
        """Returns the deleted webhook. Raises WebhookNotFound."""
        owned, webhook = _owned_webhook(self.webhooks, actor, webhook_id)
        _store(self.webhooks, lambda: self.webhooks.of(owned.user_id), lambda stored: stored.without(webhook_id))
        return webhook


@dataclass(frozen=True, slots=True)
class SendTest:
    """Sends a test to a webhook, once, in whichever state it is."""

    webhooks: WebhookRepository
    queue: DeliveryQueue
    clock: Clock
    new_id: NewId

    def __call__(self, actor: Actor, webhook_id: WebhookId) -> Webhook:
        """Returns the webhook as it is before the test. Raises WebhookNotFound."""
        stored, webhook = _owned_webhook(self.webhooks, actor, webhook_id)
        at = self.clock()
        notice = Notice(id=f"test/{self.new_id()}", event_type=None, user_id=stored.user_id, timestamp=at)
        self.queue.put([Delivery.new(webhook_id, notice, at)])
        return webhook


def _owned_webhook(repository: WebhookRepository, actor: Actor, webhook_id: WebhookId) -> tuple[UserWebhooks, Webhook]:
    """Returns the webhook of an id, among all of its owner. Raises WebhookNotFound, for another user's webhook too."""
    stored = repository.of_id(webhook_id)
    webhook = stored.get(webhook_id) if stored else None
    if stored is None or webhook is None or not actor.may_act_for(stored.user_id):
        raise WebhookNotFound(str(webhook_id))
    return stored, webhook


def _changed(repository: WebhookRepository, actor: Actor, webhook_id: WebhookId, change: Change) -> Webhook:
    """Returns the webhook after a change, which is stored. Raises WebhookNotFound."""

    def changed(stored: UserWebhooks) -> UserWebhooks:
        return stored.with_changed(webhook_id, change)

    stored = _store(repository, lambda: _owned_webhook(repository, actor, webhook_id)[0], changed)
    return next(webhook for webhook in stored.webhooks if webhook.id == webhook_id)


def _store(
    repository: WebhookRepository,
    read: Callable[[], UserWebhooks],
    change: Callable[[UserWebhooks], UserWebhooks],
) -> UserWebhooks:
    """Returns the webhooks after a change, which is stored unless it has no effect.

    They are read again after a lost race, which may have been lost to this very change, if its answer was lost. Raises
    WebhooksChanged after four races.
    """
    attempts = 0
    while True:
        stored = read()
        changed = change(stored)
        if changed is stored:
            return stored
        attempts += 1
        try:
            repository.save(changed)
        except WebhooksChanged:
            if attempts == _ATTEMPTS:
                raise
        else:
            return changed
