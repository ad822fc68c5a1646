"""Histories and statistics in DynamoDB: each event counted once, whatever is delivered how often."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING

from adapters import items
from domain.events import DomainEvent
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.ports import TaskProjections
from domain.statistics import StatisticsChange, TaskStatistics, change_of
from domain.status import TaskStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_ATTEMPTS = 6
_BACKOFF = 0.02  # seconds, doubled with each attempt


@dataclass(frozen=True, slots=True)
class DynamoDBProjections(TaskProjections):
    """The projections. The history entry is the idempotency mark of the statistics, in one transaction with them."""

    client: DynamoDBClient
    table_name: str

    def record(self, event: DomainEvent) -> bool:
        """One TransactWriteItems. False when the event was recorded before.

        Raises what botocore raises, TransactionCanceledException too when other writers of the same user's
        statistics were in the way six times in a row.
        """
        entry = HistoryEntry.of(event)
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self.table_name,
                    "Item": items.serialize(items.history_item(entry)),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
            *self._statistics_writes(entry.user_id, change_of(entry)),
        ]
        for attempt in range(_ATTEMPTS):
            try:
                self.client.transact_write_items(TransactItems=writes)
            except self.client.exceptions.TransactionCanceledException as refusal:
                reasons = [reason.get("Code") for reason in refusal.response.get("CancellationReasons", [])]
                if reasons and reasons[0] == "ConditionalCheckFailed":
                    return False
                if "TransactionConflict" not in reasons or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, _BACKOFF * 2**attempt))  # noqa: S311 - jitter, not a secret
            else:
                return True
        raise AssertionError("unreachable: the last attempt returns or raises")

    def history(self, task_id: TaskId, limit: int) -> Sequence[HistoryEntry]:
        """One Query, newest first, turned round. Entries of one moment stand in the order of their versions."""
        answer = self.client.query(
            TableName=self.table_name,
            KeyConditionExpression="PK = :task AND begins_with(SK, :events)",
            ExpressionAttributeValues=items.serialize(
                {":task": items.history_partition_key(task_id), ":events": items.HISTORY_PREFIX}
            ),
            ScanIndexForward=False,
            Limit=limit,
        )
        entries = [items.history_entry_of(items.deserialize(item)) for item in answer["Items"]]
        return sorted(entries, key=lambda entry: (entry.timestamp, entry.version))

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """One Query of the user's counts and latest days."""
        answer = self.client.query(
            TableName=self.table_name,
            KeyConditionExpression="PK = :user AND begins_with(SK, :statistics)",
            ExpressionAttributeValues=items.serialize(
                {":user": items.statistics_partition_key(user_id), ":statistics": items.STATISTICS_KEY}
            ),
        )
        by_status: dict[TaskStatus, int] = {}
        completions: dict[date, int] = {}
        for item in map(items.deserialize, answer["Items"]):
            if item["SK"] == items.STATISTICS_KEY:
                by_status = {status: int(item.get(status, 0)) for status in TaskStatus}
            else:
                day = date.fromisoformat(item["SK"].removeprefix(items.COMPLETIONS_PREFIX))
                completions[day] = int(item["Completions"])
        return TaskStatistics(by_status, completions)

    def _statistics_writes(self, user_id: UserId, change: StatisticsChange) -> list[TransactWriteItemTypeDef]:
        writes: list[TransactWriteItemTypeDef] = []
        if change.by_status:
            names = {f"#{status}": str(status) for status in change.by_status}
            values = {f":{status}": count for status, count in change.by_status.items()}
            writes.append(
                {
                    "Update": {
                        "TableName": self.table_name,
                        "Key": items.serialize(items.statistics_key(user_id)),
                        "UpdateExpression": "ADD " + ", ".join(f"#{status} :{status}" for status in change.by_status),
                        "ExpressionAttributeNames": names,
                        "ExpressionAttributeValues": items.serialize(values),
                    }
                }
            )
        for day, count in change.completions.items():
            midnight = datetime.combine(day, time_of_day(), UTC)
            writes.append(
                {
                    "Update": {
                        "TableName": self.table_name,
                        "Key": items.serialize(items.completions_key(user_id, day)),
                        "UpdateExpression": "ADD Completions :count SET ExpiresAt = :expires",
                        "ExpressionAttributeValues": items.serialize(
                            {":count": count, ":expires": int((midnight + items.COMPLETIONS_LIFETIME).timestamp())}
                        ),
                    }
                }
            )
        return writes
