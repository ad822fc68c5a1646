"""The resolver Lambda with its production handler and parts that use the table in memory."""

from adapters.clients import client
from resolvers.application import lambda_handler
from resolvers.composition import compose
from resolvers.telemetry import logger
from tests.in_memory_webhooks import InMemoryQueue, settings
from tests.integration.conftest import TABLE_NAME

dynamodb = client("dynamodb")
queue = InMemoryQueue()
parts = compose(
    dynamodb,
    TABLE_NAME,
    accepts_api_keys=True,
    correlation_id=logger.get_correlation_id,
    webhooks=settings(queue=queue),
)
handler = lambda_handler(parts)
