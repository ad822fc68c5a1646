"""A deployed stack in memory, for the tests of operators' commands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import Item, deserialize, serialize
from adapters.outbox_messages import message_of
from adapters.task_items import task_item, task_key
from domain.task import Task
from operations import queues, redrive
from operations.command_line import main
from operations.deployed import Deployed, DeployedConsumer
from tests.builders import changes_of
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@dataclass
class Operators:
    """The resources of a stack with two consumers, and `run`, which runs a command and returns its exit code."""

    dynamodb: DynamoDBClient
    sqs: SQSClient
    sns: SNSClient
    deployed: Deployed
    seen: str = field(default="", init=False)

    @classmethod
    def deploy(cls, dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
        """Returns a stack whose topic delivers to the queue of each consumer. The caller mocks AWS."""
        sqs, sns = boto3.client("sqs"), boto3.client("sns")
        topic = sns.create_topic(Name="events")["TopicArn"]
        consumers = []
        for name in ("Processor", "Mailer"):
            urls = [sqs.create_queue(QueueName=f"{name}-{kind}")["QueueUrl"] for kind in ("q", "dead", "undelivered")]
            arn = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            raw = {"RawMessageDelivery": "true"}
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
            consumers.append(DeployedConsumer(name, *urls))
        unrelayed = sqs.create_queue(QueueName="unrelayed")["QueueUrl"]
        deployed = Deployed(TABLE_NAME, topic, "pool", unrelayed, consumers, "https://api.example.com/graphql")
        monkeypatch.setattr(Deployed, "of", lambda _: deployed)
        monkeypatch.setattr(queues, "LONG_POLL", 0)
        for threads in ("_QUEUES", "_READERS"):
            monkeypatch.setattr(redrive, threads, 1)  # moto is not made for threads
        return cls(dynamodb, sqs, sns, deployed)

    def run(self, command: str, *arguments: str) -> int:
        """Run a command and return its exit code."""
        return main([command, "--stack", "s", *arguments])

    @property
    def projections(self) -> DynamoDBProjections:
        return DynamoDBProjections(self.dynamodb, TABLE_NAME)

    def store(self, task: Task, *, recorded: bool = True, without: tuple[int, ...] = ()) -> None:
        """Store a task with its latest change in the outbox, and record its changes except the versions `without`."""
        changes = changes_of(task)
        for change in changes if recorded else ():
            if change.version not in without:
                self.projections.record(change)
        latest = [change for change in changes if change.version == task.version]
        last = Task(task.state, deleted=task.deleted, fingerprint=task.fingerprint, changes=latest)
        item = task_item(last, write_id=f"write-{task.version}", correlation_id=None)
        self.put(item)
        task.changes.clear()

    def put(self, item: Item) -> None:
        self.dynamodb.put_item(TableName=TABLE_NAME, Item=serialize(item))

    def get(self, key: Item) -> Item | None:
        response = self.dynamodb.get_item(TableName=TABLE_NAME, Key=serialize(key))
        return deserialize(response["Item"]) if "Item" in response else None

    def table(self) -> list[dict[str, Any]]:
        """Returns every item, without the records of erasures."""
        response = self.dynamodb.scan(TableName=TABLE_NAME)
        stored = [deserialize(item) for item in response["Items"]]
        return [item for item in stored if not item["PK"].startswith("ERAS")]

    def message(self, task: Task) -> str:
        """Returns the message of the task's stored change."""
        item = self.get(task_key(task.id))
        assert item is not None
        return message_of({"NewImage": serialize(item)}).body

    def send(self, url: str, *bodies: str) -> list[str]:
        """Send messages. Returns their ids."""
        return [self.sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in bodies]

    def bodies(self, url: str) -> list[str]:
        """Returns the visible messages of a queue, which stay visible."""
        bodies: list[str] = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60).get(
            "Messages"
        ):
            bodies += [message["Body"] for message in messages]
            for message in messages:
                self._receipts.append((url, message["ReceiptHandle"]))
        for receipt_url, receipt in self._receipts:
            self.sqs.change_message_visibility(QueueUrl=receipt_url, ReceiptHandle=receipt, VisibilityTimeout=0)
        self._receipts.clear()
        return bodies

    _receipts: list[tuple[str, str]] = field(default_factory=list, init=False)

    def published(self) -> list[Any]:
        """Returns the messages that arrived in the processor's queue, as JSON."""
        return [json.loads(body) for body in self.bodies(self.deployed.consumers[0].queue)]
