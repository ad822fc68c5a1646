"""Finds and deletes a person's items in the table: tasks, tombstones, histories and statistics.

The module scans the whole table, because tombstones are in no index and histories outlive their tombstones.
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
from operations.output import Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestOutputTypeDef, WriteRequestTypeDef

_BATCH = 25  # items; the maximum of BatchWriteItem (Amazon DynamoDB API reference)


@dataclass(slots=True)
class Tally:
    """The number of found items by kind, and the calls and capacity units that finding and deleting them used."""

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
    """Finds and deletes all items of one person in the table."""

    client: DynamoDBClient
    table_name: str

    def all(self, user_id: UserId) -> Sequence[Item]:
        """Returns every item about the person with all its attributes."""
        return list(self._scan(user_id, Tally()))

    def erase(self, user_id: UserId) -> Tally:
        """Delete every item about the person. A call after an interruption deletes the remaining items."""
        tally = Tally()
        found = self._scan(user_id, tally)
        while batch := list(islice(found, _BATCH)):
            self._delete(batch, tally)
            tally.kinds.update(map(kind_of, batch))
        return tally

    def _scan(self, user_id: UserId, tally: Tally) -> Iterator[Item]:
        progress = Progress("items read")
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
            progress.advance(page["ScannedCount"])
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
    """Returns the kind of an item in an operator's words."""
    if item["SK"].startswith(items.HISTORY_PREFIX):
        return "history entries"
    if item["SK"].startswith(items.STATISTICS_KEY):
        return "statistics"
    return "deleted tasks" if item.get("Deleted") else "tasks"
