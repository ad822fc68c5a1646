"""A table in memory with the CDK app's layout, and the Lambdas' code on top of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from adapters.indexes import create_table_request

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE_NAME = "tasks"

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    TABLE_NAME=TABLE_NAME,
    ACCEPTS_API_KEYS="true",
    TOPIC_ARN="arn:aws:sns:us-east-1:123456789012:events",
    UNRELAYED_QUEUE_URL="https://sqs.us-east-1.amazonaws.com/123456789012/unrelayed",
    DELIVERY_QUEUE_URL="https://sqs.us-east-1.amazonaws.com/123456789012/deliveries",
    WEBHOOK_MASTER_KEY_ARN="arn:aws:secretsmanager:us-east-1:123456789012:secret:master-key",
    GRAPHQL_URL="https://api.example.com/graphql",
    POWERTOOLS_SERVICE_NAME="test",
)
for variable in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(variable, None)

# A new session reads botocore's data of a service again for its first client: 100 ms of each test.
_SESSION = boto3.Session()


@pytest.fixture
def dynamodb() -> Iterator[DynamoDBClient]:
    """Yields a client of an empty table."""
    with mock_aws():
        boto3.DEFAULT_SESSION = _SESSION  # moto restores the earlier one
        client = boto3.client("dynamodb")
        create_table(client)
        yield client


def create_table(client: DynamoDBClient) -> None:
    """Create the empty table."""
    client.create_table(**create_table_request(TABLE_NAME))


@pytest.fixture(autouse=True)
def no_earlier_metrics() -> None:
    """Forget what earlier tests counted outside of an invocation: all metrics of a process share one set."""
    from processor.telemetry import metrics

    metrics.provider.clear_metrics()
