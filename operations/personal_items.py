"""A person's items in the table: tasks, tombstones, histories, statistics.

Tombstones stand in no index, and histories outlive them, so the whole table is scanned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from adapters import items
from adapters.items import Item
from domain.identifiers import UserId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestOutputTypeDef, WriteRequestTypeDef

_BATCH = 25  # items; BatchWriteItem takes no more (Amazon DynamoDB API reference)


@dataclass(slots=True)
class Tally:
    """What was found, by kind, and what finding and deleting it took."""

    kinds: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    read_units: float = 0
    write_units: float = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.kinds + other.kinds,
            self.calls + other.calls,
            self.read_units + other.read_units,
            self.write_units + other.write_units,
        )


@dataclass(frozen=True, slots=True)
class PersonalItems:
    """Finds and deletes everything that the table holds about one person."""

    client: DynamoDBClient
    table_name: str

    def all(self, user_id: UserId) -> Sequence[Item]:
        """Every item about the person, whole."""
        return list(self._scan(user_id, Tally()))

    def erase(self, user_id: UserId) -> Tally:
        """Delete every item about the person. What an interruption leaves is found by the next call."""
        tally = Tally()
        found = self._scan(user_id, tally)
        while batch := list(islice(found, _BATCH)):
            self._delete(batch, tally)
            tally.kinds.update(map(kind_of, batch))
        return tally

    def _scan(self, user_id: UserId, tally: Tally) -> Iterator[Item]:
        for page in self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            ConsistentRead=True,
            FilterExpression="UserId = :user OR PK = :statistics",
            ExpressionAttributeValues=items.serialize(
                {":user": str(user_id), ":statistics": items.statistics_key(user_id)["PK"]}
            ),
            ReturnConsumedCapacity="TOTAL",
        ):
            tally.calls += 1
            tally.read_units += page["ConsumedCapacity"]["CapacityUnits"]
            yield from map(items.deserialize, page["Items"])

    def _delete(self, batch: Sequence[Item], tally: Tally) -> None:
        waiting: Sequence[WriteRequestTypeDef | WriteRequestOutputTypeDef] = [
            {"DeleteRequest": {"Key": items.serialize({"PK": item["PK"], "SK": item["SK"]})}} for item in batch
        ]
        while waiting:
            answer = self.client.batch_write_item(
                RequestItems={self.table_name: waiting}, ReturnConsumedCapacity="TOTAL"
            )
            tally.calls += 1
            tally.write_units += sum(consumed["CapacityUnits"] for consumed in answer["ConsumedCapacity"])
            waiting = answer.get("UnprocessedItems", {}).get(self.table_name, [])


def kind_of(item: Item) -> str:
    """What an item is, in an operator's words."""
    if item["SK"].startswith(items.HISTORY_PREFIX):
        return "history entries"
    if item["SK"].startswith(items.STATISTICS_KEY):
        return "statistics"
    return "deleted tasks" if item.get("Deleted") else "tasks"
