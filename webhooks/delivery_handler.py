"""The Lambda handler of the queue of deliveries, composed from the environment variables."""

import os
from concurrent.futures import ThreadPoolExecutor

from adapters.clients import client
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_webhooks import DynamoDBWebhooks
from adapters.endpoints import Endpoints, trust
from adapters.sqs_deliveries import SqsDeliveries
from adapters.webhook_secrets import DerivedSecrets
from processor.queue_batches import BATCH_SIZE
from webhooks.batches import deliveries
from webhooks.deliver import Deliver

_dynamodb, _sqs, _secrets = client("dynamodb"), client("sqs"), client("secretsmanager")
_authority = os.environ.get("LOOPBACK_AUTHORITY")
deliver = Deliver(
    DynamoDBWebhooks(_dynamodb, os.environ["TABLE_NAME"]),
    DerivedSecrets(lambda: _secrets, os.environ["WEBHOOK_MASTER_KEY_ARN"]),
    DynamoDBErasures(_dynamodb, os.environ["TABLE_NAME"]),
    SqsDeliveries(lambda: _sqs, os.environ["DELIVERY_QUEUE_URL"]),
    Endpoints(trust(_authority)),
    allows_loopback=_authority is not None,
)
handler = deliveries(deliver, ThreadPoolExecutor(BATCH_SIZE))
