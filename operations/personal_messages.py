"""Finds and deletes a person's messages in the dead-letter queues, and waits until the consumers' queues are empty."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from domain.identifiers import UserId
from operations import tolerant_json
from operations.deployed import Deployed

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_BATCH = 10  # messages; the maximum of one call
_HIDDEN = 300  # seconds for which a search hides the messages that it has received
_ID_CHARACTER = r"[A-Za-z0-9._@+=|/-]"  # of a userId, except those that also separate values
_POLL = 1  # seconds between two requests for the queue's attributes
LONG_POLL = 1  # seconds; a short poll asks only some of a queue's servers (Amazon SQS Developer Guide)
_COUNTS: Sequence[
    Literal[
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True, slots=True)
class PersonalMessages:
    """Searches the dead-letter queues and waits for the consumers' queues."""

    client: SQSClient
    deployed: Deployed

    def waiting(self, *, patience: float) -> int:
        """Returns the number of messages that wait in the consumers' queues or are in flight.

        The method returns as soon as there is none, and after at most `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while True:
            count = sum(self._count(consumer.queue) for consumer in self.deployed.consumers)
            if count == 0 or time.monotonic() >= deadline:
                return count
            time.sleep(_POLL)

    def _count(self, url: str) -> int:
        attributes = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)["Attributes"]
        return sum(int(attributes[name]) for name in _COUNTS)

    def all(self, user_id: UserId) -> Sequence[str]:
        """Returns the bodies of the dead letters that are about the person."""
        return [body for url in self.deployed.queues_of_failures for body in self._search(url, user_id, erases=False)]

    def erase(self, user_id: UserId) -> int:
        """Delete the dead letters that are about the person. Returns their number."""
        return sum(1 for url in self.deployed.queues_of_failures for _ in self._search(url, user_id, erases=True))

    def _search(self, url: str, user_id: UserId, *, erases: bool) -> Iterator[str]:
        seen: list[MessageTypeDef] = []
        try:
            for message in self._receive(url):
                if not is_about(message["Body"], user_id):
                    seen.append(message)
                    continue
                if erases:
                    self.client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                else:
                    seen.append(message)
                yield message["Body"]
        finally:
            for message in seen:
                self.client.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )

    def _receive(self, url: str) -> Iterator[MessageTypeDef]:
        while True:
            answer = self.client.receive_message(
                QueueUrl=url, MaxNumberOfMessages=_BATCH, VisibilityTimeout=_HIDDEN, WaitTimeSeconds=LONG_POLL
            )
            if not answer.get("Messages"):
                return
            yield from answer["Messages"]


def is_about(body: str, user_id: UserId) -> bool:
    """Returns whether a message names the person as a value of its JSON, or anywhere in a message that is not JSON."""
    try:
        return str(user_id) in tolerant_json.strings(body)
    except tolerant_json.Unreadable:
        return bool(re.search(rf"(?<!{_ID_CHARACTER}){re.escape(str(user_id))}(?!{_ID_CHARACTER})", body))
