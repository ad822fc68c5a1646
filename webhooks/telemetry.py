"""The logger and the metrics of the Lambda that delivers messages."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
