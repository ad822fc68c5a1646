"""The record of sent mails, in items that expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.items import Item, serialize
from domain.changes import TaskChange
from domain.identifiers import TaskId
from domain.mail import SentMails

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIFETIME = timedelta(days=3)  # longer than a change is sent by mail (processor/mail_change.py)
MAIL_PREFIX = "MAIL#"


@dataclass(frozen=True, slots=True)
class DynamoDBSentMails(SentMails):
    """One item for each change that a mail tells of, in the table of the tasks."""

    client: DynamoDBClient
    table_name: str

    def claim(self, change: TaskChange, at: datetime) -> bool:
        """Put the item, on the condition that there is none."""
        # An erasure finds the item by `UserId`.
        expires = {"UserId": str(change.user_id), "ExpiresAt": int((at + LIFETIME).timestamp())}
        try:
            self.client.put_item(
                TableName=self.table_name,
                Item=serialize(sent_mail_key(change.task_id, change.version) | expires),
                ConditionExpression="attribute_not_exists(PK)",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def release(self, change: TaskChange) -> None:
        """Delete the item."""
        key = sent_mail_key(change.task_id, change.version)
        self.client.delete_item(TableName=self.table_name, Key=serialize(key))


def sent_mail_key(task_id: TaskId, version: int) -> Item:
    """Returns the key of the record that a mail told of a change."""
    return {"PK": f"{MAIL_PREFIX}{task_id}", "SK": f"{MAIL_PREFIX}{version:010}"}
