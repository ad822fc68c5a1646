"""Compares the stored statistics with all of history. It reads the whole table: for operators, not for requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING

from adapters import items
from domain.history import HistoryEntry
from domain.identifiers import UserId
from domain.statistics import recounted
from domain.status import TaskStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Drift:
    """A statistics item that does not say what history says: by attribute, what is stored and what was counted."""

    user_id: UserId
    day: date | None  # None: the counts by status
    stored: Counts
    counted: Counts


class RepairRefused(Exception):
    """The item changed since it was compared: somebody still writes."""


@dataclass(frozen=True, slots=True)
class DynamoDBRecount:
    """Compares and repairs. Meant for a table whose queue is empty: an event between the two reads looks like drift."""

    client: DynamoDBClient
    table_name: str

    def drifts(self, today: date) -> Sequence[Drift]:
        """Where statistics and history differ. Completions older than their items live are not compared."""
        oldest = today - items.COMPLETIONS_LIFETIME
        counted: dict[tuple[UserId, date | None], Counts] = {}
        for user_id, statistics in recounted(self._history()).items():
            counted[user_id, None] = {str(status): statistics.count(status) for status in TaskStatus}
            for day, count in statistics.completions.items():
                if day > oldest:
                    counted[user_id, day] = {"Completions": count}
        stored = {key: counts for key, counts in self._statistics() if key[1] is None or key[1] > oldest}
        differing = [key for key in counted.keys() | stored.keys() if not _same(stored.get(key), counted.get(key))]
        return [
            Drift(user_id, day, stored.get((user_id, day), {}), counted.get((user_id, day), {}))
            for user_id, day in sorted(differing, key=str)
        ]

    def repair(self, drift: Drift) -> None:
        """Store what was counted. Raises RepairRefused when the item is no longer what was compared."""
        key = (
            items.statistics_key(drift.user_id)
            if drift.day is None
            else items.completions_key(drift.user_id, drift.day)
        )
        wanted = {name: drift.counted.get(name, 0) for name in drift.stored.keys() | drift.counted.keys()}
        names = {f"#{name}": name for name in wanted}
        values: dict[str, int] = {f":{name}": count for name, count in wanted.items()}
        conditions = []
        for name in wanted:
            if name in drift.stored:
                conditions.append(f"#{name} = :was{name}")
                values[f":was{name}"] = drift.stored[name]
            else:
                conditions.append(f"attribute_not_exists(#{name})")
        sets = [f"#{name} = :{name}" for name in wanted]
        if drift.day:
            midnight = datetime.combine(drift.day, time_of_day(), UTC)
            sets.append("ExpiresAt = :expires")
            values[":expires"] = int((midnight + items.COMPLETIONS_LIFETIME).timestamp())
        try:
            self.client.update_item(
                TableName=self.table_name,
                Key=items.serialize(key),
                UpdateExpression="SET " + ", ".join(sets),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=items.serialize(values),
            )
        except self.client.exceptions.ConditionalCheckFailedException as refusal:
            raise RepairRefused(str(drift.user_id)) from refusal

    def _history(self) -> Iterator[HistoryEntry]:
        return map(items.history_entry_of, self._scan(items.HISTORY_PREFIX))

    def _statistics(self) -> Iterator[tuple[tuple[UserId, date | None], Counts]]:
        by_key: dict[tuple[UserId, date | None], Counts] = defaultdict(dict)
        for item in self._scan(items.STATISTICS_KEY):
            user_id = UserId(item["PK"].removeprefix("USER#"))
            if item["SK"] == items.STATISTICS_KEY:
                by_key[user_id, None] = {str(one): int(item[one]) for one in TaskStatus if one in item}
            else:
                day = date.fromisoformat(item["SK"].removeprefix(items.COMPLETIONS_PREFIX))
                by_key[user_id, day] = {"Completions": int(item["Completions"])}
        yield from by_key.items()

    def _scan(self, sort_key_prefix: str) -> Iterator[items.Item]:
        for page in self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            ConsistentRead=True,
            FilterExpression="begins_with(SK, :prefix)",
            ExpressionAttributeValues=items.serialize({":prefix": sort_key_prefix}),
        ):
            yield from map(items.deserialize, page["Items"])


def _same(stored: Counts | None, counted: Counts | None) -> bool:
    return {name: n for name, n in (stored or {}).items() if n} == {name: n for name, n in (counted or {}).items() if n}
