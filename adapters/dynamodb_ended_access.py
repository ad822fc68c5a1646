"""The record of ended access, in the table of the tasks (docs/decisions/0038-access-that-ends.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from adapters.items import Item, deserialize, serialize
from adapters.timestamps import from_text, to_text
from domain.identifiers import UserId
from domain.ports import EndedAccess

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than an access token is valid (cdk/identity.py), and clocks that differ.
LIFETIME = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class DynamoDBEndedAccess(EndedAccess):
    """One item for each user, until the tokens that were issued before have expired."""

    client: DynamoDBClient
    table_name: str

    def end(self, user_id: UserId, at: datetime) -> None:
        """Put the record, from which on a token of an earlier time begins no subscription."""
        expires = int((at + LIFETIME).timestamp())
        record = ended_access_key(user_id) | {"EndedAt": to_text(at), "ExpiresAt": expires}
        self.client.put_item(TableName=self.table_name, Item=serialize(record))

    def ended_at(self, user_id: UserId) -> datetime | None:
        """Returns the time of the record. Takes one strongly consistent GetItem."""
        key = serialize(ended_access_key(user_id))
        response = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True)
        return from_text(deserialize(response["Item"])["EndedAt"]) if "Item" in response else None


def ended_access_key(user_id: UserId) -> Item:
    """Returns the key of the record that a user's access was ended.

    The record stays after an erasure until it expires; the hash of a random `sub` names nobody.
    """
    return {"PK": f"ENDED#{sha256(str(user_id).encode()).hexdigest()}", "SK": "ENDED"}
