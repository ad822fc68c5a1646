"""Publishes events again that the relay gave up on.

`python -m operations.replay --topic ARN --stream ARN --shard ID --first SEQ --last SEQ` reads the stream, which
has them for 24 hours. `python -m operations.replay --topic ARN --table NAME --task ID` takes the last change of a task
from its outbox, which does not know the title and description of a deleted task: they are empty in the message.
`python -m operations.replay --topic ARN --unrelayed URL` takes the records that the relay parked
because it could not read them, and deletes those that can be read now. Publishing a change twice does no harm:
projections count it once.

An operator's command, with the operator's own credentials (docs/runbook.md); no Lambda runs it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3

from adapters.items import serialize, task_key
from adapters.outbox_messages import message_of
from adapters.sns_events import EventTopic, Message
from domain.identifiers import TaskId

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

# GetRecords "might take multiple calls to get to a portion of the shard that contains stream records" (API reference).
# An open shard has no end, so a sequence number that never comes has to be given up at some point.
_EMPTY_PAGES = 1000


class NotReached(Exception):
    """The shard does not show the last record that was asked for; the message says so in one sentence."""


def main() -> int:
    """Publish. 0 when every message was taken, 1 when one was not or the last record cannot be found."""
    parser = argparse.ArgumentParser(prog="operations.replay")
    parser.add_argument("--topic", required=True, help="the topic's ARN")
    parser.add_argument("--stream", help="the table's stream")
    parser.add_argument("--shard")
    parser.add_argument("--first", help="sequence number of the first record")
    parser.add_argument("--last", help="sequence number of the last record")
    parser.add_argument("--table")
    parser.add_argument("--task", help="a task's id")
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
        messages = _of_task(options.table, TaskId(options.task))
    else:
        parser.error("name --stream, --shard, --first and --last, or --table and --task, or --unrelayed")
    published = topic.publish(messages)
    print(f"Published: {published} of {len(messages)}")
    return 0 if published == len(messages) else 1


def messages_between(
    streams: DynamoDBStreamsClient, stream: str, shard: str, first: str, last: str
) -> Iterator[Message]:
    """The messages of a shard's records from one sequence number to another, both included.

    Raises NotReached when the shard ends before the last one, or shows no records for a thousand pages in a row.
    """
    position: str | None = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
    )["ShardIterator"]
    empty_pages = 0
    while position and empty_pages < _EMPTY_PAGES:
        page = streams.get_records(ShardIterator=position)
        for record in page["Records"]:
            sequence_number = int(record["dynamodb"]["SequenceNumber"])
            is_change = "OutboxId" in record["dynamodb"].get("NewImage", {})  # as the relay's filter has it
            if sequence_number <= int(last) and is_change:
                yield message_of(record["dynamodb"])
            if sequence_number >= int(last):
                return
        empty_pages = 0 if page["Records"] else empty_pages + 1
        position = page.get("NextShardIterator")
    raise NotReached(f"The shard {shard} does not show the sequence number {last}.")


def _of_task(table: str, task_id: TaskId) -> list[Message]:
    found = boto3.client("dynamodb").get_item(TableName=table, Key=serialize(task_key(task_id)), ConsistentRead=True)
    return [message_of({"NewImage": found["Item"]})] if "Item" in found else []


def _parked(sqs: SQSClient, queue_url: str, topic: EventTopic) -> tuple[int, int]:
    """Publish parked records. How many were, and how many are left because they still cannot be read or published."""
    published = left = 0
    # What is left stays invisible for its minute: the queue looks empty once everything was tried.
    while received := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=1
    ).get("Messages"):
        for message in received:
            try:
                taken = topic.publish([message_of(json.loads(message["Body"])["dynamodb"])])
            except (KeyError, TypeError, ValueError) as fault:  # Lambda's own note of a place in the stream, too
                print(f"{message['MessageId']}: {fault}")
                taken = 0
            if taken:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            published += taken
            left += 1 - taken
    return published, left


if __name__ == "__main__":
    sys.exit(main())
