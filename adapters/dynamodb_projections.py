"""Stores histories and statistics in DynamoDB. A change counts once, however often it is delivered."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters import items
from domain.changes import TaskChange
from domain.events import DomainEvent
from domain.identifiers import TaskId, UserId
from domain.ports import StatisticsDamaged, TaskProjections
from domain.statistics import TaskStatistics, sum_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

_ATTEMPTS = 6
_BACKOFF = 0.02  # seconds, doubled with each attempt
# A completion removes the counts of this many days before the kept days, so that a user's statistics remain one small
# item. A day's count (about 25 bytes) stays behind only when the user completes nothing for a month.
_DAYS_REMOVED = 31


@dataclass(frozen=True, slots=True)
class DynamoDBProjections(TaskProjections):
    """Histories and statistics in the table.

    One transaction writes the history item and the statistics. The history item is the idempotency marker: the
    transaction fails when the item exists.
    """

    client: DynamoDBClient
    table_name: str

    def record(self, change: TaskChange) -> bool:
        """Write at most two items with one TransactWriteItems. Returns False when the change was recorded before.

        Raises StatisticsDamaged, and botocore's errors. TransactionCanceledException means that other writers of the
        same user's statistics were in conflict six times in a row.
        """
        history: PutTypeDef = {
            "TableName": self.table_name,
            "Item": items.serialize(items.history_item(change)),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        writes: list[TransactWriteItemTypeDef] = [{"Put": history}, *self._statistics_writes(change)]
        attempt = 0
        while True:
            try:
                self.client.transact_write_items(TransactItems=writes)
            except ClientError as refusal:
                reasons = _reasons(refusal)
                if reasons[:1] == ["ConditionalCheckFailed"]:
                    return False
                if reasons[1:] == ["ValidationError"]:
                    return self._record_alone(history, refusal)
                if "TransactionConflict" not in reasons or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, _BACKOFF * 2**attempt))  # noqa: S311 - jitter, not a secret
                attempt += 1
            else:
                return True

    def includes(self, change: TaskChange) -> bool:
        """Returns whether the history holds the change. Takes one strongly consistent GetItem."""
        key = items.serialize(items.history_key(change.task_id, change.version))
        response = self.client.get_item(
            TableName=self.table_name, Key=key, ConsistentRead=True, ProjectionExpression="PK"
        )
        return "Item" in response

    def _record_alone(self, history: PutTypeDef, refusal: ClientError) -> bool:
        """Put the history item only, because DynamoDB refuses to add to the statistics."""
        try:
            self.client.put_item(**history)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        raise StatisticsDamaged from refusal

    def history(self, task_id: TaskId, limit: int) -> Sequence[DomainEvent]:
        """Runs one Query for the latest changes and returns their events, oldest first."""
        response = self.client.query(
            TableName=self.table_name,
            KeyConditionExpression="PK = :task AND begins_with(SK, :changes)",
            ExpressionAttributeValues=items.serialize(
                {":task": items.history_partition_key(task_id), ":changes": items.HISTORY_PREFIX}
            ),
            ScanIndexForward=False,
            Limit=limit,
        )
        changes = [items.history_events_of(items.deserialize(item)) for item in reversed(response["Items"])]
        return [event for events in changes for event in events][-limit:]

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """Returns the statistics, which one GetItem reads."""
        response = self.client.get_item(TableName=self.table_name, Key=items.serialize(items.statistics_key(user_id)))
        return items.statistics_of(items.deserialize(response.get("Item", {})))

    def _statistics_writes(self, change: TaskChange) -> Sequence[TransactWriteItemTypeDef]:
        """Returns one update of the user's statistics, or nothing for a change that does not affect them."""
        added = sum_of(change.events)
        forgotten = change.timestamp.date() - items.COMPLETIONS_KEPT
        counts = {str(status): count for status, count in added.by_status.items()} | {
            items.completions_attribute(day): count for day, count in added.completions.items() if day > forgotten
        }
        if not counts:
            return []
        old = range(_DAYS_REMOVED) if added.completions else ()
        names = {f"#{number}": name for number, name in enumerate(counts)}
        names |= {f"#old{days}": items.completions_attribute(forgotten - timedelta(days)) for days in old}
        expression = "ADD " + ", ".join(f"#{number} :{number}" for number in range(len(counts)))
        if old:
            expression += " REMOVE " + ", ".join(f"#old{days}" for days in old)
        return [
            {
                "Update": {
                    "TableName": self.table_name,
                    "Key": items.serialize(items.statistics_key(change.user_id)),
                    "UpdateExpression": expression,
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": items.serialize(
                        {f":{number}": count for number, count in enumerate(counts.values())}
                    ),
                }
            }
        ]


def _reasons(refusal: ClientError) -> Sequence[str]:
    """Returns why a transaction was canceled: a code for each of its writes."""
    if refusal.response["Error"]["Code"] == "ValidationException":
        # The local cloud and moto refuse an ADD to an attribute that is no number with this error. DynamoDB cancels the
        # transaction and gives the code "ValidationError" to the update (API reference, TransactWriteItems).
        return ["None", "ValidationError"]
    reasons: Sequence[Mapping[str, str]] = refusal.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [reason.get("Code", "None") for reason in reasons]
