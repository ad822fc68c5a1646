"""Counts the bytes that a completion logs, for docs/cost.md: `python -m benchmarks.log_bytes` prints a table.

The Lambdas' code runs on an in-memory table and writes our own lines. The lengths of the platform's lines (START, END,
REPORT with its X-Ray line) come from Lambda's documentation ("Understanding Lambda logs").
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from moto import mock_aws

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_projections import DynamoDBProjections
from benchmarks.bills import PLATFORM_LOG
from benchmarks.cloud import create_table
from benchmarks.events import body_of, queue_event, stream_event
from benchmarks.request_path import field_event
from benchmarks.worker import Context
from cdk.bundling import ROOT
from domain.changes import TaskChange
from domain.ports import LiveUpdates
from processor.consumer import consumer
from processor.follow_change import EveryoneListens, FollowChange

_MARK = "-- "


class _Subscribers(LiveUpdates):
    """Accepts live updates in place of AppSync."""

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        pass


def main() -> None:
    """Print the bytes of each Lambda."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.log_bytes", "--child"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "TABLE_NAME": "tasks",
            "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:events",
            "UNRELAYED_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/unrelayed",
            "GRAPHQL_URL": "https://api.example.com/graphql",
            "POWERTOOLS_METRICS_NAMESPACE": "TasksApi",
            "POWERTOOLS_SERVICE_NAME": "resolver",
        },
    )
    print("| invocation | ours | with the platform's |\n|---|---|---|")
    total = 0
    for part in done.stdout.split(_MARK)[1:]:
        name, _, lines = part.partition("\n")
        total += len(lines.encode()) + PLATFORM_LOG
        print(f"| {name} | {len(lines.encode())} | {len(lines.encode()) + PLATFORM_LOG} |")
    print(f"| a completion | | {total} |")


def _complete() -> None:
    with mock_aws():
        create_table(boto3.client("dynamodb"), "tasks")
        boto3.client("sns").create_topic(Name="events")
        from processor.relay_handler import handler as relay
        from resolvers.handler import handler

        context: Any = Context()
        created: Any = handler(dict(field_event("create", "u", {"input": {"userId": "u", "title": "T"}})), context)
        id_ = created["data"]["id"]
        print(f"{_MARK}resolver, completeTask")
        handler(dict(field_event("complete", "u", {"id": id_})), context)
        key = {"PK": {"S": f"TASK#{id_}"}, "SK": {"S": f"TASK#{id_}"}}
        image = boto3.client("dynamodb").get_item(TableName="tasks", Key=key)["Item"]
        print(f"{_MARK}relay")
        relay(dict(stream_event([image])), context)
        print(f"{_MARK}processor")
        dynamodb = boto3.client("dynamodb")
        follow_change = FollowChange(
            DynamoDBProjections(dynamodb, "tasks"),
            _Subscribers(),
            DynamoDBErasures(dynamodb, "tasks"),
            EveryoneListens(),
        )
        consumer(follow_change, ThreadPoolExecutor(1))(dict(queue_event([body_of(image)])), context)


if __name__ == "__main__":
    if "--child" in sys.argv:
        _complete()
    else:
        main()
