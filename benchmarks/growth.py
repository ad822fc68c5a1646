"""Measures operations of users with 100, 10,000 and 100,000 tasks.

Consumed units are what AWS bills. Latencies are the emulator's: they show what our code and
queries add, but not how AWS's partitions behave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import serialize
from adapters.task_items import task_item
from benchmarks.capacity import units_of, with_whole_items
from benchmarks.cloud import CONNECTIONS, Cloud, create_table
from benchmarks.rows import Row, counted, sampled
from benchmarks.worker import Wire
from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.lists import TaskQuery
from domain.task import Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SMALL = 100
SIZES = (10_000, 100_000)
ROUNDS = 30
_PAGE = 100
_START = datetime(2026, 1, 1, tzinfo=UTC)
_USER = UserId("growth")
_NOTES = {
    "first_page": f"{SMALL} tasks; the emulator sorts the whole list at each query, DynamoDB does not",
    "first_page_python": f"{SMALL} tasks, outside the emulator",
}

Samples = Mapping[str, tuple[float, float]]
"""Operation → (milliseconds, consumed units)."""


def rows(cloud: Cloud) -> list[Row]:
    """Compares each size with 100 tasks, interleaved, and page 100 of 10,000 tasks with page 1."""
    dynamodb, wire = cloud.dynamodb, Wire()
    tables = {size: _filled(dynamodb, size) for size in (SMALL, *SIZES)}
    wire.watch_aws(dynamodb.meta.events)
    rows = [_pages(tables[10_000], wire)]
    for size in SIZES:
        rounds = [(_operations(tables[size], wire), _operations(tables[SMALL], wire)) for _ in range(ROUNDS)]
        for name in rounds[0][0]:
            note = _NOTES.get(name, f"{SMALL} tasks")
            large, small = ([operations[side][name] for operations in rounds] for side in (0, 1))
            times = [milliseconds for milliseconds, _ in large], [milliseconds for milliseconds, _ in small]
            rows.append(sampled(f"{name}_{size}_vs_{SMALL}", *times, "ms", note))
            (most, least) = (max(units for _, units in side) for side in (large, small))
            if most:
                rows.append(counted(f"{name}_units_{size}_vs_{SMALL}", most, least, "units", f"{SMALL} tasks"))
    return rows


def _operations(tasks: DynamoDBTasks, wire: Wire) -> Samples:
    """Measures a create, a get, a completion and the first page, and that page also without the emulator's time."""
    task = Task.create(task_id=TaskId.of(uuid4()), user_id=_USER, details=TaskDetails(title="x"), at=datetime.now(UTC))

    def complete() -> None:
        stored = tasks.get(task.id)
        if stored is None:
            raise RuntimeError("the task is not there")
        stored.complete(datetime.now(UTC))
        tasks.save(stored)

    samples = {
        "create": _measured(lambda: tasks.add(task), wire),
        "get": _measured(lambda: tasks.get(task.id), wire),
        "complete": _measured(complete, wire),
    }
    page = _measured(lambda: tasks.list(TaskQuery(_USER), _PAGE, None), wire)
    python = page[0] - wire.waited
    units = units_of(with_whole_items(wire.calls(), tasks.client)).read
    return samples | {"first_page": (page[0], units), "first_page_python": (python, 0.0)}


def _measured(step: Callable[[], object], wire: Wire) -> tuple[float, float]:
    wire.reset()
    started = perf_counter()
    step()
    spent = (perf_counter() - started) * 1000
    units = units_of(wire.calls())
    return spent, units.read + units.write


def _pages(tasks: DynamoDBTasks, wire: Wire) -> Row:
    """Returns the row of the read units of the first and the 100th page. The last page reads one task fewer."""
    consumed: list[float] = []
    token = None
    for _ in range(100):
        wire.reset()
        token = tasks.list(TaskQuery(_USER), _PAGE, token).next_token
        consumed.append(units_of(with_whole_items(wire.calls(), tasks.client)).read)
    return counted("list_page_100_vs_1", consumed[99], consumed[0], "read units", "page 1 of 10,000 tasks")


def _filled(dynamodb: DynamoDBClient, size: int) -> DynamoDBTasks:
    """Creates a table with this number of tasks, whose creation times are a minute apart."""
    name = f"growth-{size}"
    create_table(dynamodb, name)
    puts: list[Any] = []
    for number in range(size):
        task = Task.create(
            task_id=TaskId.of(UUID(int=number + 1)),
            user_id=_USER,
            details=TaskDetails(title="Write the report", description="All of it"),
            at=_START + timedelta(minutes=number),
        )
        puts.append({"PutRequest": {"Item": serialize(task_item(task, write_id="w", correlation_id=None))}})
    with ThreadPoolExecutor(CONNECTIONS) as writers:
        starts = range(0, size, 25)
        list(writers.map(lambda at: dynamodb.batch_write_item(RequestItems={name: puts[at : at + 25]}), starts))
    return DynamoDBTasks(dynamodb, name, correlation_id=lambda: None)
