"""Drills on AWS in memory: the product's handlers and commands, without a local stack."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.dynamodb_webhooks import WebhookOwners
from adapters.indexes import create_table_request
from adapters.sns_events import EventTopic
from adapters.sqs_parking import ParkedRecords
from operations import account, live_access, queues
from operations.command_line import main
from operations.deployed import Deployed, DeployedConsumer
from processor.consumer import consumer
from processor.follow_change import EveryoneListens, FollowChange
from processor.relay import relay
from tests.drills.platforms import Fields
from tests.in_memory_projections import Subscribers
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import LambdaContext, field_event
from tests.integration.resolver_lambda import handler

_CONTEXT: Any = LambdaContext()


class InMemory:
    """The product's handlers and commands on AWS in memory, whose event path `advance` moves."""

    def __init__(self, logs: Callable[[], str]) -> None:
        from tests.integration.resolver_lambda import (
            handler,  # it makes clients, which must be of the account in memory
        )

        self._resolver = handler
        self._logs = logs
        self.dynamodb: Any = boto3.client("dynamodb")
        self.sqs: Any = boto3.client("sqs")
        self.sns: Any = boto3.client("sns")
        # moto 5.2 does not support account-based endpoints of DynamoDB Streams.
        self._streams: Any = boto3.client("dynamodbstreams", config=Config(account_id_endpoint_mode="disabled"))
        request: Any = create_table_request(TABLE_NAME)
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self._stream = self.dynamodb.create_table(**request)["TableDescription"]["LatestStreamArn"]
        topic = self.sns.create_topic(Name="events")["TopicArn"]
        urls = [
            self.sqs.create_queue(QueueName=f"processor-{kind}")["QueueUrl"] for kind in ("q", "dead", "undelivered")
        ]
        arn = self.sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        raw = {"RawMessageDelivery": "true"}
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
        unrelayed = self.sqs.create_queue(QueueName="unrelayed")["QueueUrl"]
        consumers = [DeployedConsumer("Processor", *urls)]
        self.deployed = Deployed(TABLE_NAME, topic, "pool", unrelayed, consumers, "https://api.example.com/graphql")
        owners = WebhookOwners(self.dynamodb, TABLE_NAME)
        self._relay = relay(EventTopic(self.sns, topic), ParkedRecords(self.sqs, unrelayed), owners)
        follow_change = FollowChange(
            DynamoDBProjections(self.dynamodb, TABLE_NAME),
            Subscribers(),
            DynamoDBErasures(self.dynamodb, TABLE_NAME),
            EveryoneListens(),
            DynamoDBSettings(self.dynamodb, TABLE_NAME),
        )
        self._consumer = consumer(follow_change, ThreadPoolExecutor(1))
        self._enabled = {"relay": True, "processor": True}
        self._checkpoint: str | None = None
        self._is_killed = False

    def mutate(self, field: str, arguments: Fields) -> Fields:
        answer = handler(field_event(f"Mutation.{field}", dict(arguments), None), _CONTEXT)
        changed: Fields = answer["data"]
        return changed

    def operate(self, command: str, *arguments: str) -> tuple[int, str]:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = main([command, "--stack", "s", *arguments])
        return code, output.getvalue()

    def reads(self, function: str, *, enabled: bool) -> None:
        self._enabled[function] = enabled

    def kill_workers(self) -> None:
        self._is_killed = True

    def advance(self) -> None:
        if self._enabled["relay"]:
            self._publish()
        if self._enabled["processor"]:
            self._record()

    def logs(self) -> str:
        return self._logs()

    def _publish(self) -> None:
        shard = self._streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"][0]["ShardId"]
        start: Any = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._checkpoint}
            if self._checkpoint
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        place = self._streams.get_shard_iterator(StreamArn=self._stream, ShardId=shard, **start)["ShardIterator"]
        records: Sequence[Any] = self._streams.get_records(ShardIterator=place, Limit=100_000)["Records"]
        if not records:
            return
        # The mapping's filter lets only tasks with an outbox through.
        batch = [record for record in records if "OutboxId" in record["dynamodb"].get("NewImage", {})]
        if not batch or not self._relay({"Records": batch}, _CONTEXT)["batchItemFailures"]:
            self._checkpoint = records[-1]["dynamodb"]["SequenceNumber"]

    def _record(self) -> None:
        url = self.deployed.consumers[0].queue
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            records = [
                {"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"}
                for message in messages
            ]
            failures = self._consumer({"Records": records}, _CONTEXT)["batchItemFailures"]
            failed = {failure["itemIdentifier"] for failure in failures}
            if self._is_killed:  # the batch is recorded, but its acknowledgement is lost
                self._is_killed, failed = False, {message["MessageId"] for message in messages}
            for message in messages:
                receipt = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
                if message["MessageId"] in failed:
                    self.sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
                else:
                    self.sqs.delete_message(**receipt)


@contextmanager
def in_memory(monkeypatch: pytest.MonkeyPatch, logs: Callable[[], str]) -> Iterator[InMemory]:
    """Yields the product in an account in memory, in which operators' commands find it too."""
    with mock_aws():
        monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        monkeypatch.setattr(queues, "LONG_POLL", 0)
        monkeypatch.setattr(account.Account, "find", lambda *_: None)  # a person whom a service named
        monkeypatch.setattr(live_access, "end_subscriptions", lambda *_: None)  # nobody listens here
        platform = InMemory(logs)
        monkeypatch.setattr(Deployed, "of", lambda _: platform.deployed)
        yield platform
