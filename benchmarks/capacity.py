"""Computes the capacity that DynamoDB calls consume, by DynamoDB's rules, from the items on the wire.

The emulator's ConsumedCapacity ignores item sizes. Sources: DynamoDB Developer Guide, "DynamoDB item sizes and
formats", "DynamoDB read and write operations", "Provisioned throughput considerations for global secondary indexes".
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.indexes import INDEXES, Index
from benchmarks.cloud import BASELINE_INDEX

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_READ_UNIT, _WRITE_UNIT = 4096, 1024  # bytes
_INDEXES = (*INDEXES, BASELINE_INDEX)
_TRANSACTION = 2  # factor on the units of the same writes outside a transaction

Item = Mapping[str, Any]
"""An item in AttributeValue form."""


@dataclass(frozen=True)
class Units:
    """The read and write units that DynamoDB bills."""

    read: float
    write: float


def units_of(calls: Sequence[tuple[str, str, str]]) -> Units:
    """Returns the units that the DynamoDB calls of one invocation consume.

    Each call is (service.operation, request, answer). A put is assumed to replace the item of its key that was read
    before it, as in both designs. Raises ValueError for an operation that neither design uses.
    """
    read, write = 0.0, 0
    previous: dict[str, Item] = {}
    for name, sent, answered in calls:
        service, operation = name.split(".")
        if service != "dynamodb":
            continue
        request = json.loads(sent)
        if operation == "GetItem":
            items = [item] if (item := json.loads(answered).get("Item")) else []
            previous |= {_key(item): item for item in items}
            read += read_units(items, consistent=request.get("ConsistentRead", False))
        elif operation == "BatchGetItem":
            answer = json.loads(answered)
            previous |= {_key(item): item for items in answer["Responses"].values() for item in items}
            read += _batch_units(request, answer)
        elif operation == "Query":
            read += read_units(json.loads(answered)["Items"], consistent=request.get("ConsistentRead", False))
        elif operation == "PutItem":
            write += put_units(request["Item"], previous.get(_key(request["Item"])))
        elif operation == "TransactWriteItems":
            write += _TRANSACTION * sum(map(_transacted, request["TransactItems"]))
        elif operation == "UpdateItem":
            write += 1  # as in a transaction: counters
        else:
            raise ValueError(f"neither design makes a {operation}")
    return Units(read, write)


def _key(item: Item) -> str:
    return json.dumps([item.get("PK"), item.get("SK")])


def with_whole_items(calls: Sequence[tuple[str, str, str]], dynamodb: DynamoDBClient) -> Sequence[tuple[str, str, str]]:
    """Returns the calls, with whole items in the answers to queries that ask for some attributes only.

    DynamoDB bills the items that it reads, whatever it returns of them ("Query operations in DynamoDB"). Each such
    query is sent again, so call this before the table changes.
    """
    return [(name, sent, _whole_answer(name, sent, answered, dynamodb)) for name, sent, answered in calls]


def _whole_answer(name: str, sent: str, answered: str, dynamodb: DynamoDBClient) -> str:
    if name != "dynamodb.Query" or "ProjectionExpression" not in (request := json.loads(sent)):
        return answered
    del request["ProjectionExpression"]
    # DynamoDB refuses names that no expression uses.
    in_keys = set(re.findall(r"#\w+", request.get("KeyConditionExpression", "")))
    names = {alias: name for alias, name in request.pop("ExpressionAttributeNames", {}).items() if alias in in_keys}
    request |= {"ExpressionAttributeNames": names} if names else {}
    return json.dumps({"Items": dynamodb.query(**request)["Items"]})


def item_size(item: Item) -> int:
    """Returns the bytes of an item: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(items: Sequence[Item], *, consistent: bool) -> float:
    """Returns the units of a GetItem or Query that read these items: the sum of their sizes, rounded up."""
    units = max(math.ceil(sum(map(item_size, items)) / _READ_UNIT), 1)
    return units if consistent else units / 2


def _batch_units(request: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Returns the units of a BatchGetItem, which rounds each of its reads up, those of missing items too."""
    units = 0.0
    for table, wanted in request["RequestItems"].items():
        consistent = wanted.get("ConsistentRead", False)
        present = answer.get("Responses", {}).get(table, [])
        missing = len(wanted["Keys"]) - len(present)
        units += sum(read_units([item], consistent=consistent) for item in present)
        units += missing * read_units([], consistent=consistent)
    return units


def put_units(item: Item, previous: Item | None) -> int:
    """Returns the units of replacing the previous item: in the table and in each index that holds or held it."""
    return max(_write_units(item), _write_units(previous)) + sum(
        _index_units(item, previous, index) for index in _INDEXES
    )


def _index_units(item: Item, previous: Item | None, index: Index) -> int:
    """Returns the units in one index. An entry whose key changes is deleted and put again, which are two writes."""
    entries = [entry if entry and set(index.attributes) <= entry.keys() else None for entry in (item, previous)]
    now, before = entries
    keys = [[entry[name] for name in index.attributes] for entry in entries if entry]
    if len(keys) == 2 and keys[0] != keys[1]:
        return _write_units(now) + _write_units(before)
    return max(_write_units(now), _write_units(before))


def _transacted(write: Mapping[str, Any]) -> int:
    # An update's request does not contain the item. Only counters are updated, of one or two hundred bytes.
    return put_units(write["Put"]["Item"], None) if "Put" in write else 1


def _write_units(item: Item | None) -> int:
    return math.ceil(item_size(item) / _WRITE_UNIT) if item else 0


def _value_size(value: Mapping[str, Any]) -> int:
    (kind, content), *_ = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content.strip("-").replace(".", "")) // 2 + 2
    if kind == "L":
        return 3 + sum(1 + _value_size(entry) for entry in content)
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValueError(f"no item of ours has {kind}")
