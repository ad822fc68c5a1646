"""The layout of the item of a user's webhooks."""

from adapters.items import Item, moment_of
from adapters.timestamps import from_text, to_text
from domain.identifiers import ClientToken, UserId
from domain.webhooks import RetiredSecret, UserWebhooks, Webhook, WebhookId, WebhookState, group_of

WEBHOOKS = "WEBHOOKS"


def webhooks_key(group: str) -> Item:
    """Returns the key of a user's webhooks by the group that their ids name."""
    return {"PK": f"{WEBHOOKS}#{group}", "SK": WEBHOOKS}


def webhooks_item(webhooks: UserWebhooks) -> Item:
    """Returns the item of all webhooks of a user. It holds no secret, only the numbers of their generations.

    Attributes that newer code wrote are kept.
    """
    return dict(webhooks.unknown) | {
        **webhooks_key(group_of(webhooks.user_id)),
        "UserId": str(webhooks.user_id),
        "Version": webhooks.version,
        "Webhooks": [_webhook_item(webhook) for webhook in webhooks.webhooks],
    }


def webhooks_of(item: Item) -> UserWebhooks:
    """Returns the webhooks that an item holds."""
    known = {"PK", "SK", "UserId", "Version", "Webhooks"}
    return UserWebhooks(
        UserId(item["UserId"]),
        int(item["Version"]),
        tuple(map(_webhook_of, item["Webhooks"])),
        {name: value for name, value in item.items() if name not in known},
    )


def _webhook_item(webhook: Webhook) -> Item:
    values = {
        "WebhookId": str(webhook.id),
        "Url": webhook.url,
        "Events": list(webhook.events),
        "CreatedAt": to_text(webhook.created_at),
        "State": str(webhook.state),
        "Generation": webhook.generation,
        "Retired": [{"Generation": secret.generation, "Until": to_text(secret.until)} for secret in webhook.retired],
        "FailingSince": to_text(webhook.failing_since) if webhook.failing_since else None,
        "LastFailure": webhook.last_failure,
        "PausedUntil": to_text(webhook.paused_until) if webhook.paused_until else None,
        "ClientToken": webhook.client_token.value if webhook.client_token else None,
    }
    return dict(webhook.unknown) | {name: value for name, value in values.items() if value is not None}


def _webhook_of(item: Item) -> Webhook:
    state = item["State"]
    return Webhook(
        id=WebhookId(item["WebhookId"]),
        url=item["Url"],
        events=tuple(item["Events"]),
        created_at=from_text(item["CreatedAt"]),
        state=WebhookState(state) if state in set(WebhookState) else state,
        generation=int(item["Generation"]),
        retired=tuple(
            RetiredSecret(int(secret["Generation"]), from_text(secret["Until"])) for secret in item["Retired"]
        ),
        failing_since=moment_of(item, "FailingSince"),
        last_failure=item.get("LastFailure"),
        paused_until=moment_of(item, "PausedUntil"),
        client_token=ClientToken(item["ClientToken"]) if "ClientToken" in item else None,
        unknown={name: value for name, value in item.items() if name not in _OF_A_WEBHOOK},
    )


_OF_A_WEBHOOK = frozenset(
    {
        *("WebhookId", "Url", "Events", "CreatedAt", "State", "Generation", "Retired"),
        *("FailingSince", "LastFailure", "PausedUntil", "ClientToken"),
    }
)
