"""The keys of the table and of its indexes (docs/decisions/0019-index-keys-are-attributes.md).

The CDK app, the tests and the benchmarks create their tables from these values. All keys are texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import CreateTableInputTypeDef, KeySchemaElementTypeDef

TABLE_KEY = ("PK", "SK")


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index, which projects every attribute.

    A query names all attributes of the partition key and may name those of the sort key from left to right. An item
    that lacks one of the attributes is not in the index (DynamoDB Developer Guide, "Using Global Secondary Indexes").
    """

    name: str
    partition_key: Sequence[str]
    sort_key: Sequence[str]

    @property
    def attributes(self) -> Sequence[str]:
        """The attributes that an item must have to be in the index."""
        return (*self.partition_key, *self.sort_key)


# Only a task that is not deleted has CreatedAt.
BY_USER = Index("GSI1", ("UserId",), ("CreatedAt", "TaskId"))
BY_STATUS = Index("GSI2", ("UserId", "Status"), ("CreatedAt", "TaskId"))
# Only an open task with a due date has OpenDue.
BY_DUE = Index("GSI3", ("UserId",), ("OpenDue",))
# Only a history item has RecordedAt.
BY_RECORDING = Index("GSI4", ("UserId",), ("RecordedAt", "TaskId"))
# Only an open task with a reminder has the two. All of them together would be one partition without the shard.
BY_REMINDER = Index("GSI5", ("ReminderShard",), ("ReminderDue",))
INDEXES = (BY_USER, BY_STATUS, BY_DUE, BY_RECORDING, BY_REMINDER)


def create_table_request(name: str, indexes: Sequence[Index] = INDEXES) -> CreateTableInputTypeDef:
    """Returns the CreateTable request of a table on demand with these keys, for a cloud without CloudFormation."""
    attributes = dict.fromkeys([*TABLE_KEY, *(attribute for index in indexes for attribute in index.attributes)])
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes],
        "KeySchema": _key_schema(TABLE_KEY[:1], TABLE_KEY[1:]),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index.name,
                "KeySchema": _key_schema(index.partition_key, index.sort_key),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in indexes
        ],
    }


def _key_schema(partition_key: Sequence[str], sort_key: Sequence[str]) -> Sequence[KeySchemaElementTypeDef]:
    keys: list[KeySchemaElementTypeDef] = [{"AttributeName": name, "KeyType": "HASH"} for name in partition_key]
    keys += [{"AttributeName": name, "KeyType": "RANGE"} for name in sort_key]
    return keys
