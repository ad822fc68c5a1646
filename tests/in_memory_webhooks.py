"""Webhooks, their secrets and their queue in memory, for tests of use cases."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.deliveries import Delivery, Notice
from domain.identifiers import UserId
from domain.ports import DeliveryQueue, WebhookRepository, WebhooksChanged, WebhookSecrets
from domain.webhooks import UserWebhooks, Webhook, WebhookId, group_of
from resolvers.composition import WebhookSettings
from tests.builders import ANNA, NOON

NUMBER = UUID(int=1)


def a_webhook(**values: Any) -> Webhook:
    """Returns a webhook of Anna that wants completions."""
    defaults: dict[str, Any] = {
        "id": WebhookId.of(ANNA, NUMBER),
        "url": "https://hooks.example.com/tasks",
        "events": ("TaskCompleted",),
        "created_at": NOON,
    }
    return Webhook(**defaults | values)


def a_notice(**values: Any) -> Notice:
    """Returns a test for a webhook of Anna."""
    defaults: dict[str, Any] = {"id": "test/1", "event_type": None, "user_id": ANNA, "timestamp": NOON}
    return Notice(**defaults | values)


@dataclass(slots=True)
class InMemoryWebhooks(WebhookRepository):
    """Webhooks by the groups of their owners. `rivals` are stored before the next saves, one before each."""

    stored: dict[str, UserWebhooks] = field(default_factory=dict)
    rivals: list[UserWebhooks] = field(default_factory=list)

    @classmethod
    def of_anna(cls, *webhooks: Webhook) -> "InMemoryWebhooks":
        """Returns a repository that holds these webhooks of Anna."""
        return cls({group_of(ANNA): UserWebhooks(ANNA, 1, webhooks)})

    def of(self, owner: UserId) -> UserWebhooks:
        """Returns the webhooks of a user."""
        return self.stored.get(group_of(owner), UserWebhooks(owner))

    def of_id(self, webhook_id: WebhookId) -> UserWebhooks | None:
        """Returns the webhooks of the group of an id."""
        return self.stored.get(webhook_id.group)

    def save(self, webhooks: UserWebhooks) -> None:
        """Store the webhooks. Raises WebhooksChanged."""
        if self.rivals:
            rival = self.rivals.pop(0)
            self.stored[group_of(rival.user_id)] = rival
        if self.of(webhooks.user_id).version != webhooks.version - 1:
            raise WebhooksChanged
        self.stored[group_of(webhooks.user_id)] = webhooks


class InMemorySecrets(WebhookSecrets):
    """Secrets that show what they are derived from."""

    def secret(self, webhook_id: WebhookId, generation: int) -> str:
        """Returns a secret that names its webhook and its generation."""
        return f"whsec_{webhook_id}/{generation}"


@dataclass(slots=True)
class InMemoryQueue(DeliveryQueue):
    """Keeps the deliveries."""

    deliveries: list[Delivery] = field(default_factory=list)

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Keep the deliveries."""
        self.deliveries += deliveries


def settings(**values: Any) -> WebhookSettings:
    """Returns what the resolvers need for webhooks, in memory."""
    defaults: dict[str, Any] = {"secrets": InMemorySecrets(), "queue": InMemoryQueue()}
    return WebhookSettings(**defaults | values)
