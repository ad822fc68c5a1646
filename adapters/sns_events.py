"""Publishes messages to the SNS topic of changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters.time_budget import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_BATCH_SIZE = 10  # messages; PublishBatch takes no more (Amazon SNS API reference)


@dataclass(frozen=True, slots=True)
class Message:
    """The message of one change: its body, the types of its events for filter policies, and the id of its request."""

    event_types: tuple[str, ...]
    body: str
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventTopic:
    """Publishes messages to the topic, ten in each call."""

    client: SNSClient
    topic_arn: str

    def publish(self, messages: Sequence[Message], *, has_time: Callable[[], bool] = lambda: True) -> int:
        """Publish messages in order.

        Stops at the first batch that has a failure, and when no time is left for another batch. Returns the number of
        messages, counted from the first, that are certainly published. Raises botocore's error when the first call
        fails.
        """
        for start in range(0, len(messages), _BATCH_SIZE):
            if start and not has_time():
                return start
            batch = messages[start : start + _BATCH_SIZE]
            try:
                answer = self.client.publish_batch(
                    TopicArn=self.topic_arn,
                    PublishBatchRequestEntries=[
                        {
                            "Id": str(index),
                            "Message": message.body,
                            "MessageAttributes": {
                                "eventTypes": {
                                    "DataType": "String.Array",
                                    "StringValue": json.dumps(message.event_types),
                                }
                            },
                        }
                        for index, message in enumerate(batch)
                    ],
                )
            except (BotoCoreError, ClientError, OutOfTime):
                if not start:
                    raise
                return start
            if answer.get("Failed"):
                return start + min(int(failure["Id"]) for failure in answer["Failed"])
        return len(messages)
