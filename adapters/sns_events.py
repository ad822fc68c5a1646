"""Publishes messages to the SNS topic of changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from adapters.contention import is_contention
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
class Publication:
    """The messages, counted from the first, that are done: either published or refused for the sender's fault.

    `refused` maps the positions of refused messages to SNS's error codes. Publishing them again cannot succeed.
    """

    done: int
    refused: Mapping[int, str]
    is_throttled: bool = False  # whether a throttle ended it

    @property
    def published(self) -> int:
        """The number of messages that are certainly published."""
        return self.done - len(self.refused)


@dataclass(frozen=True, slots=True)
class EventTopic:
    """Publishes messages to the topic, ten in each call."""

    client: SNSClient
    topic_arn: str

    def publish(self, messages: Sequence[Message], *, has_time: Callable[[], bool] = lambda: True) -> Publication:
        """Publish messages in order.

        Stops at the first batch that has a failure which may pass, and when no time is left for another batch. Raises
        botocore's error when the first call fails, unless SNS throttles it.
        """
        refused: dict[int, str] = {}
        for start in range(0, len(messages), _BATCH_SIZE):
            if start and not has_time():
                return Publication(start, refused)
            batch = messages[start : start + _BATCH_SIZE]
            try:
                response = self.client.publish_batch(
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
            except (BotoCoreError, ClientError, OutOfTime) as fault:
                is_throttled = is_contention(fault)
                if not start and not is_throttled:
                    raise
                return Publication(start, refused, is_throttled)
            failures = {start + int(failure["Id"]): failure for failure in response.get("Failed", [])}
            may_pass = [position for position, failure in failures.items() if not failure["SenderFault"]]
            done = min(may_pass, default=start + len(batch))
            refused |= {position: failure["Code"] for position, failure in failures.items() if position < done}
            if may_pass:
                return Publication(done, refused)
        return Publication(len(messages), refused)
