"""Stores webhooks in the table of the tasks, all of a user in one item (docs/decisions/0045-webhooks.md)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters.items import deserialize, serialize
from adapters.time_budget import OutOfTime
from adapters.webhook_items import webhooks_item, webhooks_key, webhooks_of
from domain.identifiers import UserId
from domain.ports import WebhookRepository, WebhooksChanged
from domain.webhooks import UserWebhooks, WebhookId, group_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef, PutItemInputTypeDef


@dataclass(frozen=True, slots=True)
class DynamoDBWebhooks(WebhookRepository):
    """The webhook repository. An item of five webhooks with ordinary URLs is below 4 KB, which is one read unit."""

    client: DynamoDBClient
    table_name: str

    def of(self, owner: UserId) -> UserWebhooks:
        """Returns the webhooks of a user, which one strongly consistent GetItem reads."""
        return self._read(group_of(owner)) or UserWebhooks(owner)

    def of_id(self, webhook_id: WebhookId) -> UserWebhooks | None:
        """Returns the webhooks of the group that the id names, which one strongly consistent GetItem reads."""
        return self._read(webhook_id.group)

    def save(self, webhooks: UserWebhooks) -> None:
        """Store the webhooks with one PutItem, on the condition that the version before is stored.

        A new item is put only for the first version, so that nobody recreates what an erasure deleted. Raises
        WebhooksChanged.
        """
        request: PutItemInputTypeDef = {
            "TableName": self.table_name,
            "Item": serialize(webhooks_item(webhooks)),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        if webhooks.version > 1:
            request["ConditionExpression"] = "Version = :before"
            request["ExpressionAttributeValues"] = serialize({":before": webhooks.version - 1})
        try:
            self.client.put_item(**request)
        except self.client.exceptions.ConditionalCheckFailedException as refusal:
            raise WebhooksChanged from refusal

    def _read(self, group: str) -> UserWebhooks | None:
        key = serialize(webhooks_key(group))
        response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return webhooks_of(deserialize(response["Item"])) if "Item" in response else None


class CannotTell(Exception):
    """DynamoDB did not say who has webhooks."""


@dataclass(frozen=True, slots=True)
class WebhookOwners:
    """Tells who has no webhook, so that changes of most users cost the consumer of webhooks nothing."""

    client: DynamoDBClient
    table_name: str

    def without_any(self, owners: Collection[str]) -> frozenset[str]:
        """Returns those of up to 100 users who certainly have no webhook, which one BatchGetItem reads.

        The read is strongly consistent. A user whose item is not read, because of a throttle, may have some. Raises
        CannotTell.
        """
        if not owners:
            return frozenset()
        by_key = {webhooks_key(group_of(UserId(owner)))["PK"]: owner for owner in owners}
        keys = [serialize(webhooks_key(group_of(UserId(owner)))) for owner in owners]
        request: KeysAndAttributesTypeDef = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": "PK, Webhooks[0].WebhookId",
        }
        try:
            response = self.client.batch_get_item(RequestItems={self.table_name: request})
        except (BotoCoreError, ClientError, OutOfTime) as fault:
            raise CannotTell from fault
        unread = response.get("UnprocessedKeys", {}).get(self.table_name, {"Keys": []})["Keys"]
        stored = map(deserialize, response["Responses"].get(self.table_name, []))
        some = {item["PK"] for item in stored if item.get("Webhooks")} | {key["PK"]["S"] for key in unread}
        return frozenset(owner for key, owner in by_key.items() if key not in some)
