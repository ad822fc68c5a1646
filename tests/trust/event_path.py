"""The event path as AWS runs it: stream to relay, topic to queue and queue to processor, each at least once."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from moto.core.model_instances import reset_model_data

from processor import queue_batches, relay
from tests.integration.lambda_events import LambdaContext
from tests.trust.cloud import Cloud
from tests.trust.faulty_network import Crash

_CONTEXT: Any = LambdaContext()


class EventPath:
    """Delivers batches. It delivers failed messages again, shuffles messages and duplicates some of them."""

    def __init__(
        self, cloud: Cloud, chance: random.Random, *, relays: relay.Handler, consumes: queue_batches.Handler
    ) -> None:
        self._relays = relays
        self._consumes = consumes
        self._cloud = cloud
        self._chance = chance
        self._checkpoint: str | None = None  # the sequence number of the last record that the relay took
        self._messages: list[Mapping[str, Any]] = []
        self.duplicates = 0
        """Messages that were delivered again after they had been processed."""

    def turn(self) -> None:
        """Deliver one batch of the stream and some messages of the queue."""
        # moto copies the table for each part of a transaction, and lists all copies for its dashboard: gigabytes.
        reset_model_data()
        self._relay()
        self._receive()
        self._process()

    def settle(self, *, turns: int = 400) -> None:
        """Continue until everything is delivered. Raises AssertionError when that never happens."""
        for _ in range(turns):
            self.turn()
            if not self._messages and not self._cloud.task_records(after=self._checkpoint):
                return
        raise AssertionError("the event path does not settle")

    def _relay(self) -> None:
        batch = self._cloud.task_records(after=self._checkpoint)[: self._chance.randint(1, 25)]
        if not batch:
            return
        try:
            failures = self._relays({"Records": batch}, _CONTEXT)["batchItemFailures"]
        except (Exception, Crash):  # noqa: BLE001 - as Lambda does: whatever it was, the batch comes again
            return
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        taken = numbers.index(failures[0]["itemIdentifier"]) if failures else len(batch)
        self._checkpoint = numbers[taken - 1] if taken else self._checkpoint

    def _receive(self) -> None:
        while received := self._cloud.sqs.receive_message(QueueUrl=self._cloud.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            self._messages += received
            for message in received:
                self._cloud.sqs.delete_message(QueueUrl=self._cloud.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _process(self) -> None:
        self._chance.shuffle(self._messages)
        batch, self._messages = self._messages[:10], self._messages[10:]
        if not batch:
            return
        records = [_record(message) for message in batch]
        try:
            failures = self._consumes({"Records": records}, _CONTEXT)["batchItemFailures"]
        except (Exception, Crash):  # noqa: BLE001 - as Lambda does: whatever it was, the batch comes again
            self._messages += batch
            return
        failed = {failure["itemIdentifier"] for failure in failures}
        for message in batch:
            again = self._chance.random() < 0.1
            self.duplicates += again and message["MessageId"] not in failed
            if again or message["MessageId"] in failed:
                self._messages.append(message)


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:events",
        "awsRegion": "us-east-1",
    }
