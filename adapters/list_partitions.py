"""Tells which partitions of the indexes hold the tasks of a list, and where in its order an item stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.indexes import BY_DUE, BY_STATUS, BY_USER, Index
from adapters.items import Item
from domain.lists import EVERYTHING, TaskOrder, TaskQuery
from domain.status import OPEN_STATUSES, TaskStatus

Position = tuple[str, ...]
"""The position of a task in a list: the values of the sort key of the index that holds the list."""


NEWEST_POSITION, DUE_POSITION = ("CreatedAt", "TaskId"), ("OpenDue",)
"""The attributes of a task's position in a list, by the order of the list."""


@dataclass(frozen=True, slots=True)
class ListPartition:
    """A partition of an index that holds tasks in the order of a list. `key` is its partition key.

    `first` and `last` bound the sort key from below and above, both included.
    """

    index: Index
    key: Item
    first: str | None = None
    last: str | None = None


def list_partitions(query: TaskQuery) -> Sequence[ListPartition]:
    """Returns the partitions that hold the tasks of a list: one, or one for each status."""
    user = {"UserId": str(query.user_id)}
    if query.order is TaskOrder.DUE_FIRST:
        start, end = query.filter.due_from, query.filter.due_to
        # "$" follows "#", so that the bound is behind all keys of the day.
        return [ListPartition(BY_DUE, user, start.isoformat() if start else None, f"{end}$" if end else None)]
    if query.statuses == frozenset(TaskStatus):
        return [ListPartition(BY_USER, user)]
    return [ListPartition(BY_STATUS, user | {"Status": str(status)}) for status in sorted(query.statuses)]


def reads_only_matches(query: TaskQuery) -> bool:
    """Returns whether the partitions hold no other tasks than those of the list, apart from unknown statuses."""
    if query.order is TaskOrder.DUE_FIRST:
        return query.statuses == OPEN_STATUSES and query.filter == query.filter.due
    return query.filter == EVERYTHING


def list_position(order: TaskOrder, item: Item) -> Position:
    """Returns the position of a task's item in the index that holds lists of this order."""
    names = DUE_POSITION if order is TaskOrder.DUE_FIRST else NEWEST_POSITION
    return tuple(item[name] for name in names)
