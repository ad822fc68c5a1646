"""A flood of one user delays no change of others: messages have their users as groups, and queues are fair."""

import json
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from uuid import uuid4

import boto3
from moto import mock_aws

from adapters.items import serialize
from adapters.outbox_messages import message_of
from adapters.sns_events import EventTopic, Message
from adapters.task_items import task_item
from cdk.stages import STAGES
from domain.task import Task
from processor.queue_batches import BATCH_SIZE
from tests.builders import ANNA, BORIS, a_created_task

FLOOD = 1_000  # changes
SLOTS = min(stage.processor_concurrency for stage in STAGES.values()) * BATCH_SIZE


def a_message(user: object) -> Message:
    task: Task = a_created_task(user_id=user)  # type: ignore[arg-type]
    item = task_item(task, write_id=str(uuid4()), correlation_id="Root=1-abc")
    return message_of({"NewImage": serialize(item)})


def test_the_topic_hands_the_group_of_the_user_to_the_queue() -> None:
    with mock_aws():
        sns, sqs = boto3.client("sns", "us-east-1"), boto3.client("sqs", "us-east-1")
        topic, queue = sns.create_topic(Name="changes")["TopicArn"], sqs.create_queue(QueueName="processor")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

        EventTopic(sns, topic).publish([a_message(ANNA), a_message(BORIS)])

        messages = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
        )["Messages"]
    groups = {json.loads(each["Body"])["task"]["userId"]: each["Attributes"]["MessageGroupId"] for each in messages}
    assert groups == {str(ANNA): str(ANNA), str(BORIS): str(BORIS)}


@dataclass
class FairQueue:
    """A standard queue, as "How Amazon SQS fair queues work" (SQS Developer Guide) describes it: read, not run on AWS.

    A group is noisy while more than a tenth of the messages in flight, and at least 30, are its own. Messages of other
    groups are received first. A message without a group is a group of its own.
    """

    waiting: dict[object, deque[tuple[int, str]]] = field(default_factory=dict)
    in_flight: Counter[object] = field(default_factory=Counter)

    def send(self, group: str | None, now: int, user: str) -> None:
        self.waiting.setdefault(group or object(), deque()).append((now, user))

    def receive(self) -> tuple[int, str]:
        """Returns when a message arrived, and its user. The message is then in flight."""
        group = min(self.waiting, key=lambda each: (self._noise(each), self.waiting[each][0]))
        message = self.waiting[group].popleft()
        if not self.waiting[group]:
            del self.waiting[group]
        self.in_flight[group] += 1
        return message

    def _noise(self, group: object) -> int:
        own = self.in_flight[group]
        return own if own >= 30 and own > self.in_flight.total() / 10 else 0


def longest_wait(flooding: Message, quiet: Message) -> int:
    """Returns how many rounds a change of the quiet user waits at most while the flood of the other is processed.

    In a round, each of the processor's instances processes a batch. The quiet user makes a change in each round.
    """
    queue, longest, now = FairQueue(), 0, 0
    for _ in range(FLOOD):
        queue.send(flooding.group, 0, "flooding")
    while queue.waiting:
        queue.send(quiet.group, now, "quiet")
        queue.in_flight.clear()
        for _ in range(min(SLOTS, sum(map(len, queue.waiting.values())))):
            sent, user = queue.receive()
            if user == "quiet":
                longest = max(longest, now - sent)
        now += 1
    return longest


def test_a_flood_of_one_user_delays_no_change_of_another() -> None:
    flooding, quiet = a_message(ANNA), a_message(BORIS)

    assert longest_wait(flooding, quiet) == 0
    # Without groups, the changes that are made during the flood wait for its rest.
    assert longest_wait(replace(flooding, group=None), replace(quiet, group=None)) >= FLOOD // SLOTS - 1
