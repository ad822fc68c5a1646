"""Stores histories and statistics in DynamoDB. A change counts once, however often it is delivered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters.history_items import (
    HISTORY_PREFIX,
    feed_entry_of,
    feed_entry_without_events,
    feed_position,
    history_events_of,
    history_item,
    history_key,
    history_partition_key,
)
from adapters.indexes import BY_RECORDING
from adapters.items import Item, deserialize, serialize
from adapters.statistics_items import COMPLETIONS_KEPT, completions_attribute, statistics_key, statistics_of
from adapters.task_items import DAMAGES
from adapters.timestamps import now, to_text
from domain.changes import TaskChange
from domain.events import Calendar, DomainEvent, utc_day
from domain.feed import FeedEntry, FeedPage, FeedPosition
from domain.identifiers import TaskId, UserId
from domain.ports import StatisticsDamaged, TaskProjections
from domain.statistics import TaskStatistics, sum_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, QueryInputTypeDef, TransactWriteItemTypeDef

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
    clock: Callable[[], datetime] = now

    def record(self, change: TaskChange, day_of: Calendar = utc_day) -> bool:
        """Write at most two items with one TransactWriteItems. Returns False when the change was recorded before.

        Raises StatisticsDamaged, and botocore's errors. TransactionCanceledException means that other writers of the
        same user's statistics were in conflict six times in a row.
        """
        statistics = self._statistics_writes(change, day_of)
        attempt = 0
        while True:
            history = self._history_write(change)
            try:
                self.client.transact_write_items(TransactItems=[{"Put": history}, *statistics])
            except ClientError as refusal:
                reasons = _reasons(refusal)
                if reasons[:1] == ["ConditionalCheckFailed"]:
                    return False
                if reasons[1:] == ["ValidationError"]:
                    return self._record_alone(self._history_write(change), refusal)
                if "TransactionConflict" not in reasons or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(random.uniform(0, _BACKOFF * 2**attempt))  # noqa: S311 - jitter, not a secret
                attempt += 1
            else:
                return True

    def _history_write(self, change: TaskChange) -> PutTypeDef:
        # Each attempt has a time of its own, so that an entry is in the feed within a bounded time after it.
        return {
            "TableName": self.table_name,
            "Item": serialize(history_item(change, self.clock())),
            "ConditionExpression": "attribute_not_exists(PK)",
        }

    def includes(self, change: TaskChange) -> bool:
        """Returns whether the history holds the change. Takes one strongly consistent GetItem."""
        key = serialize(history_key(change.task_id, change.version))
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
            ExpressionAttributeValues=serialize({":task": history_partition_key(task_id), ":changes": HISTORY_PREFIX}),
            ScanIndexForward=False,
            Limit=limit,
        )
        changes = [history_events_of(deserialize(item)) for item in reversed(response["Items"])]
        return [event for events in changes for event in events][-limit:]

    def feed(self, user_id: UserId, start: datetime | FeedPosition, limit: int) -> FeedPage:
        """Runs one Query of an index, and more for a page that exceeds 1 MB."""
        if isinstance(start, datetime):
            return self._feed(user_id, "RecordedAt >= :start", to_text(start), None, limit)
        return self._feed(user_id, "RecordedAt >= :start", to_text(start.recorded_at), start, limit)

    def activity(self, user_id: UserId, before: FeedPosition | None, limit: int) -> FeedPage:
        """Runs one Query of an index, and more for a page that exceeds 1 MB."""
        if before is None:
            return self._feed(user_id, None, None, None, limit, newest_first=True)
        start = to_text(before.recorded_at)
        return self._feed(user_id, "RecordedAt <= :start", start, before, limit, newest_first=True)

    def _feed(
        self,
        user_id: UserId,
        condition: str | None,
        start: str | None,
        beyond: FeedPosition | None,
        limit: int,
        *,
        newest_first: bool = False,
    ) -> FeedPage:
        """Returns the entries of `limit` positions from the start on, without those up to the position `beyond`.

        Versions of one task that were recorded in the same millisecond share a position, and are never parted. As in
        lists, a condition cannot name a time and an id, so that the entries of the start's millisecond are read again.
        """
        request: QueryInputTypeDef = {
            "TableName": self.table_name,
            "IndexName": BY_RECORDING.name,
            "KeyConditionExpression": " AND ".join(["UserId = :user", *([condition] if condition else [])]),
            "ExpressionAttributeValues": serialize(
                {":user": str(user_id)} | ({":start": start} if start is not None else {})
            ),
            "ScanIndexForward": not newest_first,
        }
        end = feed_position(beyond) if beyond else None
        entries: list[FeedEntry] = []
        damaged: list[str] = []
        places: dict[tuple[str, str], None] = {}  # the positions of the entries in their order
        while True:
            request["Limit"] = limit - len(places) + (2 if end else 1)
            response = self.client.query(**request)
            for entry in (_entry(deserialize(image), damaged) for image in response["Items"]):
                if entry is None:
                    continue
                place = feed_position(entry.position)
                if end is not None and (place >= end if newest_first else place <= end):
                    continue
                places[place] = None
                if len(places) > limit:
                    return FeedPage(entries, entries[-1].position, tuple(damaged))
                entries.append(entry)
            if not response.get("LastEvaluatedKey"):
                return FeedPage(entries, None, tuple(damaged))
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]

    def statistics(self, user_id: UserId) -> TaskStatistics:
        """Returns the statistics, which one GetItem reads."""
        response = self.client.get_item(TableName=self.table_name, Key=serialize(statistics_key(user_id)))
        return statistics_of(deserialize(response.get("Item", {})))

    def _statistics_writes(self, change: TaskChange, day_of: Calendar) -> Sequence[TransactWriteItemTypeDef]:
        """Returns one update of the user's statistics, or nothing for a change that does not affect them."""
        added = sum_of(change.events, day_of)
        forgotten = change.timestamp.date() - COMPLETIONS_KEPT
        counts = {str(status): count for status, count in added.by_status.items()} | {
            completions_attribute(day): count for day, count in added.completions.items() if day > forgotten
        }
        if not counts:
            return []
        old = range(_DAYS_REMOVED) if added.completions else ()
        names = {f"#{number}": name for number, name in enumerate(counts)}
        names |= {f"#old{days}": completions_attribute(forgotten - timedelta(days)) for days in old}
        expression = "ADD " + ", ".join(f"#{number} :{number}" for number in range(len(counts)))
        if old:
            expression += " REMOVE " + ", ".join(f"#old{days}" for days in old)
        return [
            {
                "Update": {
                    "TableName": self.table_name,
                    "Key": serialize(statistics_key(change.user_id)),
                    "UpdateExpression": expression,
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": serialize(
                        {f":{number}": count for number, count in enumerate(counts.values())}
                    ),
                }
            }
        ]


def _entry(item: Item, damaged: list[str]) -> FeedEntry | None:
    """Returns the entry that a history item holds.

    Names a damaged item, whose entry is one without events, or None when it does not tell its task either.
    """
    try:
        return feed_entry_of(item)
    except DAMAGES as damage:
        damaged.append(f"{item['TaskId']} {item['SK']}: {type(damage).__name__} {damage}")
    try:
        return feed_entry_without_events(item)
    except DAMAGES:
        return None


def _reasons(refusal: ClientError) -> Sequence[str]:
    """Returns why a transaction was canceled: a code for each of its writes."""
    if refusal.response["Error"]["Code"] == "ValidationException":
        # The local cloud and moto refuse an ADD to an attribute that is no number with this error. DynamoDB cancels the
        # transaction and gives the code "ValidationError" to the update (API reference, TransactWriteItems).
        return ["None", "ValidationError"]
    reasons: Sequence[Mapping[str, str]] = refusal.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [reason.get("Code", "None") for reason in reasons]
