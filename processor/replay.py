"""Publishes events again that the relay gave up on.

`python -m processor.replay --topic ARN --stream ARN --shard ID --first SEQ --last SEQ` reads the stream, which
has them for 24 hours. `python -m processor.replay --topic ARN --table NAME --task ID` takes the last change of a task
from its outbox. Publishing an event twice does no harm: projections count it once.

An operator's command, with the operator's own credentials (docs/runbook.md); no Lambda runs it.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import boto3

from adapters.clients import client
from adapters.items import serialize, task_key
from adapters.outbox import messages_of
from adapters.sns_events import EventTopic, Message
from domain.identifiers import TaskId


def main() -> int:
    """Publish. 0 when every message was taken, 1 when one was not."""
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
        messages = list(_of_stream(options.stream, options.shard, options.first, int(options.last)))
    elif options.table and options.task:
        messages = _of_task(options.table, TaskId(options.task))
    else:
        parser.error("name --stream, --shard, --first and --last, or --table and --task")
    published = EventTopic(client("sns"), options.topic).publish(messages)
    print(f"Published: {published} of {len(messages)}")
    return 0 if published == len(messages) else 1


def _of_stream(stream: str, shard: str, first: str, last: int) -> Iterator[Message]:
    streams = boto3.client("dynamodbstreams")
    position: str | None = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
    )["ShardIterator"]
    while position:
        page: Any = streams.get_records(ShardIterator=position)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            image = record["dynamodb"].get("NewImage", {})
            if "OutboxId" in image:  # as the relay's filter has it
                yield from messages_of(image)
        position = page.get("NextShardIterator") if page["Records"] else None


def _of_task(table: str, task_id: TaskId) -> list[Message]:
    found = client("dynamodb").get_item(TableName=table, Key=serialize(task_key(task_id)), ConsistentRead=True)
    return messages_of(found["Item"]) if "Item" in found else []


if __name__ == "__main__":
    sys.exit(main())
