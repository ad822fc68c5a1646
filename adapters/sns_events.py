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
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishBatchRequestEntryTypeDef

_BATCH_SIZE = 10  # messages; PublishBatch takes no more (Amazon SNS API reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The message of one change: its body, what filter policies and CloudEvents read, and the id of its request.

    `id` is unique among the topic's messages, `type` is the type of the last event, `subject` the id of the task,
    `time` a timestamp text, and `schema` the URI of the body's JSON Schema. `status` is the task's. Queues are fair
    among the groups, so that a flood of one group delays the others less. `has_webhooks` is false only if the owner
    certainly has none: the consumer of webhooks does not receive such a message.
    """

    body: str
    event_types: tuple[str, ...]
    id: str
    type: str
    time: str
    schema: str
    subject: str | None = None
    status: str | None = None
    correlation_id: str | None = None
    group: str | None = None
    has_webhooks: bool = True

    def attributes(self, source: str) -> Mapping[str, MessageAttributeValueTypeDef]:
        """Returns the message attributes: CloudEvents 1.0 with its own names, `eventTypes`, `status` and `webhooks`.

        There are at most ten, because SNS discards a message with more than ten instead of delivering it raw to a
        queue (Amazon SNS Developer Guide, "Message attributes"). SNS refuses an empty value, which is left out.
        """
        texts = {
            "specversion": "1.0",
            "id": self.id,
            "source": source,
            "type": self.type,
            "time": self.time,
            "dataschema": self.schema,
            "subject": self.subject,
            "status": self.status,
            "webhooks": None if self.has_webhooks else "none",
        }
        return {
            "eventTypes": {"DataType": "String.Array", "StringValue": json.dumps(self.event_types)},
            **{name: {"DataType": "String", "StringValue": text} for name, text in texts.items() if text},
        }


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
                    PublishBatchRequestEntries=[self._entry(index, message) for index, message in enumerate(batch)],
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

    def _entry(self, index: int, message: Message) -> PublishBatchRequestEntryTypeDef:
        entry: PublishBatchRequestEntryTypeDef = {
            "Id": str(index),
            "Message": message.body,
            "MessageAttributes": message.attributes(self.topic_arn),
        }
        if message.group is not None:
            # A standard topic hands the group on to standard queues, which it makes fair (Amazon SNS API reference,
            # PublishBatchRequestEntry).
            entry["MessageGroupId"] = message.group
        return entry
