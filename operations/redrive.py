"""Moves dead letters back to their queue: `python -m operations.redrive --dead-letters URL --queue URL [--inspect]`.

An operator runs this command with their own credentials (docs/runbook.md). No Lambda runs it. The command moves each
message itself, because the local cloud (MiniStack 1.5) does not support StartMessageMoveTask.
"""

import argparse
import json
import sys

import boto3

_BATCH = 10  # messages; the maximum of one call


def main() -> int:
    """Show some of the dead letters, or move the present ones back. Returns the exit code 0."""
    parser = argparse.ArgumentParser(prog="operations.redrive")
    parser.add_argument("--dead-letters", required=True, help="the dead-letter queue's URL")
    parser.add_argument("--queue", required=True, help="the URL of the queue that they go back to")
    parser.add_argument("--inspect", action="store_true", help="only show what is there")
    options = parser.parse_args()
    sqs = boto3.client("sqs")
    asked = sqs.get_queue_attributes(QueueUrl=options.dead_letters, AttributeNames=["ApproximateNumberOfMessages"])
    there = int(asked["Attributes"]["ApproximateNumberOfMessages"])
    print(f"Dead letters: {there}")
    moved = 0
    # The loop does not wait for an empty queue, because messages that fail again return to it.
    while moved < there:
        received = sqs.receive_message(
            QueueUrl=options.dead_letters,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=0 if options.inspect else 60,
            WaitTimeSeconds=1,
        ).get("Messages", [])
        for message in received:
            print(f"{message['MessageId']}: {_summary(message['Body'])}")
            if not options.inspect:
                # The message is sent before it is deleted. An interruption may duplicate it, and the projections count
                # it once.
                sqs.send_message(QueueUrl=options.queue, MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=options.dead_letters, ReceiptHandle=message["ReceiptHandle"])
        moved += len(received)
        if options.inspect or not received:
            break
    if not options.inspect:
        print(f"Moved: {moved}")
    return 0


def _summary(body: str) -> str:
    """Returns which change a message is about, without its content, which is personal."""
    try:
        message = json.loads(body)
        events = ", ".join(event["id"] for event in message["events"])
        return f"{events}, correlation id {message.get('correlationId')}"
    except (ValueError, KeyError, TypeError):
        return f"no change of ours ({len(body)} characters)"


if __name__ == "__main__":
    sys.exit(main())
