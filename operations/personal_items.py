"""Finds and deletes persons' items in the table: tasks, tombstones, histories, statistics, settings and webhooks.

The module scans the whole table, because tombstones are in no index and histories outlive their tombstones.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from adapters.dynamodb_listeners import LISTENERS, listeners_key
from adapters.dynamodb_sent_mails import MAIL_PREFIX
from adapters.dynamodb_spending import BUDGET_PREFIX
from adapters.history_items import HISTORY_PREFIX, history_key
from adapters.items import Item, deserialize, serialize
from adapters.settings_items import SETTINGS_KEY
from adapters.statistics_items import STATISTICS_KEY, statistics_key
from adapters.webhook_items import WEBHOOKS
from domain.identifiers import TaskId, UserId
from operations.output import ProgressReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestOutputTypeDef, WriteRequestTypeDef

_BATCH = 25  # items; the maximum of BatchWriteItem (Amazon DynamoDB API reference)
PACE = 400.0  # write units per second, a tenth of what a new table on demand accepts
_LONGEST_PAUSE = 5.0  # seconds, before items that DynamoDB did not process are sent again


Tally = Counter[str]
"""The number of items by kind."""


def in_words(tally: Tally) -> str:
    """Returns the numbers in an operator's words."""
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.items())) or "nothing"


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A version of a task whose change is in no history yet. `written_at` is the time of the task's latest change."""

    task_id: str
    version: int
    written_at: str

    def __str__(self) -> str:
        return f"version {self.version} of {self.task_id}, written by {self.written_at}"


@dataclass(frozen=True, slots=True)
class PersonalItems:
    """Finds and deletes items in the table. Deletions take at most `pace` write units per second on average."""

    client: DynamoDBClient
    table_name: str
    pace: float = PACE
    pause: Callable[[float], None] = time.sleep

    def all(self, user_id: UserId) -> Sequence[Item]:
        """Returns every item about the person with all its attributes."""
        expression = "UserId = :user OR PK IN (:statistics, :listeners)"
        values = {
            ":user": str(user_id),
            ":statistics": statistics_key(user_id)["PK"],
            ":listeners": listeners_key(user_id)["PK"],
        }
        return list(self.scan(expression, values))

    def is_recorded(self, change: Unrecorded) -> bool:
        """Returns whether the history holds the change now. Makes one GetItem."""
        key = history_key(TaskId(change.task_id), change.version)
        return "Item" in self.client.get_item(
            TableName=self.table_name, Key=serialize(key), ConsistentRead=True, ProjectionExpression="PK"
        )

    def delete(self, personal_items: Iterable[Item]) -> Tally:
        """Delete the items, and return their number by kind. A run after an interruption finds the remaining items."""
        progress, tally, remaining = ProgressReport("items deleted"), Tally(), iter(personal_items)
        while batch := list(islice(remaining, _BATCH)):
            self._delete(batch)
            tally.update(map(kind_of, batch))
            progress.advance(len(batch))
        return tally

    def scan(self, expression: str, values: Item) -> Iterator[Item]:
        """Yields the items of the whole table that a filter expression matches."""
        progress = ProgressReport("items read")
        for page in self.client.get_paginator("scan").paginate(
            TableName=self.table_name,
            ConsistentRead=True,
            FilterExpression=expression,
            ExpressionAttributeValues=serialize(values),
        ):
            progress.advance(page["ScannedCount"])
            yield from map(deserialize, page["Items"])

    def _delete(self, batch: Sequence[Item]) -> None:
        waiting: Sequence[WriteRequestTypeDef | WriteRequestOutputTypeDef] = [
            {"DeleteRequest": {"Key": serialize({"PK": item["PK"], "SK": item["SK"]})}} for item in batch
        ]
        delay = 0.1
        while waiting:
            response = self.client.batch_write_item(
                RequestItems={self.table_name: waiting}, ReturnConsumedCapacity="TOTAL"
            )
            units = sum(consumed["CapacityUnits"] for consumed in response["ConsumedCapacity"])
            waiting = response.get("UnprocessedItems", {}).get(self.table_name, [])
            if waiting:
                delay = min(delay * 2, _LONGEST_PAUSE)
            self.pause(max(units / self.pace, delay if waiting else 0))


def unrecorded(personal_items: Sequence[Item]) -> Sequence[Unrecorded]:
    """Returns the versions of the tasks and tombstones among a person's items that have no history item.

    Their changes are in the stream, in SNS or in a queue, or they are lost.
    """
    recorded = {(item.get("TaskId"), int(item["Version"])) for item in personal_items if _is_history(item)}
    return [
        Unrecorded(task["TaskId"], version, task["UpdatedAt"])
        for task in personal_items
        if kind_of(task) in {"tasks", "deleted tasks"}
        for version in range(1, int(task["Version"]) + 1)
        if (task["TaskId"], version) not in recorded
    ]


def kind_of(item: Item) -> str:
    """Returns the kind of an item in an operator's words."""
    if _is_history(item):
        return "history entries"
    if item["SK"].startswith(BUDGET_PREFIX):
        return "budgets"
    if item["SK"].startswith(STATISTICS_KEY):
        return "statistics"
    if item["SK"].startswith(MAIL_PREFIX):
        return "sent mails"
    if item["PK"].startswith(WEBHOOKS):
        return "webhooks"
    if item["SK"] == SETTINGS_KEY:
        return "settings"
    if item["PK"].startswith(LISTENERS):
        return "listeners"
    return "deleted tasks" if item.get("Deleted") else "tasks"


def _is_history(item: Item) -> bool:
    return str(item["SK"]).startswith(HISTORY_PREFIX)
