"""A secret that the product makes for itself and keeps in the table."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.items import Item, deserialize, serialize

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(slots=True)
class StoredSecret:
    """The random bytes in the attribute `Secret` (hexadecimal) of the item with this key. The first use makes them.

    An object reads the item once, with a strongly consistent GetItem.
    """

    client: DynamoDBClient
    table_name: str
    key: Item
    _value: bytes | None = field(default=None, init=False, repr=False)

    def read(self) -> bytes | None:
        """Returns the secret, or None while nobody has made it."""
        if self._value is None:
            response = self.client.get_item(TableName=self.table_name, Key=serialize(self.key), ConsistentRead=True)
            if "Item" in response:
                self._value = bytes.fromhex(deserialize(response["Item"])["Secret"])
        return self._value

    def read_or_make(self) -> bytes:
        """Returns the secret. Of concurrent first uses, one makes it and the others read it."""
        return self.read() or self._make()

    def forget(self) -> None:
        """Read the item again at the next use, because somebody may have replaced it."""
        self._value = None

    def _make(self) -> bytes:
        with contextlib.suppress(self.client.exceptions.ConditionalCheckFailedException):  # another use made it
            self.client.put_item(
                TableName=self.table_name,
                Item=serialize(self.key | {"Secret": secrets.token_hex(32)}),
                ConditionExpression="attribute_not_exists(PK)",
            )
        secret = self.read()
        if secret is None:
            raise RuntimeError(f"The secret {self.key['PK']} was stored and is gone.")
        return secret
