"""Extends the baseline by history, statistics and live updates, in the way that tutorials show.

One Lambda reads a queue on the topic. For each event it writes a history item, increments a counter and calls a
mutation that subscriptions listen to. It counts an event again when it is delivered twice.
"""

import json
import os
from typing import Any

import boto3
import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

logger = Logger()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
session = boto3.Session()
http = urllib3.PoolManager()

TYPES = {"TaskCreated": "CREATED", "TaskStatusChanged": "STATUS_CHANGED", "TaskCompleted": "COMPLETED"}
COUNTED = {"TaskCreated": "created", "TaskStatusChanged": "changed", "TaskCompleted": "completed"}
PUBLISH = """mutation($change: TaskChangeInput!) {
  publishTaskChange(change: $change) {
    event task { id userId title description status createdAt updatedAt completedAt version }
  }
}"""


@logger.inject_lambda_context
def process(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001 - Lambda's signature
    """Handle each message separately."""
    for record in event["Records"]:
        happened = json.loads(record["body"])
        task = happened["data"]
        table.put_item(
            Item={
                "PK": f"TASK#{task['id']}",
                "SK": f"EVENT#{happened['timestamp']}#{happened['event_id']}",
                "event_id": happened["event_id"],
                "event_type": happened["event_type"],
                "timestamp": happened["timestamp"],
                "status": task["status"],
            }
        )
        table.update_item(
            Key={"PK": f"USER#{task['user_id']}", "SK": "STATS"},
            UpdateExpression="ADD #counter :one",
            ExpressionAttributeNames={"#counter": COUNTED[happened["event_type"]]},
            ExpressionAttributeValues={":one": 1},
        )
        publish(TYPES[happened["event_type"]], task)
        logger.info("Event processed", extra={"event_id": happened["event_id"]})


def publish(event: str, task: dict[str, Any]) -> None:
    """Send one mutation. Raises RuntimeError when AppSync refuses it."""
    snapshot = {
        "id": task["id"],
        "userId": task["user_id"],
        "title": task["title"],
        "description": task["description"],
        "status": task["status"],
        "createdAt": task["created_at"],
        "updatedAt": task["updated_at"],
        "completedAt": task["completed_at"],
        "version": 1,
    }
    body = json.dumps({"query": PUBLISH, "variables": {"change": {"event": event, "task": snapshot}}})
    url = os.environ["GRAPHQL_URL"]
    request = AWSRequest("POST", url, {"content-type": "application/json"}, body)
    SigV4Auth(session.get_credentials(), "appsync", session.region_name).add_auth(request)  # type: ignore[arg-type] # there are some
    answer = http.request("POST", url, body=body, headers=dict(request.headers))
    if answer.status != 200 or "errors" in json.loads(answer.data):
        raise RuntimeError(f"HTTP {answer.status}: {answer.data!r}")
