"""The relay: what the table's stream shows in outboxes goes to the topic, in order, and nothing is skipped."""

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import client
from adapters.outbox import messages_of
from adapters.sns_events import EventTopic, Message
from domain.errors import DomainError

logger = Logger()
topic = EventTopic(client("sns"), os.environ["TOPIC_ARN"])


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Publish the events of a batch of stream records.

    Answers the sequence number of the first record that is not wholly published: Lambda takes it as its checkpoint
    and delivers from there again (Lambda Developer Guide, "Configuring partial batch response with DynamoDB").
    """
    messages: list[Message] = []
    owners: list[str] = []  # the record, by sequence number, that each message comes from
    unreadable: str | None = None
    for record in event["Records"]:
        sequence_number = record["dynamodb"]["SequenceNumber"]
        try:
            found = messages_of(record["dynamodb"]["NewImage"])
        except (KeyError, TypeError, ValueError, DomainError):
            logger.exception("unreadable record", sequence_number=sequence_number)
            unreadable = sequence_number
            break
        messages += found
        owners += [sequence_number] * len(found)
    published = topic.publish(messages)
    correlation_ids = sorted({message.correlation_id for message in messages if message.correlation_id})
    logger.info("relayed", messages=len(messages), published=published, correlation_ids=correlation_ids)
    first_failure = owners[published] if published < len(messages) else unreadable
    return {"batchItemFailures": [{"itemIdentifier": first_failure}] if first_failure else []}
