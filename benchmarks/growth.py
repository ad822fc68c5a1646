"""Growth: what operations take when a user has 100, 10,000 and 100,000 tasks.

Consumed units are what AWS bills. Latencies are the emulator's: they show what our code and
queries add, not how AWS's partitions behave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import serialize, task_item
from benchmarks.capacity import read_units
from benchmarks.cloud import CONNECTIONS, Cloud, create_table
from benchmarks.rows import Row, counted, sampled
from benchmarks.worker import Wire
from domain.identifiers import TaskId, UserId
from domain.ports import TaskQuery
from domain.task import Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SMALL = 100
ROUNDS = 30
_PAGE = 100
_START = datetime(2026, 1, 1, tzinfo=UTC)
_USER = UserId("growth")
_OTHERS = {
    "list_total": f"{SMALL} tasks; the emulator sorts the whole list at each query, DynamoDB does not",
    "list_python": f"{SMALL} tasks, outside the emulator",
}


def rows(cloud: Cloud, sizes: tuple[int, ...]) -> list[Row]:
    """Each size against 100 tasks, interleaved; and of the largest, page 100 against page 1."""
    tables = {size: _filled(cloud.dynamodb, size) for size in (SMALL, *sizes)}
    made = [_pages(cloud.dynamodb, tables[10_000])]
    wire = Wire()
    cloud.dynamodb.meta.events.register("before-send", wire.sent)
    cloud.dynamodb.meta.events.register("response-received", wire.received)
    for size in sizes:
        spent: dict[str, tuple[list[float], list[float]]] = {}
        for _ in range(ROUNDS):
            for column, tasks in enumerate((tables[size], tables[SMALL])):
                for name, took in _operations(tasks, wire).items():
                    spent.setdefault(name, ([], []))[column].append(took)
        made += [
            sampled(f"{name}_{size}_vs_{SMALL}", *samples, "ms", _OTHERS.get(name, f"{SMALL} tasks"))
            for name, samples in spent.items()
        ]
    return made


def _operations(tasks: DynamoDBTasks, wire: Wire) -> Mapping[str, float]:
    """Milliseconds of a create, a get, the first page and a completion; of the page outside the emulator, too."""
    task = Task.create(
        task_id=TaskId.of(uuid4()), user_id=_USER, title="x", description="", at=datetime.now(UTC), idempotent=False
    )

    def complete() -> None:
        found = tasks.get(task.id)
        if found is None:
            raise RuntimeError("the task is not there")
        found.complete(datetime.now(UTC))
        tasks.save(found)

    spent = {
        "create": _milliseconds(lambda: tasks.add(task)),
        "get": _milliseconds(lambda: tasks.get(task.id)),
        "complete": _milliseconds(complete),
    }
    wire.waited = 0.0
    spent["list_total"] = _milliseconds(lambda: tasks.list(TaskQuery(_USER), _PAGE, None))
    return spent | {"list_python": spent["list_total"] - wire.waited}


def _milliseconds(step: Callable[[], object]) -> float:
    started = perf_counter()
    step()
    return (perf_counter() - started) * 1000


def _pages(dynamodb: DynamoDBClient, tasks: DynamoDBTasks) -> Row:
    """The read units of the first and the 100th page: the last has one task fewer to look at."""
    consumed: list[float] = []

    def note(parsed: Mapping[str, Any], **_: object) -> None:
        if parsed["ScannedCount"] != parsed["Count"]:
            raise RuntimeError("the query read more than it answered")
        consumed.append(read_units(parsed["Items"], consistent=False))

    dynamodb.meta.events.register("after-call.dynamodb.Query", note)
    token = None
    for _ in range(100):
        token = tasks.list(TaskQuery(_USER), _PAGE, token).next_token
    dynamodb.meta.events.unregister("after-call.dynamodb.Query", note)
    return counted("list_page_100_vs_1", consumed[99], consumed[0], "read units", "page 1 of 10,000 tasks")


def _filled(dynamodb: DynamoDBClient, size: int) -> DynamoDBTasks:
    """A table of its own with so many tasks, one a minute."""
    name = f"growth-{size}"
    create_table(dynamodb, name)
    puts: list[Any] = []
    for number in range(size):
        task = Task.create(
            task_id=TaskId.of(UUID(int=number + 1)),
            user_id=_USER,
            title="Write the report",
            description="All of it",
            at=_START + timedelta(minutes=number),
            idempotent=False,
        )
        puts.append({"PutRequest": {"Item": serialize(task_item(task, write_id="w", correlation_id=None))}})
    with ThreadPoolExecutor(CONNECTIONS) as writers:
        starts = range(0, size, 25)
        list(writers.map(lambda at: dynamodb.batch_write_item(RequestItems={name: puts[at : at + 25]}), starts))
    return DynamoDBTasks(dynamodb, name, correlation_id=lambda: None)
