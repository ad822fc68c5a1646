"""Publishes changes again that the relay did not publish.

`python -m operations.replay --topic ARN --stream ARN --shard ID --first SEQ --last SEQ` reads the stream, which keeps
records for 24 hours. `python -m operations.replay --topic ARN --table NAME --task ID` publishes the last change of a
task from its outbox. The outbox of a deleted task has no title and description; both are empty in the message. `python
-m operations.replay --topic ARN --unrelayed URL` publishes the records that the relay parked because it could not read
them, and deletes those that are readable now. Publishing a change twice is harmless, because the projections count it
once.

An operator runs this command with their own credentials (docs/runbook.md). No Lambda runs it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from adapters.items import serialize, task_key
from adapters.outbox_messages import message_of
from adapters.sns_events import EventTopic, Message
from domain.errors import ValidationError
from domain.identifiers import TaskId

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

# GetRecords "might take multiple calls to get to a portion of the shard that contains stream records" (API reference).
# An open shard has no end, so that the search for a sequence number that never appears must stop at some point.
_EMPTY_PAGES = 1000
# DynamoDB's answers for a record older than 24 hours, an unknown stream or shard, and another shard's sequence number.
_NOT_THERE = {"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"}


class NotReached(Exception):
    """The shard does not show the requested records. The message names what is missing in one sentence."""


def main() -> int:
    """Publish the messages.

    Returns the exit code: 0 when every message was published, 1 when one was not published or the last record is
    missing.
    """
    parser = argparse.ArgumentParser(prog="operations.replay")
    parser.add_argument("--topic", required=True, help="the topic's ARN")
    parser.add_argument("--stream", help="the table's stream")
    parser.add_argument("--shard")
    parser.add_argument("--first", type=_sequence_number, help="sequence number of the first record")
    parser.add_argument("--last", type=_sequence_number, help="sequence number of the last record")
    parser.add_argument("--table")
    parser.add_argument("--task", type=_task_id, help="a task's id")
    parser.add_argument("--unrelayed", help="the URL of the queue of records that the relay parked")
    options = parser.parse_args()
    topic = EventTopic(boto3.client("sns"), options.topic)
    if options.unrelayed:
        published, left = _parked(boto3.client("sqs"), options.unrelayed, topic)
        print(f"Published: {published}. Left in the queue: {left}.")
        return 1 if left else 0
    if options.stream and options.shard and options.first and options.last:
        streams = boto3.client("dynamodbstreams")
        try:
            messages = list(messages_between(streams, options.stream, options.shard, options.first, options.last))
        except NotReached as fault:
            sys.exit(f"{fault} Nothing was published.")
    elif options.table and options.task:
        messages = _of_task(options.table, options.task)
        if not messages:
            sys.exit(f"The table {options.table} has no task {options.task}. Nothing was published.")
    else:
        parser.error("name --stream, --shard, --first and --last, or --table and --task, or --unrelayed")
    published = topic.publish(messages).published
    print(f"Published: {published} of {len(messages)}")
    return 0 if published == len(messages) else 1


def messages_between(
    streams: DynamoDBStreamsClient, stream: str, shard: str, first: str, last: str
) -> Iterator[Message]:
    """Returns the messages of a shard's records between two sequence numbers, both inclusive.

    Raises NotReached when DynamoDB does not show the first record, when the shard ends before the last sequence number,
    and when a thousand pages in a row have no record.
    """
    try:
        yield from _read(streams, stream, shard, first, last)
    except ClientError as fault:
        if fault.response["Error"]["Code"] not in _NOT_THERE:
            raise
        raise NotReached(f"The shard {shard} does not show the sequence number {first}.") from fault


def _read(streams: DynamoDBStreamsClient, stream: str, shard: str, first: str, last: str) -> Iterator[Message]:
    position: str | None = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
    )["ShardIterator"]
    empty_pages = 0
    while position and empty_pages < _EMPTY_PAGES:
        page = streams.get_records(ShardIterator=position)
        for record in page["Records"]:
            sequence_number = int(record["dynamodb"]["SequenceNumber"])
            is_change = "OutboxId" in record["dynamodb"].get("NewImage", {})  # the filter of the relay
            if sequence_number <= int(last) and is_change:
                yield message_of(record["dynamodb"])
            if sequence_number >= int(last):
                return
        empty_pages = 0 if page["Records"] else empty_pages + 1
        position = page.get("NextShardIterator")
    raise NotReached(f"The shard {shard} does not show the sequence number {last}.")


def _sequence_number(text: str) -> str:
    if not re.fullmatch(r"[0-9]{21,40}", text):
        raise argparse.ArgumentTypeError(f"a sequence number has 21 to 40 digits, unlike {text!r}")
    return text


def _task_id(text: str) -> TaskId:
    try:
        return TaskId(text)
    except ValidationError as fault:
        raise argparse.ArgumentTypeError(fault.message) from fault


def _of_task(table: str, task_id: TaskId) -> list[Message]:
    found = boto3.client("dynamodb").get_item(TableName=table, Key=serialize(task_key(task_id)), ConsistentRead=True)
    return [message_of({"NewImage": found["Item"]})] if "Item" in found else []


def _parked(sqs: SQSClient, queue_url: str, topic: EventTopic) -> tuple[int, int]:
    """Publish parked records. Returns how many were published, and how many remain unreadable or unpublished."""
    published = left = 0
    # Remaining records stay invisible for a minute, so that the queue appears empty after every record was tried once.
    while received := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=1
    ).get("Messages"):
        for message in received:
            try:
                taken = topic.publish([message_of(json.loads(message["Body"])["dynamodb"])]).published
            except (KeyError, TypeError, ValueError) as fault:  # also Lambda's own record of a stream position
                print(f"{message['MessageId']}: {fault}")
                taken = 0
            if taken:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            published += taken
            left += 1 - taken
    return published, left


if __name__ == "__main__":
    sys.exit(main())
