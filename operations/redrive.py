"""Moves dead letters back to their queues, or shows them.

The command moves each message itself, because the local cloud (MiniStack 1.5) does not support StartMessageMoveTask.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import boto3

from operations import tolerant_json
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.output import say

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10  # messages; the maximum of one call


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--inspect", action="store_true", help="only show what is there")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Show some of the dead letters of each consumer, or move the present ones back to the consumer's queue."""
    sqs = boto3.client("sqs")
    for consumer in deployed.consumers:
        for letters in (consumer.dead_letters, consumer.undelivered):
            _redrive(sqs, letters, consumer.queue, inspects=options.inspect)
    return ExitCode.DONE


def _redrive(sqs: SQSClient, letters: str, queue: str, *, inspects: bool) -> None:
    attributes = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["ApproximateNumberOfMessages"])
    present = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
    say(f"{letters.rpartition('/')[2]}: {present} messages")
    moved = 0
    # The loop does not wait for an empty queue, because messages that fail again return to it.
    while moved < present:
        messages = sqs.receive_message(
            QueueUrl=letters,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=0 if inspects else 60,
            WaitTimeSeconds=1,
        ).get("Messages", [])
        for message in messages:
            say(f"{message['MessageId']}: {summary_of(message['Body'])}")
            if not inspects:
                # The message is sent before it is deleted. An interruption may duplicate it, and the projections count
                # it once.
                sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=letters, ReceiptHandle=message["ReceiptHandle"])
        moved += len(messages)
        if inspects or not messages:
            break
    if not inspects:
        say(f"Moved: {moved}")


def summary_of(body: str) -> str:
    """Returns which change a message is about, without its content, which is personal."""
    try:
        message = tolerant_json.read(body)
    except tolerant_json.Unreadable as fault:
        return f"no change of ours, {fault} ({len(body)} characters)"
    events = tolerant_json.field(message, "events")
    ids = [tolerant_json.field(event, "id") for event in events] if isinstance(events, list) else []
    if not ids or not all(isinstance(event_id, str) for event_id in ids):
        return f"no change of ours ({len(body)} characters)"
    correlation_id = tolerant_json.field(message, "correlationId")
    return f"{', '.join(map(str, ids))}, correlation id {correlation_id if isinstance(correlation_id, str) else None}"
