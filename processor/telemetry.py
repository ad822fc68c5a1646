"""The event path's logs and metrics."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
