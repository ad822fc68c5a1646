"""DynamoDB's own rules of what a call consumes, applied to the items that cross the wire.

The emulator's ConsumedCapacity does not look at sizes. Sources: DynamoDB Developer Guide, "DynamoDB item sizes and
formats" and "DynamoDB read and write operations".
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

_READ_UNIT, _WRITE_UNIT = 4096, 1024  # bytes


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item in AttributeValue form: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(items: Sequence[Mapping[str, Any]], *, consistent: bool) -> float:
    """Of a GetItem or Query that read these items: their sizes added up, then rounded."""
    units = max(math.ceil(sum(map(item_size, items)) / _READ_UNIT), 1)
    return units if consistent else units / 2


def write_units(item: Mapping[str, Any]) -> int:
    """Of one write of this item to the table, or to one index that holds all of it."""
    return math.ceil(item_size(item) / _WRITE_UNIT)


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
