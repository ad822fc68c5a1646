"""Waits until the event path has processed the table's stream, before the embedded cloud is stopped.

MiniStack 1.5 keeps tables and queues over a restart, but not the records of a stream. Records that the relay has not
read by then would be lost. (On AWS a stream keeps its records for 24 hours.)
"""

import time
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from adapters.history_items import history_key
from adapters.items import deserialize, serialize
from adapters.task_items import change_of
from local.clients import access
from local.settings import Settings


def settle(settings: Settings, table_name: str, *, within: float) -> bool:
    """Wait at most `within` seconds until the change of the stream's last record is in the history.

    Returns whether it is. The relay reads records in order, so that by then all of them are at least in the queue,
    which is kept.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if _is_settled(settings, table_name):
                return True
        except (BotoCoreError, ClientError):
            return False  # the embedded cloud no longer answers
        time.sleep(0.1)
    return False


def _is_settled(settings: Settings, table_name: str) -> bool:
    last = last_change(_records(settings, table_name))
    if last is None:
        return True
    key = history_item_key(last)
    if key is None:
        return False
    answer = boto3.client("dynamodb", **access(settings)).get_item(TableName=table_name, Key=key, ConsistentRead=True)
    return "Item" in answer


def history_item_key(image: Any) -> Any:
    """Returns the key of the history's item that follows a task's image.

    Returns None if this process cannot read the image, because code that was edited while the stack ran wrote it. The
    code of this process is older.
    """
    try:
        change = change_of(deserialize(image))
    except (KeyError, ValueError):
        return None
    return serialize(history_key(change.task_id, change.version))


def last_change(records: Sequence[Any]) -> Any:
    """Returns the image of the last task that a stream's records changed; None if they changed none.

    An erased task leaves no history to wait for.
    """
    erased = [record["dynamodb"]["Keys"] for record in records if record["eventName"] == "REMOVE"]
    changed = (
        record["dynamodb"]["NewImage"]
        for record in reversed(records)
        if "OutboxId" in record["dynamodb"].get("NewImage", {}) and record["dynamodb"]["Keys"] not in erased
    )
    return next(changed, None)


def _records(settings: Settings, table_name: str) -> list[Any]:
    streams = boto3.client("dynamodbstreams", **access(settings))
    records: list[Any] = []
    for stream in streams.list_streams(TableName=table_name)["Streams"]:
        arn = stream["StreamArn"]
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            place: str | None = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while place:
                page = streams.get_records(ShardIterator=place)
                records += page["Records"]
                place = page.get("NextShardIterator") if page["Records"] else None
    return records
