"""The record of erased persons, which keeps their data from coming back (docs/decisions/0024-a-record-of-erasures.md).

A record holds a keyed hash of the userId and no personal data. It expires when no backup and no message can hold the
person's data any more.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.items import Item, deserialize, serialize
from adapters.stored_secret import StoredSecret
from adapters.timestamps import to_text
from domain.identifiers import UserId
from domain.ports import Erasures

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than the 35 days of point-in-time recovery, the 23 days of SNS's retries and the 14 days of dead letters one
# after another. A year more covers exports and copies of tables that operators keep.
LIFETIME = timedelta(days=400)
_KEY = {"PK": "ERASURES", "SK": "KEY"}
_PREFIX = "ERASED#"


@dataclass(slots=True)
class DynamoDBErasures(Erasures):
    """The records, in the table of the tasks. The hash's key is an item of its own, which the first erasure makes."""

    client: DynamoDBClient
    table_name: str
    _secret: StoredSecret = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._secret = StoredSecret(self.client, self.table_name, _KEY)

    def includes(self, user_id: UserId) -> bool:
        """Returns whether the person was erased. Takes one strongly consistent GetItem, which is one read unit."""
        secret = self._secret.read()
        if secret is None:
            return False
        key = record_key(_digest(secret, user_id))
        response = self.client.get_item(TableName=self.table_name, Key=serialize(key), ConsistentRead=True)
        return "Item" in response

    def digest(self, user_id: UserId) -> str | None:
        """Returns the hash by which a record names the person, or None while nobody was erased."""
        secret = self._secret.read()
        return None if secret is None else _digest(secret, user_id)

    def add(self, user_id: UserId, at: datetime, by: str) -> None:
        """Record an erasure. An earlier record of the person is replaced."""
        record = record_key(_digest(self._secret.read_or_make(), user_id)) | {
            "ErasedAt": to_text(at),
            "ErasedBy": by,
            "ExpiresAt": int((at + LIFETIME).timestamp()),
        }
        self.client.put_item(TableName=self.table_name, Item=serialize(record))

    def all(self) -> Sequence[Item]:
        """Returns the items of all records and of the key, which a restored table lacks. Scans the table."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            FilterExpression="PK = :key OR begins_with(PK, :records)",
            ExpressionAttributeValues=serialize({":key": _KEY["PK"], ":records": _PREFIX}),
            ConsistentRead=True,
        )
        return [deserialize(item) for page in pages for item in page["Items"]]

    def put_all(self, records: Sequence[Item]) -> None:
        """Store what `all` returned of another table of the same stack."""
        for record in records:
            self.client.put_item(TableName=self.table_name, Item=serialize(record))
        self._secret.forget()


def record_key(digest: str) -> Item:
    """Returns the primary key of a record. Records are spread over partitions, because each change reads one."""
    return {"PK": f"{_PREFIX}{digest}", "SK": "ERASED"}


def _digest(secret: bytes, user_id: UserId) -> str:
    return hmac.new(secret, str(user_id).encode(), "sha256").hexdigest()
