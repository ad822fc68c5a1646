"""Takes messages from the queue and deletes those that were applied."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

_logger = logging.getLogger(__name__)


class Queue(Protocol):
    """The part of boto3's SQS client that `poll` uses."""

    @property
    def receive_message(self) -> Callable[..., Mapping[str, Any]]: ...

    @property
    def delete_message(self) -> Callable[..., object]: ...


def poll(client: Queue, queue_url: str, receive: Callable[[str], object], *, wait: int = 20) -> int:
    """Receive up to ten messages, waiting up to `wait` seconds for the first one. Returns how many were applied.

    A message for which `receive` raises stays: SQS delivers it again after the visibility timeout and moves it to the
    dead letters in the end. It delays no other message. The log names the message's id and never its content.
    """
    response = client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    applied = 0
    for message in response.get("Messages", []):
        try:
            receive(message["Body"])
        except Exception:
            _logger.exception("message %s could not be applied", message["MessageId"])
            continue
        client.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        applied += 1
    return applied
