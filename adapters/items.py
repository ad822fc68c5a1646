"""Items as plain Python values, and their form in the DynamoDB API. The layout of each kind is in one module.

| item | module |
|---|---|
| task, tombstone | `task_items` with `detail_attributes` and `event_attributes`; lists of tasks: `list_partitions` |
| change of a task's history | `history_items` |
| a user's statistics, settings, webhooks | `statistics_items`, `settings_items`, `webhook_items` |
| items of earlier releases | `earlier_layouts` |
| records: spent budget, listeners, ended access, sent mail, erased person | the `dynamodb_…` of the record |
| secrets that the product makes for itself | `stored_secret` |

Attribute names are in PascalCase. Keys of the table and its indexes: `indexes`. Why one table:
docs/decisions/0002-single-table.md.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from adapters.timestamps import from_text

Item = dict[str, Any]  # strings, integers, booleans, and lists of them; numbers that were read are Decimal

_serializer, _deserializer = TypeSerializer(), TypeDeserializer()


def serialize(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the item in the form of the DynamoDB API: {"Title": {"S": "…"}, …}.

    Raises TypeError for a value that an item cannot hold.
    """
    return {name: _serializer.serialize(value) for name, value in item.items()}


def deserialize(image: Mapping[str, Any]) -> Item:
    """Returns the item of an API answer or a stream record. Raises TypeError for a malformed attribute value."""
    return {name: _deserializer.deserialize(value) for name, value in image.items()}


def moment_of(item: Item, name: str) -> datetime | None:
    """Returns the time in an attribute, or None for an item without it."""
    return from_text(item[name]) if name in item else None
