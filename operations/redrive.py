"""Puts dead letters back: `python -m operations.redrive --dead-letters URL --queue URL [--inspect]`.

An operator's command, with the operator's own credentials (docs/runbook.md); no Lambda runs it. It moves by itself what
StartMessageMoveTask would move on AWS, because the local cloud (MiniStack 1.5) has no such call.
"""

import argparse
import json
import sys

import boto3

_BATCH = 10  # messages, as many as one call receives


def main() -> int:
    """Show some of the dead letters, or move those that are there back. 0 when that is done."""
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
    # Not until it is empty: what fails again comes back.
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
                # Sent before it is deleted: an interruption leaves it twice, which the projections count once.
                sqs.send_message(QueueUrl=options.queue, MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=options.dead_letters, ReceiptHandle=message["ReceiptHandle"])
        moved += len(received)
        if options.inspect or not received:
            break
    if not options.inspect:
        print(f"Moved: {moved}")
    return 0


def _summary(body: str) -> str:
    """Which change it is. Not what it says: that is somebody's."""
    try:
        message = json.loads(body)
        events = ", ".join(event["id"] for event in message["events"])
        return f"{events}, correlation id {message.get('correlationId')}"
    except (ValueError, KeyError, TypeError):
        return f"no change of ours ({len(body)} characters)"


if __name__ == "__main__":
    sys.exit(main())
