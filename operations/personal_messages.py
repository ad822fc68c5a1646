"""Finds and deletes a person's messages in the dead-letter queues, and waits until the event queue is empty."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from domain.identifiers import UserId

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_BATCH = 10  # messages; the maximum of one call
_HIDDEN = 300  # seconds for which a search hides the messages that it has received
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
    """Searches the dead-letter queues and waits for the event queue."""

    client: SQSClient
    queue: str
    dead_letters: Sequence[str]

    def waiting(self, *, patience: float) -> int:
        """Returns the number of messages that wait in the event queue or are in flight.

        The method returns as soon as there is none, and after at most `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while True:
            found = self.client.get_queue_attributes(QueueUrl=self.queue, AttributeNames=_COUNTS)["Attributes"]
            count = sum(int(found[name]) for name in _COUNTS)
            if count == 0 or time.monotonic() >= deadline:
                return count
            time.sleep(_POLL)

    def all(self, user_id: UserId) -> Sequence[str]:
        """Returns the bodies of the dead letters that are about the person."""
        return [body for url in self.dead_letters for body in self._search(url, user_id, erases=False)]

    def erase(self, user_id: UserId) -> int:
        """Delete the dead letters that are about the person. Returns their number."""
        return sum(1 for url in self.dead_letters for _ in self._search(url, user_id, erases=True))

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
        return _names(json.loads(body), str(user_id))
    except ValueError:
        return str(user_id) in body


def _names(value: object, user_id: str) -> bool:
    match value:
        case str():
            return value == user_id
        case dict():
            return any(_names(inner, user_id) for inner in value.values())
        case list():
            return any(_names(inner, user_id) for inner in value)
        case _:
            return False
