"""Counts the work of each caller in each minute and day, in items that expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.items import Item, deserialize, serialize
from adapters.timestamps import to_text
from domain.budget import Limit, WorkCounts
from domain.identifiers import UserId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIFETIME = timedelta(hours=1)
BUDGET_PREFIX = "BUDGET#"


@dataclass(frozen=True, slots=True)
class DynamoDBSpending(WorkCounts):
    """The counts, in the table of the tasks."""

    client: DynamoDBClient
    table_name: str

    def add(self, spender: UserId | str, limit: Limit, start: datetime, amount: int) -> int:
        """Add to a count and return it. Makes one UpdateItem, which is one write unit."""
        values: Item = {":amount": amount, ":expires": int((start + limit.period + LIFETIME).timestamp())}
        expression = "ADD Amount :amount SET ExpiresAt = :expires"
        if isinstance(spender, UserId):  # an erasure finds the item by this attribute
            expression, values = f"{expression}, UserId = :user", values | {":user": str(spender)}
        response = self.client.update_item(
            TableName=self.table_name,
            Key=serialize(budget_key(spender, limit, start)),
            UpdateExpression=expression,
            ExpressionAttributeValues=serialize(values),
            ReturnValues="UPDATED_NEW",
        )
        return int(deserialize(response["Attributes"])["Amount"])


def budget_key(spender: UserId | str, limit: Limit, start: datetime) -> Item:
    """Returns the key of the work that a user or a service does in the period from `start`."""
    prefix = "USER#" if isinstance(spender, UserId) else "SERVICE#"
    return {
        "PK": f"{BUDGET_PREFIX}{prefix}{spender}",
        "SK": f"{BUDGET_PREFIX}{limit.work}#{limit.period.total_seconds():.0f}#{to_text(start)}",
    }
