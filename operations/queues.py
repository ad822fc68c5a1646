"""Reads all messages of a queue, decides about each, and releases those that stay."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from operations.output import ProgressReport

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

_BATCH = 10  # messages; the maximum of one call (Amazon SQS API reference)
HIDDEN = 120  # seconds for which a received message is hidden from other readers
LONG_POLL = 1  # seconds; a short poll asks only some of a queue's servers (Amazon SQS Developer Guide)
_BATCH_BYTES = 200_000  # below the 256 KiB of a batch that every version of SQS accepts
_IN_FLIGHT = 100_000  # messages; SQS refuses more than about 120,000 messages in flight ("Amazon SQS quotas")


class Decision(Enum):
    """What happens to a message."""

    STAYS = "stays"
    MOVES = "moves"
    GOES = "goes"


@dataclass(frozen=True, slots=True)
class Letter:
    """A received message: when it was first sent, and how often it was received, by this reader too."""

    message_id: str
    body: str
    sent_at: datetime
    receives: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The approximate numbers of messages in a queue. `held` ones are hidden by a reader that received them."""

    waiting: int
    held: int
    delayed: int

    @property
    def total(self) -> int:
        """All messages of the queue."""
        return self.waiting + self.held + self.delayed


@dataclass(slots=True)
class _Run:
    """One reading of a queue: the receipts of the messages that stay, by message id, and the ids of those that left.

    SQS may deliver a message twice, also to two readers at once ("Amazon SQS at-least-once delivery").
    """

    receipts: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)
    outer: threading.Event = field(default_factory=threading.Event)

    @property
    def goes_on(self) -> bool:
        """Whether neither a reader of this run nor the caller has stopped it, and more messages may be held."""
        return not (self.stopped.is_set() or self.outer.is_set()) and len(self.receipts) < _IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, by its URL."""

    client: SQSClient
    url: str

    @property
    def name(self) -> str:
        """The queue's own name."""
        return self.url.rpartition("/")[2]

    def counts(self) -> Counts:
        """Returns the numbers of messages now."""
        attributes = self.client.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return Counts(
            int(attributes["ApproximateNumberOfMessages"]),
            int(attributes["ApproximateNumberOfMessagesNotVisible"]),
            int(attributes["ApproximateNumberOfMessagesDelayed"]),
        )

    def each(
        self,
        decide: Callable[[Letter], Decision],
        *,
        move_to: str | None = None,
        readers: int = 1,
        stopped: threading.Event | None = None,
    ) -> None:
        """Receive every message that is not hidden, and do with it what `decide` returns.

        A message that moves is sent to the queue `move_to` before it is deleted here, so that an interruption may
        duplicate but not lose it. Messages that stay are hidden until the end and then released, also after an error or
        a signal. `readers` threads call `decide`. The reading ends after 100,000 messages that stay, and when another
        thread sets `stopped`.
        """
        run, progress = _Run(outer=stopped or threading.Event()), ProgressReport(f"messages read of {self.name}")
        try:
            with ThreadPoolExecutor(readers) as pool:
                try:
                    for reader in [pool.submit(self._read, run, decide, move_to, progress) for _ in range(readers)]:
                        reader.result()
                finally:
                    run.stopped.set()
        finally:
            self._release(run.receipts.values())

    def _read(
        self, run: _Run, decide: Callable[[Letter], Decision], move_to: str | None, progress: ProgressReport
    ) -> None:
        while run.goes_on:
            messages = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=HIDDEN,
                WaitTimeSeconds=LONG_POLL,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount", "MessageGroupId"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            with run.lock:
                # A message that comes a second time is not decided about again. Its first receipt is void.
                again = [message for message in messages if message["MessageId"] in run.left]
                staying = [message for message in messages if message["MessageId"] not in run.left]
                new = [message for message in staying if message["MessageId"] not in run.receipts]
                run.receipts.update((message["MessageId"], message["ReceiptHandle"]) for message in staying)
            self._delete(again)
            if not new:
                return
            decisions = {message["MessageId"]: decide(_letter(message)) for message in new}
            moving = [message for message in new if decisions[message["MessageId"]] is Decision.MOVES]
            gone = [message for message in new if decisions[message["MessageId"]] is Decision.GOES]
            deleted = self._delete([*(self._sent(moving, move_to) if move_to else []), *gone])
            with run.lock:
                run.left.update(deleted)
                for message_id in deleted:
                    run.receipts.pop(message_id, None)
                progress.advance(len(new))

    def _sent(self, messages: Sequence[MessageTypeDef], url: str) -> Iterator[MessageTypeDef]:
        # A message of another product may be so large that ten exceed the limit of one call.
        is_small = sum(len(message["Body"].encode()) for message in messages) < _BATCH_BYTES
        for batch in [messages] if is_small else [[message] for message in messages]:
            if not batch:
                continue
            response = self.client.send_message_batch(
                QueueUrl=url,
                Entries=[_entry(number, message) for number, message in enumerate(batch)],
            )
            for entry in response.get("Successful", []):
                yield batch[int(entry["Id"])]

    def _delete(self, messages: Sequence[MessageTypeDef]) -> Sequence[str]:
        """Delete up to ten messages. Returns the ids of those that were deleted."""
        if not messages:
            return []
        response = self.client.delete_message_batch(
            QueueUrl=self.url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ],
        )
        return [messages[int(entry["Id"])]["MessageId"] for entry in response.get("Successful", [])]

    def _release(self, receipts: Iterable[str]) -> None:
        waiting = iter(list(receipts))
        while batch := list(islice(waiting, _BATCH)):
            self.client.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for number, receipt in enumerate(batch)
                ],
            )


def _letter(message: MessageTypeDef) -> Letter:
    attributes = message["Attributes"]
    return Letter(
        message["MessageId"],
        message["Body"],
        datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        int(attributes["ApproximateReceiveCount"]),
    )


def _entry(number: int, message: MessageTypeDef) -> SendMessageBatchRequestEntryTypeDef:
    entry: SendMessageBatchRequestEntryTypeDef = {
        "Id": str(number),
        "MessageBody": message["Body"],
        "MessageAttributes": message.get("MessageAttributes", {}),
    }
    group = message.get("Attributes", {}).get("MessageGroupId")
    return {**entry, "MessageGroupId": group} if group else entry
