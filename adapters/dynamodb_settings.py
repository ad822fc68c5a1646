"""Stores the settings of users in DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.items import deserialize, serialize
from adapters.settings_items import settings_item, settings_key, settings_of
from domain.identifiers import UserId
from domain.ports import SettingsRepository
from domain.settings import UserSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef


@dataclass(frozen=True, slots=True)
class DynamoDBSettings(SettingsRepository):
    """One item for each user who changed a setting, in the table of the tasks."""

    client: DynamoDBClient
    table_name: str

    def get(self, user_id: UserId) -> UserSettings:
        """Returns the settings. Makes one strongly consistent GetItem, which costs one read unit."""
        response = self.client.get_item(
            TableName=self.table_name, Key=serialize(settings_key(user_id)), ConsistentRead=True
        )
        return settings_of(user_id, deserialize(response.get("Item", {})))

    def save(self, settings: UserSettings) -> bool:
        """Put the item if the stored one is still the version that was read. Returns whether it was."""
        request: PutItemInputTypeDef = {
            "TableName": self.table_name,
            "Item": serialize(settings_item(settings)),
            "ConditionExpression": "attribute_not_exists(PK)",
        }
        if settings.version:
            request["ConditionExpression"] = "Version = :version"
            request["ExpressionAttributeValues"] = serialize({":version": settings.version})
        try:
            self.client.put_item(**request)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True
