"""Finds due reminders in DynamoDB by a sparse index of shard and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.indexes import BY_REMINDER
from adapters.items import deserialize, serialize
from adapters.task_items import REMINDER_SHARDS, due_reminder_of
from adapters.timestamps import to_text
from domain.ports import DueReminder, Reminders

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAGE = 100  # items


@dataclass(frozen=True, slots=True)
class DynamoDBReminders(Reminders):
    """The reminders of open tasks. A task leaves the index with the write that reminds, closes or deletes it."""

    client: DynamoDBClient
    table_name: str

    def due(self, until: datetime) -> Iterator[DueReminder]:
        """Run one Query for each shard, and more for a shard with more than 100 reminders.

        Pages of the shards come in turn, so that no shard waits for another one.
        """
        shards = [self._pages(str(shard), until) for shard in range(REMINDER_SHARDS)]
        while shards:
            for pages in list(shards):
                page = next(pages, None)
                if page is None:
                    shards.remove(pages)
                else:
                    yield from page

    def _pages(self, shard: str, until: datetime) -> Iterator[list[DueReminder]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table_name,
            IndexName=BY_REMINDER.name,
            KeyConditionExpression="ReminderShard = :shard AND ReminderDue <= :until",
            ExpressionAttributeValues=serialize({":shard": shard, ":until": to_text(until)}),
            ProjectionExpression="TaskId, ReminderDue, UpdatedAt",
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            yield [due_reminder_of(deserialize(item)) for item in page["Items"]]
