"""The topic that every domain event goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_BATCH_SIZE = 10  # messages; PublishBatch takes no more (Amazon SNS API reference)


@dataclass(frozen=True, slots=True)
class Message:
    """One event on its way: its type, which filter policies can read, its body, and the request that it is from."""

    event_type: str
    body: str
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventTopic:
    """Publishes messages, ten a call."""

    client: SNSClient
    topic_arn: str

    def publish(self, messages: Sequence[Message]) -> int:
        """Publish in order and stop at the first batch with a failure.

        Returns how many messages from the start are published for sure: all of them, or the index of the first that
        is not. Raises what botocore raises only when the very first call fails.
        """
        for start in range(0, len(messages), _BATCH_SIZE):
            batch = messages[start : start + _BATCH_SIZE]
            answer = self.client.publish_batch(
                TopicArn=self.topic_arn,
                PublishBatchRequestEntries=[
                    {
                        "Id": str(index),
                        "Message": message.body,
                        "MessageAttributes": {"eventType": {"DataType": "String", "StringValue": message.event_type}},
                    }
                    for index, message in enumerate(batch)
                ],
            )
            if answer.get("Failed"):
                return start + min(int(failure["Id"]) for failure in answer["Failed"])
        return len(messages)
