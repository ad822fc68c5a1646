"""Reads the table's stream, which keeps records for 24 hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters.outbox_messages import is_rewrite
from operations.errors import CommandCannotRun

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

# GetRecords "might take multiple calls to get to a portion of the shard that contains stream records" (API reference).
# An open shard has no end, so that the search for a sequence number that never appears must stop at some point.
EMPTY_PAGES = 1000
# After this many pages without a record, an open shard is taken as read to its end when no last record is named.
_EMPTY_PAGES_AT_THE_END = 10
# DynamoDB's answers for a record older than 24 hours, an unknown stream or shard, and another shard's sequence number.
_NOT_THERE = {"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"}

Record = Mapping[str, Any]


class NotReached(CommandCannotRun):
    """The shard does not show the requested records. The message names what is missing in one sentence."""


@dataclass(frozen=True, slots=True)
class Stream:
    client: DynamoDBStreamsClient
    arn: str

    def between(self, shard: str, first: str, last: str) -> Iterator[Record]:
        """Yields the changes of a shard between two sequence numbers, both inclusive.

        Raises NotReached when DynamoDB does not show the first record, when the shard ends before the last sequence
        number, and when a thousand pages in a row have no record.
        """
        try:
            position: str | None = self.client.get_shard_iterator(
                StreamArn=self.arn, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
            )["ShardIterator"]
            empty_pages = 0
            while position and empty_pages < EMPTY_PAGES:
                page = self.client.get_records(ShardIterator=position)
                for record in page["Records"]:
                    number = int(record["dynamodb"]["SequenceNumber"])
                    if number <= int(last) and is_change(record):
                        yield record
                    if number >= int(last):
                        return
                empty_pages = 0 if page["Records"] else empty_pages + 1
                position = page.get("NextShardIterator")
        except ClientError as fault:
            if fault.response["Error"]["Code"] not in _NOT_THERE:
                raise
            raise NotReached(f"The shard {shard} does not show the sequence number {first}.") from fault
        raise NotReached(f"The shard {shard} does not show the sequence number {last}.")

    def since(self, start: datetime, end: datetime) -> Iterator[Record]:
        """Yields the changes that were written from `start` to `end`. Those of one task are in their order.

        Records that the stream no longer keeps are missing without an error. Times are those of DynamoDB, which has
        them in whole seconds.
        """
        for shard in self._shards():
            position: str | None = self.client.get_shard_iterator(
                StreamArn=self.arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            empty_pages, is_open = 0, True
            while position and is_open and empty_pages < _EMPTY_PAGES_AT_THE_END:
                page = self.client.get_records(ShardIterator=position)
                for record in page["Records"]:
                    at = record["dynamodb"]["ApproximateCreationDateTime"]
                    is_open = at <= end
                    if start.replace(microsecond=0) <= at and is_open and is_change(record):
                        yield record
                empty_pages = 0 if page["Records"] else empty_pages + 1
                position = page.get("NextShardIterator")

    def _shards(self) -> list[str]:
        """Returns the ids of the shards, parents before their children, because a task's changes may be in both."""
        parents: dict[str, str | None] = {}
        request: dict[str, str] = {"StreamArn": self.arn}
        while True:
            description = self.client.describe_stream(**request)["StreamDescription"]  # type: ignore[arg-type]
            parents |= {shard["ShardId"]: shard.get("ParentShardId") for shard in description["Shards"]}
            if "LastEvaluatedShardId" not in description:
                break
            request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]

        def generation(shard: str) -> int:
            parent = parents.get(shard)
            return 1 + generation(parent) if parent in parents and parent else 0

        return sorted(parents, key=generation)


def is_change(record: Record) -> bool:
    """Returns whether a record is a change of a task. The filter of the relay is the same."""
    images = record["dynamodb"]
    return "OutboxId" in images.get("NewImage", {}) and not is_rewrite(images)
