"""Queues with encryption, TLS and a retention that gives operators time."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

RETENTION = Duration.days(14)  # the maximum (Amazon SQS Developer Guide, "Amazon SQS message quotas")


def kept_queue(
    scope: Construct,
    construct_id: str,
    *,
    visibility_timeout: Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    """Returns a new queue that keeps its messages for 14 days."""
    return sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        visibility_timeout=visibility_timeout,
        retention_period=RETENTION,
        dead_letter_queue=dead_letter_queue,
    )
