"""Compares the stored statistics with the whole history. Only operators use it, because it reads the whole table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from adapters import items
from domain.events import DomainEvent
from domain.identifiers import UserId
from domain.statistics import TaskStatistics, recounted
from domain.status import TaskStatus
from operations.output import Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Drift:
    """A statistics item that differs from history: the differing attributes as stored and as counted.

    A status attribute counts tasks, and `Completed#<date>` counts the completions of a day.
    """

    user_id: UserId
    stored: Counts
    counted: Counts


class RepairRefused(Exception):
    """The item changed after it was compared, because another writer is active."""


@dataclass(frozen=True, slots=True)
class DynamoDBRecount:
    """Compares and repairs statistics while the event queue is empty.

    Any event between the two reads would appear as drift.
    """

    client: DynamoDBClient
    table_name: str

    def drifts(self, today: date) -> Sequence[Drift]:
        """Returns the differences between statistics and history.

        Completions of days that are no longer kept are ignored.
        """
        oldest = today - items.COMPLETIONS_KEPT
        counted = {user_id: _counts(statistics, oldest) for user_id, statistics in recounted(self._history()).items()}
        stored = {user_id: _counts(statistics, oldest) for user_id, statistics in self._statistics()}
        found = []
        for user_id in sorted(counted.keys() | stored.keys(), key=str):
            ours, theirs = stored.get(user_id, {}), counted.get(user_id, {})
            names = [name for name in {**ours, **theirs} if ours.get(name, 0) != theirs.get(name, 0)]
            if names:
                differing = [{name: counts.get(name, 0) for name in names} for counts in (ours, theirs)]
                found.append(Drift(user_id, *differing))
        return found

    def repair(self, drift: Drift) -> None:
        """Store the counted values. Raises RepairRefused when the item changed after it was compared."""
        numbered = list(enumerate(drift.counted))
        names = {f"#{number}": name for number, name in numbered}
        values = {f":{number}": drift.counted[name] for number, name in numbered}
        values |= {f":was{number}": drift.stored[name] for number, name in numbered}
        conditions = [
            # A stored count of zero may also be a missing attribute.
            f"#{number} = :was{number}"
            if drift.stored[name]
            else f"(#{number} = :was{number} OR attribute_not_exists(#{number}))"
            for number, name in numbered
        ]
        try:
            self.client.update_item(
                TableName=self.table_name,
                Key=items.serialize(items.statistics_key(drift.user_id)),
                UpdateExpression="SET " + ", ".join(f"#{number} = :{number}" for number, _ in numbered),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=items.serialize(values),
            )
        except self.client.exceptions.ConditionalCheckFailedException as refusal:
            raise RepairRefused(str(drift.user_id)) from refusal

    def _history(self) -> Iterator[DomainEvent]:
        return chain.from_iterable(map(items.history_events_of, self._scan(items.HISTORY_PREFIX)))

    def _statistics(self) -> Iterator[tuple[UserId, TaskStatistics]]:
        for item in self._scan(items.STATISTICS_KEY):
            yield UserId(item["PK"].removeprefix("USER#")), items.statistics_of(item)

    def _scan(self, sort_key_prefix: str) -> Iterator[items.Item]:
        progress = Progress("items read")
        for page in self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            ConsistentRead=True,
            FilterExpression="begins_with(SK, :prefix)",
            ExpressionAttributeValues=items.serialize({":prefix": sort_key_prefix}),
        ):
            progress.advance(page["ScannedCount"])
            yield from map(items.deserialize, page["Items"])


def _counts(statistics: TaskStatistics, oldest: date) -> Counts:
    """Returns the counts by attribute name, with the completions of the days after `oldest`."""
    return {str(status): statistics.count(status) for status in TaskStatus} | {
        items.completions_attribute(day): count for day, count in statistics.completions.items() if day > oldest
    }
