"""DynamoDB's own rules of what a call consumes, applied to the items that cross the wire.

The emulator's ConsumedCapacity does not look at sizes. Sources: DynamoDB Developer Guide, "DynamoDB item sizes and
formats", "DynamoDB read and write operations", "Provisioned throughput considerations for global secondary indexes".
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_READ_UNIT, _WRITE_UNIT = 4096, 1024  # bytes
_INDEXES = ("GSI1", "GSI2")  # each holds all attributes of the items that have its keys
_TRANSACTION = 2  # times what the same writes take outside one

Item = Mapping[str, Any]
"""In AttributeValue form."""


@dataclass(frozen=True)
class Units:
    """What DynamoDB bills."""

    read: float
    write: float


def units_of(calls: Sequence[tuple[str, str, str]]) -> Units:
    """What the DynamoDB calls of one invocation consume: (service.operation, request, answer) of each.

    An item that is put replaces the one that was read before it, as both designs do. Raises ValueError for an
    operation that neither makes.
    """
    read, write = 0.0, 0
    previous: Item | None = None
    for name, asked, answered in calls:
        service, operation = name.split(".")
        if service != "dynamodb":
            continue
        request = json.loads(asked)
        if operation == "GetItem":
            previous = json.loads(answered).get("Item")
            read += read_units([previous] if previous else [], consistent=request.get("ConsistentRead", False))
        elif operation == "Query":
            read += read_units(json.loads(answered)["Items"], consistent=request.get("ConsistentRead", False))
        elif operation == "PutItem":
            write += put_units(request["Item"], previous)
        elif operation == "TransactWriteItems":
            write += _TRANSACTION * sum(map(_transacted, request["TransactItems"]))
        elif operation == "UpdateItem":
            write += 1  # as in a transaction: counters
        else:
            raise ValueError(f"neither design makes a {operation}")
    return Units(read, write)


def item_size(item: Item) -> int:
    """Bytes of an item: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(items: Sequence[Item], *, consistent: bool) -> float:
    """Of a GetItem or Query that read these items: their sizes added up, then rounded."""
    units = max(math.ceil(sum(map(item_size, items)) / _READ_UNIT), 1)
    return units if consistent else units / 2


def put_units(item: Item, previous: Item | None) -> int:
    """Of writing this item over the previous one, to the table and to each index that holds or held it."""
    return max(_write_units(item), _write_units(previous)) + sum(
        _index_units(item, previous, name) for name in _INDEXES
    )


def _index_units(item: Item, previous: Item | None, index: str) -> int:
    """An entry whose key changes is deleted and put again: two writes."""
    now = item if f"{index}PK" in item else None
    before = previous if previous and f"{index}PK" in previous else None
    keys = [(entry[f"{index}PK"], entry[f"{index}SK"]) for entry in (now, before) if entry]
    if len(keys) == 2 and keys[0] != keys[1]:
        return _write_units(now) + _write_units(before)
    return max(_write_units(now), _write_units(before))


def _transacted(write: Mapping[str, Any]) -> int:
    # An update's request does not show the item. Those that are updated are counters, a hundred bytes or two.
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
        return 3 + sum(1 + _value_size(one) for one in content)
    if kind == "M":
        return 3 + len(content) + item_size(content)
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValueError(f"no item of ours has {kind}")
