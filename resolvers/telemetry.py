"""The logger and the metrics of the resolver Lambda."""

import os

from aws_lambda_powertools import Logger, Metrics

from adapters.contention import is_contention

logger = Logger()
metrics = Metrics(namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "TasksApi"))


def failure_metric(fault: Exception) -> str:
    """Returns the metric that counts an unexpected error: one that a user's own use can cause, or any other."""
    return "Throttled" if is_contention(fault) else "Failed"
