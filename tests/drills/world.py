"""What a drill works with: the product on a platform, a subscriber outside, and the operators' commands.

A drill owns the users whose names begin with `drill-`. Everything is whole when their histories hold the versions 1 to
n, their statistics equal their tasks, no queue of failures holds a message, and the subscriber's copy equals the table.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from tasks_subscriber import Change, Inbox, poll

from adapters.items import Item, deserialize, serialize
from adapters.task_items import task_key
from adapters.timestamps import now
from domain.identifiers import TaskId, UserId
from operations.deployed import DeployedConsumer
from operations.queues import Queue
from operations.recount import DynamoDBRecount
from tests.drills.platforms import Platform

PREFIX = "drill-"
PATIENCE = 90.0  # seconds, the limit of each wait
_QUEUE_POLICY = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}

State = tuple[int, str, str]
"""Version, status and title of a task."""


class NotWhole(AssertionError):
    """The drill did not reach its end. The message names what is wrong."""


class Copy:
    """A subscriber outside: its copy of the tasks, by the kit (packages/subscriber)."""

    def __init__(self, sqs: Any, sns: Any, topic: str, existing: Mapping[str, State]) -> None:
        self.sqs, self.sns = sqs, sns
        self.tasks = dict(existing)
        self.owners: dict[str, str] = {}
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.inbox = Inbox(self.database, b"drill")
        self.queue: str = sqs.create_queue(QueueName=f"drill-{uuid4().hex[:8]}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [_QUEUE_POLICY | {"Resource": arn}]})
        sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        self.subscription: str = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]

    def apply(self, change: Change, *, is_newest: bool) -> None:
        """Keep the newest version, and nothing of a deleted task."""
        if not is_newest or change.version <= self.tasks.get(change.task_id, (0, "", ""))[0]:
            return
        self.tasks.pop(change.task_id, None)
        if not change.deletes:
            self.tasks[change.task_id] = (change.version, change.task["status"], change.task["title"])
        self.owners[change.task_id] = change.user_id

    def erase(self, user_id: str) -> None:
        """Keep nothing about the person."""
        for task_id in [task_id for task_id, owner in self.owners.items() if owner == user_id]:
            self.tasks.pop(task_id, None)
            del self.owners[task_id]

    def follow(self) -> None:
        """Apply every waiting message."""
        while poll(self.sqs, self.queue, lambda body: self.inbox.receive(body, self), wait=0):
            pass

    def forget_waiting(self) -> None:
        """Lose what waits in the queue."""
        self.sqs.purge_queue(QueueUrl=self.queue)

    def close(self) -> None:
        """End the subscription and delete the queue."""
        self.sns.unsubscribe(SubscriptionArn=self.subscription)
        self.sqs.delete_queue(QueueUrl=self.queue)
        self.database.close()


class World:
    """One drill's view of a platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.deployed = platform.deployed
        self.dynamodb, self.sqs = platform.dynamodb, platform.sqs
        self.topic_copy = Copy(self.sqs, platform.sns, self.deployed.topic, self.tasks())
        self.user = f"{PREFIX}{uuid4().hex[:8]}"
        self.commands: list[str] = []

    @property
    def processor(self) -> DeployedConsumer:
        """The queues of the processor."""
        return self.deployed.consumers[0]

    def creates(self, title: str) -> Mapping[str, str]:
        """Create a task. Returns its `id` and `createdAt`."""
        return self.platform.mutate("createTask", {"input": {"userId": self.user, "title": title}})

    def works(self, tasks: int = 5) -> list[str]:
        """Create tasks, start them and complete every second one. Returns their ids."""
        ids = []
        for number in range(tasks):
            ids.append(self.creates(f"Drill {number}")["id"])
            self.changes("startTask", ids[-1])
            if number % 2:
                self.changes("completeTask", ids[-1])
        return ids

    def changes(self, operation: str, task_id: str) -> None:
        """Change a task by a mutation that takes its id."""
        self.platform.mutate(operation, {"id": task_id})

    def edits(self, task_id: str, title: str) -> None:
        """Give a task another title."""
        self.platform.mutate("updateTask", {"input": {"id": task_id, "title": title}})

    def operate(self, command: str, *arguments: str, expects: int = 0) -> None:
        """Run a command as the runbook has it. Raises NotWhole for another exit code."""
        self.commands.append(" ".join([command, *arguments]))
        code, output = self.platform.operate(command, *arguments)
        if code != expects:
            raise NotWhole(f"{self.commands[-1]} ended with {code}: {output}")

    def reads(self, function: str, *, enabled: bool) -> None:
        """Stop or start a Lambda's event source mapping."""
        self.platform.reads(function, enabled=enabled)

    @contextmanager
    def stopped(self, function: str) -> Iterator[None]:
        """Stop a Lambda's mapping for a while."""
        self.reads(function, enabled=False)
        try:
            yield
        finally:
            self.reads(function, enabled=True)

    def waiting(self, url: str) -> list[str]:
        """Take every message from a queue and return the bodies."""
        bodies: list[str] = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def messages_of(self, make: Callable[[], object]) -> list[str]:
        """Make changes while the processor is stopped. Returns their messages, which no longer wait in its queue."""
        with self.stopped("processor"):
            before = self._versions()
            make()
            bodies: list[str] = []

            def all_arrived() -> bool:
                self.platform.advance()
                bodies.extend(self.waiting(self.processor.queue))
                return len(bodies) >= self._versions() - before

            self.eventually(all_arrived, "the changes did not reach the queue")
        return bodies

    def _versions(self) -> int:
        return sum(version for version, _, _ in self.tasks(own=True).values())

    def send(self, url: str, bodies: Sequence[str]) -> None:
        """Put messages into a queue."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=url, MessageBody=body)

    def item(self, key: Item) -> Item:
        """Returns an item of the table. Raises KeyError if there is none."""
        response = self.dynamodb.get_item(TableName=self.deployed.table, Key=serialize(key), ConsistentRead=True)
        return deserialize(response["Item"])

    def put(self, item: Item, table: str | None = None) -> None:
        """Store an item as somebody's hand or script would."""
        self.dynamodb.put_item(TableName=table or self.deployed.table, Item=serialize(item))

    def delete(self, key: Item) -> None:
        """Delete an item as somebody's hand would."""
        self.dynamodb.delete_item(TableName=self.deployed.table, Key=serialize(key))

    def scan(self) -> list[Item]:
        """Returns every item of the table."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.deployed.table, ConsistentRead=True)
        return [deserialize(item) for page in pages for item in page["Items"]]

    def tasks(self, *, own: bool = False) -> Mapping[str, State]:
        """Returns the tasks that exist; with `own`, those of this drill's user."""
        return {
            item["TaskId"]: (int(item["Version"]), item["Status"], item["Title"])
            for item in self.scan()
            if str(item["SK"]).startswith("TASK#")
            and not item.get("Deleted")
            and item["UserId"].startswith(self.user if own else PREFIX)
        }

    def problems(self) -> list[str]:
        """Returns what is not whole."""
        self.platform.advance()
        self.topic_copy.follow()
        findings = DynamoDBRecount(self.dynamodb, self.deployed.table).findings(now().date())
        problems = [
            f"statistics of {drift.user_id}" for drift in findings.drifts if str(drift.user_id).startswith(PREFIX)
        ]
        problems += [f"missing {gap}" for gap in findings.gaps if str(gap.user_id).startswith(PREFIX)]
        problems += [f"unreadable {item}" for item in findings.unreadable]
        for consumer in self.deployed.consumers:
            if count := Queue(self.sqs, consumer.queue).counts().total:
                problems.append(f"{count} messages wait for {consumer.name}")
        for url in self.deployed.queues_of_failures:
            if count := Queue(self.sqs, url).counts().total:
                problems.append(f"{count} messages in {url.rpartition('/')[2]}")
        table = self.tasks()
        different = {
            task for task in {*table, *self.topic_copy.tasks} if table.get(task) != self.topic_copy.tasks.get(task)
        }
        return problems + [f"the subscriber's copy of {task} differs" for task in sorted(different)]

    def becomes_whole(self) -> None:
        """Wait until nothing is wrong. Raises NotWhole with what is."""
        problems: list[str] = []

        def is_whole() -> bool:
            problems[:] = self.problems()
            return not problems

        self.eventually(is_whole, lambda: "; ".join(problems[:5]))

    def records_all(self) -> None:
        """Wait until every change is in its history."""
        self.eventually(
            lambda: not [problem for problem in self.problems() if problem.startswith("missing")],
            "changes are in no history",
        )

    def eventually(self, condition: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Wait until the condition is true. Raises NotWhole."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise NotWhole(what if isinstance(what, str) else what())
            time.sleep(0.2)

    def everything_about(self, user: str) -> list[str]:
        """Returns the places that still name a user: items, messages of all queues, and lines of logs."""
        places = [f"item {item['PK']}" for item in self.scan() if user in json.dumps(item, default=str)]
        urls = [*self.deployed.queues_of_failures, *(consumer.queue for consumer in self.deployed.consumers)]
        for url in urls:
            bodies = self.waiting(url)
            self.send(url, bodies)
            places += [f"message in {url}" for body in bodies if user in body and "UserErased" not in body]
        if re.search(rf"\b{re.escape(user)}\b", self.platform.logs()):
            places.append("a log")
        return places

    def close(self) -> None:
        """Remove the subscriber."""
        self.topic_copy.close()

    def task_item(self, task_id: str) -> Item:
        """Returns the item of a task."""
        return self.item(task_key(TaskId(task_id)))


def _is_own(user_id: UserId) -> bool:
    return str(user_id).startswith(PREFIX)
