"""The relay publishes the changes in the outboxes of the table's stream to the topic, in order and without gaps."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from adapters.dynamodb_webhooks import CannotTell, WebhookOwners
from adapters.outbox_messages import UnreadableImage, is_rewrite, message_of
from adapters.sns_events import EventTopic, Message
from adapters.sqs_parking import CannotPark, ParkedRecords
from adapters.tracing import subsegment
from processor.telemetry import logger, metrics

TIME_OF_A_CALL = 10_000  # milliseconds; the maximum of a call of the AWS clients (adapters/clients.py)

Record = dict[str, Any]
"""A record of the stream, as Lambda passes it. `dynamodb` holds the images and the sequence number."""

Handler = Callable[..., dict[str, Any]]
"""A Lambda handler, which takes the event and the context and returns the failed records."""


def relay(topic: EventTopic, parked: ParkedRecords, webhooks: WebhookOwners) -> Handler:
    """Returns the handler of a Lambda that publishes the changes in a batch of stream records to the topic.

    The handler parks the records that it cannot read and those that SNS refuses for the sender's fault. It returns the
    sequence number of the first record that is not done, which Lambda uses as its checkpoint: Lambda delivers again
    from that record (Lambda Developer Guide, "Configuring partial batch response with DynamoDB"). It raises botocore's
    error when nothing could be published at all.
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        BUDGET.start(context.get_remaining_time_in_millis())
        records: list[Record] = event["Records"]
        messages: list[Message] = []
        places: list[int] = []  # the index of each message's record
        parkable: list[int] = []
        for place, record in enumerate(records):
            # A rewrite is recognized first: that of a tombstone, whose texts are gone, makes no message.
            if is_rewrite(record["dynamodb"]):
                continue
            try:
                message = message_of(record["dynamodb"])
            except UnreadableImage as fault:
                logger.exception("unreadable record", sequence_number=_sequence_number(record), reason=str(fault))
                parkable.append(place)
                continue
            messages.append(message)
            places.append(place)

        def has_time() -> bool:
            return context.get_remaining_time_in_millis() > TIME_OF_A_CALL

        publication = topic.publish(_marked(messages, webhooks), has_time=has_time)
        for position, code in publication.refused.items():
            place = places[position]
            logger.error("refused by SNS", sequence_number=_sequence_number(records[place]), reason=code)
            parkable.append(place)
        reached = places[publication.done] if publication.done < len(messages) else len(records)
        done = _park(parked, records, sorted(parkable), before=reached)
        metrics.add_metric("ChangesRelayed", MetricUnit.Count, publication.published)
        for message in messages[: publication.done]:
            with subsegment(message.type, message.correlation_id):  # the batch's call is in no single trace
                pass
        correlation_ids = sorted({message.correlation_id for message in messages if message.correlation_id})
        logger.info("relayed", messages=len(messages), published=publication.published, correlation_ids=correlation_ids)
        failures = [{"itemIdentifier": _sequence_number(records[done])}] if done < len(records) else []
        # Many changes of one user can make SNS throttle. Such a batch is no fault of this code.
        is_throttled = publication.is_throttled and done == reached
        metrics.add_metric("RecordsFailed", MetricUnit.Count, 0 if is_throttled else len(failures))
        if is_throttled:
            metrics.add_metric("RecordsThrottled", MetricUnit.Count, len(failures))
        return {"batchItemFailures": failures}

    return handler


def _marked(messages: Sequence[Message], webhooks: WebhookOwners) -> Sequence[Message]:
    """Returns the messages, of which those of owners without webhooks say so.

    If that cannot be read, none does: the consumer of webhooks then receives messages that it ignores.
    """
    try:
        without = webhooks.without_any({message.group for message in messages if message.group})
    except CannotTell:
        logger.exception("owners of webhooks could not be read")
        metrics.add_metric("WebhookOwnersUnread", MetricUnit.Count, 1)
        return messages
    return [replace(message, has_webhooks=message.group not in without) for message in messages]


def _park(parked: ParkedRecords, records: list[Record], parkable: list[int], *, before: int) -> int:
    """Park the records of the list before an index. Returns the index of the first record that is not done."""
    for place in parkable:
        if place > before:
            break
        try:
            parked.park(records[place])
        except CannotPark:
            logger.exception("a record could not be parked")
            return place
        metrics.add_metric("RecordsParked", MetricUnit.Count, 1)
    return before


def _sequence_number(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
