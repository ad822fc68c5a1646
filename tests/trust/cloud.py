"""An AWS account in memory with the CDK app's table, stream, topic and queue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto import mock_aws

from adapters.indexes import create_table_request
from adapters.items import Item, deserialize, serialize
from adapters.task_items import task_key
from domain.identifiers import TaskId
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Cloud:
    """Clients without faults, with which tests inspect the account."""

    dynamodb: DynamoDBClient
    streams: DynamoDBStreamsClient
    sqs: SQSClient
    stream_arn: str
    queue_url: str
    topic_arn: str

    def items(self) -> Sequence[Item]:
        """Returns all items of the table."""
        return self._scan()

    def tasks(self) -> Mapping[str, Item]:
        """Returns the items of all tasks, including tombstones, by id."""
        # The filter belongs to the scan because moto takes most of a scan's time to write its answer.
        stored = self._scan(
            FilterExpression="begins_with(SK, :task)", ExpressionAttributeValues={":task": {"S": "TASK#"}}
        )
        return {item["TaskId"]: item for item in stored}

    def task(self, id_: str) -> Item:
        """Returns the item of a task. Raises KeyError when there is none."""
        key = serialize(task_key(TaskId(id_)))
        return deserialize(self.dynamodb.get_item(TableName=TABLE_NAME, Key=key, ConsistentRead=True)["Item"])

    def _scan(self, **options: Any) -> Sequence[Item]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=TABLE_NAME, ConsistentRead=True, **options)
        return [deserialize(item) for page in pages for item in page["Items"]]

    def task_records(self, *, after: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Returns the stream's records that pass the relay's filter, oldest first.

        With `after`, a sequence number, it returns those behind that record.
        """
        shard = self.streams.describe_stream(StreamArn=self.stream_arn)["StreamDescription"]["Shards"][0]
        start: Any = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
            if after
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        position = self.streams.get_shard_iterator(StreamArn=self.stream_arn, ShardId=shard["ShardId"], **start)[
            "ShardIterator"
        ]
        records: Any = self.streams.get_records(ShardIterator=position, Limit=100_000)["Records"]
        return [record for record in records if "OutboxId" in record["dynamodb"].get("NewImage", {})]


@contextmanager
def a_cloud() -> Iterator[Cloud]:
    """Yields an account, which is deleted afterwards."""
    with mock_aws():
        dynamodb, streams, sns, sqs = _clients()
        request = create_table_request(TABLE_NAME)
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        table = dynamodb.create_table(**request)["TableDescription"]
        topic_arn = sns.create_topic(Name="events")["TopicArn"]
        queue_url = sqs.create_queue(QueueName="events")["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
        yield Cloud(dynamodb, streams, sqs, table["LatestStreamArn"], queue_url, topic_arn)


@cache
def _clients() -> tuple[DynamoDBClient, DynamoDBStreamsClient, SNSClient, SQSClient]:
    # moto 5.2 does not support account-based endpoints of DynamoDB Streams.
    streams = boto3.client("dynamodbstreams", config=Config(account_id_endpoint_mode="disabled"))
    return boto3.client("dynamodb"), streams, boto3.client("sns"), boto3.client("sqs")
