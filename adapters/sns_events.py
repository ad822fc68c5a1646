"""The topic that every change goes to."""

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
    """One change on its way: the types of its events, for filter policies, its body, and the id of its request."""

    event_types: tuple[str, ...]
    body: str
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventTopic:
    """Publishes messages, ten a call."""

    client: SNSClient
    topic_arn: str

    def publish(self, messages: Sequence[Message], *, has_time: Callable[[], bool] = lambda: True) -> int:
        """Publish in order, and stop at the first batch with a failure or when there is no time for another.

        Returns how many messages from the start are published for sure: all of them, or the index of the first that
        is not. Raises what botocore raises when the very first call fails.
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
