"""The record of subscriptions, by which the processor publishes only to somebody (docs/decisions/0037)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.items import Item, deserialize, serialize
from domain.identifiers import UserId
from domain.ports import Listeners

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A connection lives 24 hours at most (AppSync Developer Guide, "Building a real-time WebSocket client"). The hour more
# covers the time from the record to the acknowledgement, and clocks that differ.
LIFETIME = timedelta(hours=25)
LISTENERS = "LISTENERS"


@dataclass(frozen=True, slots=True)
class DynamoDBListeners(Listeners):
    """One item for each user somebody listens to, and one for everyone, in the table of the tasks."""

    client: DynamoDBClient
    table_name: str

    def add(self, owner: UserId | None, at: datetime) -> None:
        """Put one item, unless a stored one expires later. Raises botocore's errors."""
        expires = int((at + LIFETIME).timestamp())
        with contextlib.suppress(self.client.exceptions.ConditionalCheckFailedException):
            self.client.put_item(
                TableName=self.table_name,
                Item=serialize(listeners_key(owner) | {"ExpiresAt": expires}),
                ConditionExpression="attribute_not_exists(PK) OR ExpiresAt < :expires",
                ExpressionAttributeValues=serialize({":expires": expires}),
            )

    def include(self, owner: UserId, at: datetime) -> bool:
        """Read both items strongly consistently with one BatchGetItem, which costs two read units.

        Returns true also when DynamoDB throttles a read: an update that nobody needs only costs money.
        """
        keys = [serialize(listeners_key(each)) for each in (owner, None)]
        response = self.client.batch_get_item(
            RequestItems={self.table_name: {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "ExpiresAt"}}
        )
        if response.get("UnprocessedKeys"):
            return True
        listeners = map(deserialize, response["Responses"].get(self.table_name, []))
        return any(item["ExpiresAt"] > at.timestamp() for item in listeners)


def listeners_key(owner: UserId | None) -> Item:
    """Returns the key of the record that somebody listens to a user's tasks, or for None to everyone's.

    The item's `ExpiresAt` (epoch seconds) is when the latest of these connections has ended at the latest.
    """
    return {"PK": LISTENERS if owner is None else f"{LISTENERS}#{owner}", "SK": LISTENERS}
