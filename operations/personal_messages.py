"""Finds and deletes a person's messages in the queues of failures, and waits for the consumers' queues."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.identifiers import UserId
from operations import tolerant_json
from operations.deployed import Deployed
from operations.queues import Decision, Letter, Queue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_ID_CHARACTER = r"[A-Za-z0-9._@+=|/-]"  # of a userId, except those that also separate values


@dataclass(frozen=True, slots=True)
class PersonalMessages:
    """Searches the queues of failures and counts the messages that consumers hold."""

    client: SQSClient
    deployed: Deployed

    def all(self, user_id: UserId) -> Sequence[str]:
        """Returns the bodies of the messages in the queues of failures that are about the person."""
        bodies: list[str] = []

        def decide(letter: Letter) -> Decision:
            if is_about(letter.body, user_id):
                bodies.append(letter.body)
            return Decision.STAYS

        for url in self.deployed.queues_of_failures:
            Queue(self.client, url).each(decide)
        return bodies

    def erase(self, belongs: Callable[[str], bool]) -> int:
        """Delete the messages in the queues of failures that belong to the persons. Returns their number."""
        bodies: list[str] = []

        def decide(letter: Letter) -> Decision:
            if not belongs(letter.body):
                return Decision.STAYS
            bodies.append(letter.body)
            return Decision.GOES

        for url in self.deployed.queues_of_failures:
            Queue(self.client, url).each(decide)
        return len(bodies)

    def held_failures(self) -> Mapping[str, int]:
        """Returns how many messages each queue of failures hides, because another reader holds them."""
        counts = {url: Queue(self.client, url).counts() for url in self.deployed.queues_of_failures}
        return {url.rpartition("/")[2]: count.held + count.delayed for url, count in counts.items() if count.held}

    def in_flight(self) -> int:
        """Returns how many messages the consumers hold at this moment."""
        return sum(Queue(self.client, consumer.queue).counts().held for consumer in self.deployed.workers)


def is_about(body: str, user_id: UserId) -> bool:
    """Returns whether a message names the person as a value of its JSON, or anywhere in a message that is not JSON."""
    try:
        return str(user_id) in tolerant_json.strings(body)
    except tolerant_json.Unreadable:
        return bool(re.search(rf"(?<!{_ID_CHARACTER}){re.escape(str(user_id))}(?!{_ID_CHARACTER})", body))


def wait_until(condition: Callable[[], bool], *, patience: float, poll: float = 1.0) -> bool:
    """Returns whether the condition became true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(min(poll, patience))
    return True
