"""Publishes events again that the relay gave up on.

`python -m processor.replay --topic ARN --stream ARN --shard ID --first SEQ --last SEQ` reads the stream, which
has them for 24 hours. `python -m processor.replay --topic ARN --table NAME --task ID` takes the last change of a task
from its outbox. Publishing an event twice does no harm: projections count it once.

An operator's command, with the operator's own credentials (docs/runbook.md); no Lambda runs it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.clients import client
from adapters.items import serialize, task_key
from adapters.outbox import messages_of
from adapters.sns_events import EventTopic, Message
from domain.identifiers import TaskId

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

# GetRecords "might take multiple calls to get to a portion of the shard that contains stream records" (API reference).
# An open shard has no end, so a sequence number that never comes has to be given up at some point.
_EMPTY_PAGES = 1000


class NotReached(Exception):
    """The shard does not show the last record that was asked for; the message says so in one sentence."""


def main() -> int:
    """Publish. 0 when every message was taken, 1 when one was not or the last record cannot be found."""
    parser = argparse.ArgumentParser(prog="processor.replay")
    parser.add_argument("--topic", required=True, help="the topic's ARN")
    parser.add_argument("--stream", help="the table's stream")
    parser.add_argument("--shard")
    parser.add_argument("--first", help="sequence number of the first record")
    parser.add_argument("--last", help="sequence number of the last record")
    parser.add_argument("--table")
    parser.add_argument("--task", help="a task's id")
    options = parser.parse_args()
    if options.stream and options.shard and options.first and options.last:
        streams = client("dynamodbstreams")
        try:
            messages = list(messages_between(streams, options.stream, options.shard, options.first, options.last))
        except NotReached as fault:
            sys.exit(f"{fault} Nothing was published.")
    elif options.table and options.task:
        messages = _of_task(options.table, TaskId(options.task))
    else:
        parser.error("name --stream, --shard, --first and --last, or --table and --task")
    published = EventTopic(client("sns"), options.topic).publish(messages)
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
            image = record["dynamodb"].get("NewImage", {})
            if sequence_number <= int(last) and "OutboxId" in image:  # as the relay's filter has it
                yield from messages_of(image)
            if sequence_number >= int(last):
                return
        empty_pages = 0 if page["Records"] else empty_pages + 1
        position = page.get("NextShardIterator")
    raise NotReached(f"The shard {shard} does not show the sequence number {last}.")


def _of_task(table: str, task_id: TaskId) -> list[Message]:
    found = client("dynamodb").get_item(TableName=table, Key=serialize(task_key(task_id)), ConsistentRead=True)
    return messages_of(found["Item"]) if "Item" in found else []


if __name__ == "__main__":
    sys.exit(main())
