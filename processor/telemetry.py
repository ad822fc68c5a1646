"""The logger and the metrics of the event path's Lambdas."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
