"""The Lambda handler of the table's stream, composed from the environment variables."""

import os

from adapters.clients import client
from adapters.dynamodb_webhooks import WebhookOwners
from adapters.sns_events import EventTopic
from adapters.sqs_parking import ParkedRecords
from processor.relay import relay

handler = relay(
    EventTopic(client("sns"), os.environ["TOPIC_ARN"]),
    ParkedRecords(client("sqs"), os.environ["UNRELAYED_QUEUE_URL"]),
    WebhookOwners(client("dynamodb"), os.environ["TABLE_NAME"]),
)
