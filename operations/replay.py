"""Publishes changes again that the relay did not publish.

With `--shard`, `--first` and `--last`, the command reads the stream, which keeps records for 24 hours. With `--task`,
it publishes the last change of a task from its outbox. The outbox of a deleted task has no title and description; both
are empty in the message. With `--parked`, it publishes the records that the relay parked because it could not read
them, and deletes those that are readable now. Publishing a change twice is harmless, because the projections count it
once.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from adapters.items import serialize, task_key
from adapters.outbox_messages import UnreadableImage, message_of
from adapters.sns_events import EventTopic, Message
from domain.errors import ValidationError
from domain.identifiers import TaskId
from operations import tolerant_json
from operations.deployed import Deployed
from operations.errors import CannotRun, ExitCode
from operations.output import say

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

# GetRecords "might take multiple calls to get to a portion of the shard that contains stream records" (API reference).
# An open shard has no end, so that the search for a sequence number that never appears must stop at some point.
_EMPTY_PAGES = 1000
# DynamoDB's answers for a record older than 24 hours, an unknown stream or shard, and another shard's sequence number.
_NOT_THERE = {"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"}


class NotReached(CannotRun):
    """The shard does not show the requested records. The message names what is missing in one sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--shard", help="a shard of the table's stream, with --first and --last")
    source.add_argument("--task", type=_task_id, help="a task's id")
    source.add_argument("--parked", action="store_true", help="the records that the relay parked")
    parser.add_argument("--first", type=_sequence_number, help="sequence number of the first record")
    parser.add_argument("--last", type=_sequence_number, help="sequence number of the last record")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Publish the messages. Returns UNFINISHED when one was not published.

    Raises CannotRun when a requested record or task is missing.
    """
    topic = EventTopic(boto3.client("sns"), deployed.topic)
    if options.parked:
        published, left = _parked(boto3.client("sqs"), deployed.unrelayed, topic)
        say(f"Published: {published}. Left in the queue: {left}.")
        return ExitCode.UNFINISHED if left else ExitCode.DONE
    messages = _of_task(deployed.table, options.task) if options.task else _of_shard(deployed.table, options)
    published = topic.publish(messages).published
    say(f"Published: {published} of {len(messages)}")
    return ExitCode.DONE if published == len(messages) else ExitCode.UNFINISHED


def _of_shard(table: str, options: argparse.Namespace) -> list[Message]:
    if not options.first or not options.last:
        raise CannotRun("A shard needs --first and --last.")
    stream = boto3.client("dynamodb").describe_table(TableName=table)["Table"].get("LatestStreamArn")
    if stream is None:
        raise CannotRun(f"The table {table} has no stream.")
    streams = boto3.client("dynamodbstreams")
    return list(messages_between(streams, stream, options.shard, options.first, options.last))


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
        raise NotReached(
            f"The shard {shard} does not show the sequence number {first}. Nothing was published."
        ) from fault


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
    raise NotReached(f"The shard {shard} does not show the sequence number {last}. Nothing was published.")


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
    response = boto3.client("dynamodb").get_item(TableName=table, Key=serialize(task_key(task_id)), ConsistentRead=True)
    if "Item" not in response:
        raise CannotRun(f"The table {table} has no task {task_id}. Nothing was published.")
    try:
        return [message_of({"NewImage": response["Item"]})]
    except UnreadableImage as fault:
        raise CannotRun(f"The item of task {task_id} cannot be read: {fault}. Nothing was published.") from fault


def _parked(sqs: SQSClient, queue_url: str, topic: EventTopic) -> tuple[int, int]:
    """Publish parked records. Returns how many were published, and how many remain unreadable or unpublished."""
    published = left = 0
    # Remaining records stay invisible for a minute, so that the queue appears empty after every record was tried once.
    while received := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=1
    ).get("Messages"):
        for message in received:
            try:
                taken = topic.publish([_parked_message(message["Body"])]).published
            except (tolerant_json.Unreadable, UnreadableImage) as fault:
                say(f"{message['MessageId']}: {fault}")
                taken = 0
            if taken:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            published += taken
            left += 1 - taken
    return published, left


def _parked_message(body: str) -> Message:
    """Returns the message of a parked record. Raises Unreadable or UnreadableImage."""
    images = tolerant_json.field(tolerant_json.read(body), "dynamodb")
    if not isinstance(images, dict):
        # Lambda's own record of the position of records that it gave up has none.
        raise UnreadableImage("no stream record")
    return message_of(images)
