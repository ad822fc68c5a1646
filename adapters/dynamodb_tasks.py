"""Stores tasks in DynamoDB. One conditional write stores the state and its events."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters import page_token
from adapters.items import Item, deserialize, serialize
from adapters.list_partitions import (
    DUE_POSITION,
    ListPartition,
    Position,
    list_partitions,
    list_position,
    reads_only_matches,
)
from adapters.task_items import (
    DAMAGES,
    SNAPSHOT,
    snapshot_of,
    task_id_of,
    task_item,
    task_key,
    task_of,
    write_of,
    writes_of,
)
from domain.identifiers import TaskId
from domain.lists import TaskOrder, TaskQuery
from domain.ports import AlreadyExists, DamagedTask, OutcomeUnknown, Page, TaskRepository, VersionConflict
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus
from domain.task import Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef, QueryInputTypeDef


_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds, before keys that a throttle left out are read again
# `Status` is a reserved word of DynamoDB.
_SHOWN = {f"#{name}": name for name in (*SNAPSHOT, *DUE_POSITION)}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A write whose condition failed. `stored` is the stored item, or {} if there is none.

    `was_repeated` tells whether the SDK had sent the write before.
    """

    stored: Item
    was_repeated: bool


@dataclass(frozen=True, slots=True)
class DynamoDBTasks(TaskRepository):
    """The task repository. `correlation_id` returns the id of the request that is being responseed, for the outbox."""

    client: DynamoDBClient
    table_name: str
    correlation_id: Callable[[], str | None]

    def add(self, task: Task) -> None:
        """Store a new task with one PutItem. Raises AlreadyExists when the id is taken."""
        refusal = self._put(task, "attribute_not_exists(PK)")
        if refusal:
            raise AlreadyExists(task_of(refusal.stored))

    def get(self, task_id: TaskId) -> Task | None:
        """Returns the task, which one strongly consistent GetItem reads."""
        response = self.client.get_item(
            TableName=self.table_name, Key=serialize(task_key(task_id)), ConsistentRead=True
        )
        if "Item" not in response:
            return None
        task = task_of(deserialize(response["Item"]))
        return None if task.deleted else task

    def get_all(self, task_ids: Sequence[TaskId]) -> Mapping[TaskId, Task | DamagedTask]:
        """Returns those of the tasks that are stored, tombstones and damaged ones too, which one BatchGetItem reads.

        The read is strongly consistent. Keys that DynamoDB leaves out because of a throttle or the size of the answer
        are read by further calls, as long as the time budget allows. Raises OutOfTime.
        """
        keys = [serialize(task_key(task_id)) for task_id in task_ids]
        stored: dict[TaskId, Task | DamagedTask] = {}
        attempt = 0
        while keys:
            response = self.client.batch_get_item(
                RequestItems={self.table_name: {"Keys": keys, "ConsistentRead": True}}
            )
            tasks = dict(map(_task_or_damage, response["Responses"][self.table_name]))
            stored |= tasks
            keys = [dict(key) for key in response["UnprocessedKeys"].get(self.table_name, {"Keys": []})["Keys"]]
            if keys and not tasks:
                time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _PAUSE * 2**attempt)))  # noqa: S311 - jitter
                attempt += 1
        return stored

    def list(self, query: TaskQuery, limit: int, next_token: str | None) -> Page:
        """Returns a page of tasks.

        A page of all statuses, of one status or by due date takes one Query. Other pages take one concurrent Query for
        each status. An unfiltered page that exceeds 1 MB takes more of them; a filtered page ends there.
        """
        start = None if next_token is None else page_token.read(query, next_token)
        partitions = list_partitions(query)
        if len(partitions) == 1:
            parts = [self._read(query, partitions[0], start, limit + 1)]
        else:
            with ThreadPoolExecutor(len(partitions)) as queries:
                parts = list(queries.map(lambda part: self._read(query, part, start, limit + 1), partitions))
        return _page(query, parts, limit)

    def save(self, task: Task) -> None:
        """Store a changed task with one PutItem, on the condition that the stored version is the previous one.

        Raises VersionConflict or OutcomeUnknown. The refused write returns the stored task.
        """
        refusal = self._put(task, "Version = :expected", {":expected": task.version - 1})
        if not refusal:
            return
        stored = task_of(refusal.stored) if refusal.stored else None
        current = stored.state if stored and not stored.deleted else None
        if refusal.was_repeated and refusal.stored and write_of(refusal.stored, task.version) is None:
            raise OutcomeUnknown(current)
        raise VersionConflict(current)

    def _put(self, task: Task, condition: str, values: Item | None = None) -> _Refusal | None:
        """Write the task and clear its changes. Returns None, or the refusal when the condition failed."""
        write_id = token_urlsafe(6)  # 48 bits distinguish the few writers of one version
        item = task_item(task, write_id=write_id, correlation_id=self.correlation_id())
        request: PutItemInputTypeDef = {
            "TableName": self.table_name,
            "Item": serialize(item),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = serialize(values)
        try:
            self.client.put_item(**request)
        except self.client.exceptions.ConditionalCheckFailedException as refusal:
            stored = deserialize(_item_in(refusal))
            # The SDK repeats a write whose response was lost. If its own first attempt causes the refusal, the write
            # has succeeded, even if other writers followed.
            if not stored or write_of(stored, task.version) != write_id:
                return _Refusal(stored, was_repeated=refusal.response["ResponseMetadata"]["RetryAttempts"] > 0)
        task.changes.clear()
        task.writes = writes_of(item)
        return None

    def _read(self, query: TaskQuery, partition: ListPartition, start: Position | None, limit: int) -> _PagePart:
        """Returns up to `limit` tasks of the list that a partition holds after `start`, in their order."""
        request = _request(self.table_name, query, partition, start)
        if request is None:
            return _PagePart([], None, 0, [])
        tasks: list[tuple[Position, TaskSnapshot]] = []
        damaged: list[str] = []
        unknown, reached = 0, start
        while True:
            if reads_only_matches(query):
                # The task at the position is usually the only one that is read again.
                request["Limit"] = limit - len(tasks) + (0 if start is None else 1)
            response = self.client.query(**request)
            for image in response["Items"]:
                item = deserialize(image)
                position = list_position(query.order, item)
                if start is not None and not _is_behind(query.order, position, start):
                    continue
                task, reached = _readable(item, damaged), position
                unknown += task is not None and not isinstance(task.status, TaskStatus)
                if task is not None and query.includes(task):
                    tasks.append((position, task))
                if len(tasks) == limit:
                    return _PagePart(tasks, reached, unknown, damaged)
            if not response.get("LastEvaluatedKey"):
                return _PagePart(tasks, None, unknown, damaged)
            if "Limit" not in request and reached != start:
                return _PagePart(tasks, reached, unknown, damaged)  # 1 MB was read
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


@dataclass(frozen=True, slots=True)
class _PagePart:
    """The tasks of a list that one partition holds, with their positions.

    They are all tasks up to the position `reached`, or to the end of the partition if that is None. `unknown` counts
    the tasks whose statuses this code does not know, and `damaged` names the items that hold no task.
    """

    tasks: Sequence[tuple[Position, TaskSnapshot]]
    reached: Position | None
    unknown: int
    damaged: Sequence[str]


def _task_or_damage(image: Mapping[str, Any]) -> tuple[TaskId, Task | DamagedTask]:
    """Returns the task of an item, or why it holds none. The id comes from the key, which every item has."""
    item = deserialize(image)
    task_id = task_id_of(item)
    try:
        return task_id, task_of(item)
    except DAMAGES as damage:
        return task_id, DamagedTask(_description(task_id, damage))


def _description(task_id: object, damage: Exception) -> str:
    return f"{task_id}: {type(damage).__name__} {damage}"


def _readable(item: Item, damaged: list[str]) -> TaskSnapshot | None:
    """Returns the task that an item holds, or None after naming an item that holds none."""
    try:
        return snapshot_of(item)
    except DAMAGES as damage:
        damaged.append(_description(item["TaskId"], damage))
        return None


def _request(
    table_name: str, query: TaskQuery, partition: ListPartition, start: Position | None
) -> QueryInputTypeDef | None:
    """Returns the Query of a partition's tasks at and after a position, or None if its bounds exclude all of them."""
    names = {f"#{name}": name for name in partition.key}
    conditions = [f"#{name} = :{name}" for name in partition.key]
    values = {f":{name}": value for name, value in partition.key.items()}
    first, last = partition.first, partition.last
    if start is not None:
        # A condition on CreatedAt and TaskId together would have to name one CreatedAt. The tasks of the position's
        # millisecond are therefore read again; usually, it is the one task at the position.
        if query.order is TaskOrder.NEWEST_FIRST:
            last = start[0]
        else:
            first = start[0]
    if first is not None and last is not None and first > last:
        return None
    sort_key = partition.index.sort_key[0]
    if first is not None or last is not None:
        names["#sort"] = sort_key
    if first is not None and last is not None:
        conditions.append("#sort BETWEEN :first AND :last")
    elif first is not None:
        conditions.append("#sort >= :first")
    elif last is not None:
        conditions.append("#sort <= :last")
    values |= {f":{name}": bound for name, bound in (("first", first), ("last", last)) if bound is not None}
    return {
        "TableName": table_name,
        "IndexName": partition.index.name,
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeValues": serialize(values),
        "ProjectionExpression": ", ".join(_SHOWN),
        "ExpressionAttributeNames": _SHOWN | names,
        "ScanIndexForward": query.order is TaskOrder.DUE_FIRST,
    }


def _page(query: TaskQuery, parts: Sequence[_PagePart], limit: int) -> Page:
    """Returns the page that the tasks of the partitions make.

    A partition that was not read to its end may hold further tasks behind the position that it reached. Therefore the
    page ends at the first of these positions.
    """
    descending = query.order is TaskOrder.NEWEST_FIRST
    reached = [part.reached for part in parts if part.reached is not None]
    end = (max if descending else min)(reached, default=None)
    latest: dict[TaskId, tuple[Position, TaskSnapshot]] = {}
    for position, task in chain.from_iterable(part.tasks for part in parts):
        # A task that changed its status between two queries may be in both. The later version is returned.
        if task.id not in latest or latest[task.id][1].version < task.version:
            latest[task.id] = position, task
    placed = sorted(latest.values(), key=lambda entry: entry[0], reverse=descending)
    covered = [entry for entry in placed if end is None or not _is_behind(query.order, entry[0], end)]
    page = covered[:limit]
    if len(covered) > limit:
        end = page[-1][0]
    return Page(
        [task for _, task in page],
        None if end is None else page_token.issue(query, end),
        sum(part.unknown for part in parts),
        tuple(name for part in parts for name in part.damaged),
    )


def _is_behind(order: TaskOrder, position: Position, other: Position) -> bool:
    """Returns whether a position comes later in a list than another one."""
    return position < other if order is TaskOrder.NEWEST_FIRST else position > other


def _item_in(refusal: ClientError) -> Item:
    item: Item = refusal.response.get("Item", {})  # type: ignore[assignment] # not in botocore's stub
    return item
