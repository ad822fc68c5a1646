"""The Lambda handler of all resolved fields, composed from the environment variables."""

import os

from adapters.clients import client
from resolvers.application import lambda_handler
from resolvers.composition import compose
from resolvers.telemetry import logger

parts = compose(
    client("dynamodb"),
    os.environ["TABLE_NAME"],
    accepts_api_keys=os.environ.get("ACCEPTS_API_KEYS") == "true",
    correlation_id=logger.get_correlation_id,
    changes_per_minute=int(os.environ["CHANGES_PER_MINUTE"]) if "CHANGES_PER_MINUTE" in os.environ else None,
)
handler = lambda_handler(parts)
