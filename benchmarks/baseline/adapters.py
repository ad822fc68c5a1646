"""The baseline's table and topic."""

from collections.abc import Mapping
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

from .domain import DomainEvent, Task


class DynamoDBTaskRepository:
    """Tasks in a single table, by boto3's resource."""

    def __init__(self, table_name: str) -> None:
        self._table = boto3.resource("dynamodb").Table(table_name)

    def save(self, task: Task) -> None:
        """One PutItem, without a condition."""
        self._table.put_item(
            Item={
                "PK": f"TASK#{task.id}",
                "SK": f"TASK#{task.id}",
                "GSI1PK": f"USER#{task.user_id}",
                "GSI1SK": f"TASK#{task.created_at}#{task.id}",
                **task.model_dump(mode="json", exclude_none=True),
            }
        )

    def find_by_id(self, task_id: str) -> Task | None:
        """One GetItem."""
        answer = self._table.get_item(Key={"PK": f"TASK#{task_id}", "SK": f"TASK#{task_id}"})
        return Task(**_attributes(answer["Item"])) if "Item" in answer else None

    def find_by_user(self, user_id: str, limit: int) -> list[Task]:
        """One Query."""
        answer = self._table.query(
            IndexName="BASELINE",
            KeyConditionExpression=Key("GSI1PK").eq(f"USER#{user_id}"),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [Task(**_attributes(item)) for item in answer["Items"]]


class SNSEventPublisher:
    """Publishes events to the topic with one call each."""

    def __init__(self, topic_arn: str) -> None:
        self._sns = boto3.client("sns")
        self._topic_arn = topic_arn

    def publish(self, event: DomainEvent) -> None:
        """One Publish."""
        self._sns.publish(
            TopicArn=self._topic_arn,
            Message=event.model_dump_json(),
            MessageAttributes={"eventType": {"DataType": "String", "StringValue": event.event_type}},
        )


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in Task.model_fields}
