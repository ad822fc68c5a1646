"""The Lambda handler of the consumer of webhooks, composed from the environment variables."""

import os
from concurrent.futures import ThreadPoolExecutor

from adapters.clients import client
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_webhooks import DynamoDBWebhooks
from adapters.sqs_deliveries import SqsDeliveries
from processor.consumer import consumer
from processor.queue_batches import BATCH_SIZE
from webhooks.fan_out import FanOut

_dynamodb, _sqs = client("dynamodb"), client("sqs")
fan_out = FanOut(
    DynamoDBWebhooks(_dynamodb, os.environ["TABLE_NAME"]),
    DynamoDBErasures(_dynamodb, os.environ["TABLE_NAME"]),
    SqsDeliveries(lambda: _sqs, os.environ["DELIVERY_QUEUE_URL"]),
)
handler = consumer(fan_out, ThreadPoolExecutor(BATCH_SIZE))
