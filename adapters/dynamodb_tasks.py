"""Stores tasks in DynamoDB. One conditional write stores the state and its events."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters import items, page_token
from adapters.items import Item, ListPartition
from domain.identifiers import TaskId
from domain.ports import AlreadyExists, OutcomeUnknown, Page, TaskQuery, TaskRepository, VersionConflict
from domain.snapshot import TaskSnapshot
from domain.task import Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef, QueryInputTypeDef


_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds, before keys that a throttle left out are read again
_SHOWN = {f"#{name}": name for name in items.SNAPSHOT}  # `Status` is a reserved word of DynamoDB


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
            raise AlreadyExists(items.task_of(refusal.stored))

    def get(self, task_id: TaskId) -> Task | None:
        """Returns the task, which one strongly consistent GetItem reads."""
        response = self.client.get_item(
            TableName=self.table_name, Key=items.serialize(items.task_key(task_id)), ConsistentRead=True
        )
        if "Item" not in response:
            return None
        task = items.task_of(items.deserialize(response["Item"]))
        return None if task.deleted else task

    def get_all(self, task_ids: Sequence[TaskId]) -> Mapping[TaskId, Task]:
        """Returns those of the tasks that are stored, tombstones too, which one BatchGetItem reads.

        The read is strongly consistent. Keys that DynamoDB leaves out because of a throttle or the size of the answer
        are read by further calls, as long as the time budget allows. Raises OutOfTime.
        """
        keys = [items.serialize(items.task_key(task_id)) for task_id in task_ids]
        stored: dict[TaskId, Task] = {}
        attempt = 0
        while keys:
            response = self.client.batch_get_item(
                RequestItems={self.table_name: {"Keys": keys, "ConsistentRead": True}}
            )
            tasks = [items.task_of(items.deserialize(item)) for item in response["Responses"][self.table_name]]
            stored |= {task.id: task for task in tasks}
            keys = [dict(key) for key in response["UnprocessedKeys"].get(self.table_name, {"Keys": []})["Keys"]]
            if keys and not tasks:
                time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _PAUSE * 2**attempt)))  # noqa: S311 - jitter
                attempt += 1
        return stored

    def list(self, query: TaskQuery, limit: int, next_token: str | None) -> Page:
        """Returns a page of tasks.

        A page of all statuses or of one status takes one Query. Other pages take one concurrent Query for each status.
        A page that exceeds 1 MB takes more of them.
        """
        before = None if next_token is None else items.list_position(*page_token.read(query, next_token))
        partitions = items.list_partitions(query)
        if len(partitions) == 1:
            newest = self._newest(partitions[0], before, limit + 1)
        else:
            with ThreadPoolExecutor(len(partitions)) as queries:
                parts = queries.map(lambda partition: self._newest(partition, before, limit + 1), partitions)
                newest = _merged(chain.from_iterable(parts))
        tasks = newest[:limit]
        # One task more than the page holds shows that another page follows.
        return Page(tasks, page_token.issue(query, tasks[-1]) if len(newest) > limit else None)

    def save(self, task: Task) -> None:
        """Store a changed task with one PutItem, on the condition that the stored version is the previous one.

        Raises VersionConflict or OutcomeUnknown. The refused write returns the stored task.
        """
        refusal = self._put(task, "Version = :expected", {":expected": task.version - 1})
        if not refusal:
            return
        stored = items.task_of(refusal.stored) if refusal.stored else None
        current = stored.state if stored and not stored.deleted else None
        if refusal.was_repeated and refusal.stored and items.write_of(refusal.stored, task.version) is None:
            raise OutcomeUnknown(current)
        raise VersionConflict(current)

    def _put(self, task: Task, condition: str, values: Item | None = None) -> _Refusal | None:
        """Write the task and clear its changes. Returns None, or the refusal when the condition failed."""
        write_id = token_urlsafe(6)  # 48 bits distinguish the few writers of one version
        item = items.task_item(task, write_id=write_id, correlation_id=self.correlation_id())
        request: PutItemInputTypeDef = {
            "TableName": self.table_name,
            "Item": items.serialize(item),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = items.serialize(values)
        try:
            self.client.put_item(**request)
        except self.client.exceptions.ConditionalCheckFailedException as refusal:
            stored = items.deserialize(_item_in(refusal))
            # The SDK repeats a write whose response was lost. If its own first attempt causes the refusal, the write
            # has succeeded, even if other writers followed.
            if not stored or items.write_of(stored, task.version) != write_id:
                return _Refusal(stored, was_repeated=refusal.response["ResponseMetadata"]["RetryAttempts"] > 0)
        task.changes.clear()
        task.writes = items.writes_of(item)
        return None

    def _newest(self, partition: ListPartition, before: tuple[str, str] | None, limit: int) -> Sequence[TaskSnapshot]:
        """Returns at least `limit` tasks of a partition, newest first, whose positions are below `before`.

        Returns fewer if the partition has no more.
        """
        names = {f"#{name}": name for name in partition.key}
        conditions = [f"#{name} = :{name}" for name in partition.key]
        values = {f":{name}": value for name, value in partition.key.items()}
        read_again = 0
        if before is not None:
            # A condition on CreatedAt and TaskId together would have to name one CreatedAt. The tasks of the position's
            # millisecond are therefore read again; usually, it is the one task at the position.
            names["#CreatedAt"] = "CreatedAt"
            conditions.append("#CreatedAt <= :before")
            values[":before"], _ = before
            read_again = 1
        request: QueryInputTypeDef = {
            "TableName": self.table_name,
            "IndexName": partition.index.name,
            "KeyConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeValues": items.serialize(values),
            "ProjectionExpression": ", ".join(_SHOWN),
            "ExpressionAttributeNames": _SHOWN | names,
            "ScanIndexForward": False,
        }
        tasks: list[TaskSnapshot] = []
        while True:
            request["Limit"] = limit - len(tasks) + read_again
            response = self.client.query(**request)
            read = (items.snapshot_of(items.deserialize(item)) for item in response["Items"])
            tasks += (task for task in read if before is None or _position(task) < before)
            if len(tasks) >= limit or not response.get("LastEvaluatedKey"):
                return tasks
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def _merged(tasks: Iterable[TaskSnapshot]) -> Sequence[TaskSnapshot]:
    """Returns the tasks, newest first, each once.

    If a task changed its status between two queries, the later version is returned.
    """
    latest: dict[TaskId, TaskSnapshot] = {}
    for task in tasks:
        if task.id not in latest or latest[task.id].version < task.version:
            latest[task.id] = task
    return sorted(latest.values(), key=_position, reverse=True)


def _position(task: TaskSnapshot) -> tuple[str, str]:
    return items.list_position(task.created_at, task.id)


def _item_in(refusal: ClientError) -> Item:
    item: Item = refusal.response.get("Item", {})  # type: ignore[assignment] # not in botocore's stub
    return item
