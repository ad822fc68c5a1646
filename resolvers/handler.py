"""The Lambda handler of all resolved fields, composed from the environment variables."""

import gc

gc.disable()  # the imports leave no garbage, and looking for some took a sixth of a cold start

import os
from functools import cache

from adapters.clients import client
from adapters.sqs_deliveries import SqsDeliveries
from adapters.webhook_secrets import DerivedSecrets
from domain.budget import DAY, MINUTE, Limit, Work
from resolvers.application import lambda_handler
from resolvers.composition import WebhookSettings, compose
from resolvers.telemetry import logger

# The environment variables of the limits, of which a stage has all and a test may have none.
_LIMITS = {
    "CHANGES_PER_MINUTE": (Work.CHANGES, MINUTE),
    "CHANGES_PER_DAY": (Work.CHANGES, DAY),
    "READS_PER_DAY": (Work.READS, DAY),
    "SUBSCRIPTIONS_PER_DAY": (Work.SUBSCRIPTIONS, DAY),
}

parts = compose(
    client("dynamodb"),
    os.environ["TABLE_NAME"],
    accepts_api_keys=os.environ.get("ACCEPTS_API_KEYS") == "true",
    correlation_id=logger.get_correlation_id,
    # These clients are made when they are first used: most invocations need neither.
    webhooks=WebhookSettings(
        DerivedSecrets(cache(lambda: client("secretsmanager")), os.environ["WEBHOOK_MASTER_KEY_ARN"]),
        SqsDeliveries(cache(lambda: client("sqs")), os.environ["DELIVERY_QUEUE_URL"]),
        allows_loopback="LOOPBACK_AUTHORITY" in os.environ,
    ),
    limits=[
        Limit(work, period, int(os.environ[name])) for name, (work, period) in _LIMITS.items() if name in os.environ
    ],
)
handler = lambda_handler(parts)

gc.freeze()  # later collections pass over what was imported
gc.enable()
