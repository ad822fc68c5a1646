"""Starts a MiniStack for the benchmarks, with a table and a topic and without consumers."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from adapters.indexes import INDEXES, Index, create_table_request
from local import ministack
from local.settings import REGION, ROOT_KEY_ID, Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONNECTIONS = 8
BASELINE_INDEX = Index("BASELINE", ("GSI1PK",), ("GSI1SK",))


@dataclass(frozen=True)
class Cloud:
    """A cloud's endpoint and resources."""

    settings: Settings
    dynamodb: DynamoDBClient
    table_name: str
    topic_arn: str

    def environment(self) -> Mapping[str, str]:
        """Returns the environment variables of a Lambda in this cloud."""
        return self.settings.aws_environment() | {
            "TABLE_NAME": self.table_name,
            "TOPIC_ARN": self.topic_arn,
            "UNRELAYED_QUEUE_URL": f"{self.settings.aws_endpoint}/000000000000/unrelayed",
            "DELIVERY_QUEUE_URL": f"{self.settings.aws_endpoint}/000000000000/deliveries",
            "WEBHOOK_MASTER_KEY_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:master-key",
            "POWERTOOLS_SERVICE_NAME": "benchmark",
            "POWERTOOLS_METRICS_NAMESPACE": "Benchmark",
            "PYTHONDONTWRITEBYTECODE": "1",
        }


@contextlib.contextmanager
def a_cloud(data: Path, secret: str = "") -> Iterator[Cloud]:
    """Starts a cloud that keeps its data in this folder, and stops it afterwards.

    The secret is random if none is given.
    """
    secret = secret or secrets.token_hex(32)
    settings = Settings(port=free_port(), ministack_port=free_port(), tls_port=free_port(), data=data, secret=secret)
    process = ministack.start(settings)
    try:
        access: Any = {
            "endpoint_url": settings.aws_endpoint,
            "region_name": REGION,
            "aws_access_key_id": ROOT_KEY_ID,
            "aws_secret_access_key": settings.secret,
        }
        dynamodb: DynamoDBClient = boto3.client("dynamodb", config=Config(max_pool_connections=CONNECTIONS), **access)
        topic_arn = boto3.client("sns", **access).create_topic(Name="events")["TopicArn"]
        create_table(dynamodb, "tasks")
        yield Cloud(settings, dynamodb, "tasks", topic_arn)
    finally:
        process.stop()


def create_table(dynamodb: DynamoDBClient, name: str) -> None:
    """Creates a table with the keys of cdk/table.py and the baseline's index.

    The table has no stream, so that writes raise no events.
    """
    dynamodb.create_table(**create_table_request(name, (*INDEXES, BASELINE_INDEX)))


def free_port() -> int:
    """Returns a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
