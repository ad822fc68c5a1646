"""The event path: how fast completions reach a subscriber, how many a second, and what batches are worth."""

import asyncio
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4

import aiohttp

from adapters.items import serialize, task_item
from adapters.outbox import messages_of
from benchmarks.api import COMPLETE, Api, an_api, message
from benchmarks.bundles import Bundles
from benchmarks.cloud import Cloud
from benchmarks.lambdas import a_lambda
from benchmarks.rows import Row, counted, sampled
from domain.identifiers import TaskId, UserId
from domain.task import Task
from local.description import StackDescription
from local.settings import Settings

COMPLETIONS = 60  # one at a time
BURST = 200  # as fast as eight callers can
ROUNDS = 15  # of each batch size
_CALLERS = 8
_WARM_UP = 5
_RELAY_BATCHES = (1, 10, 25, 100)
_PROCESSOR_BATCHES = (1, 5, 10)


async def rows(stack: StackDescription) -> list[Row]:
    """Latency of single completions, and throughput of a burst of them."""
    async with an_api(stack.graphql_url, stack.api_key) as api:
        answered, arrived = await _latencies(api)
        accepted, delivered = await _burst(api)
    percentile = statistics.quantiles(arrived, n=100)[98]
    return [
        sampled("completion_to_subscriber", arrived, answered, "ms", "the answer to completeTask itself"),
        counted("completion_to_subscriber_p99", percentile, statistics.median(arrived), "ms", "the median of the same"),
        counted("completions_delivered", delivered, accepted, "per second", f"accepted, in a burst of {BURST}"),
    ]


async def _latencies(api: Api) -> tuple[list[float], list[float]]:
    """Milliseconds from sending completeTask to its answer, and to the subscriber's event."""
    user = f"latency-{uuid4()}"
    socket = await api.subscribed(user)
    answered, arrived = [], []
    for number in range(COMPLETIONS + _WARM_UP):
        task_id = await api.task(user)
        started = perf_counter()
        update = asyncio.create_task(_completion(socket, task_id))
        await api.run(COMPLETE, id=task_id)
        answer = perf_counter()
        event = await update
        if number >= _WARM_UP:
            answered.append((answer - started) * 1000)
            arrived.append((event - started) * 1000)
    await socket.close()
    return answered, arrived


async def _completion(socket: aiohttp.ClientWebSocketResponse, task_id: str) -> float:
    while True:
        update = await message(socket, "data")
        if update["payload"]["data"]["onTaskCompleted"]["id"] == task_id:
            return perf_counter()


async def _burst(api: Api) -> tuple[float, float]:
    """Completions a second: accepted, and delivered to a subscriber."""
    user = f"burst-{uuid4()}"
    waiting = {await api.task(user) for _ in range(BURST)}
    socket = await api.subscribed(user)
    todo = list(waiting)

    async def complete() -> None:
        while todo:
            await api.run(COMPLETE, id=todo.pop())

    async def listen() -> float:
        while waiting:
            update = await message(socket, "data")
            waiting.discard(update["payload"]["data"]["onTaskCompleted"]["id"])
        return perf_counter()

    started = perf_counter()
    listening = asyncio.create_task(listen())
    await asyncio.gather(*(complete() for _ in range(_CALLERS)))
    accepted = perf_counter() - started
    delivered = await listening - started
    await socket.close()
    return BURST / accepted, BURST / delivered


def relay_batches(bundles: Bundles, cloud: Cloud) -> list[Row]:
    """The relay on one stream batch of n records, in milliseconds a record."""
    environment = {**cloud.environment(), "TOPIC_ARN": cloud.topic_arn}
    return _curve(bundles, environment, "relay", "processor.relay.handler", _RELAY_BATCHES, _stream_event)


def processor_batches(bundles: Bundles, settings: Settings, stack: StackDescription) -> list[Row]:
    """The processor on one SQS batch of n messages, in milliseconds a message; live updates go to the gateway."""
    environment = settings.aws_environment() | {
        "TABLE_NAME": stack.table_name,
        "GRAPHQL_URL": stack.graphql_url,
        "POWERTOOLS_SERVICE_NAME": "benchmark",
        "POWERTOOLS_METRICS_NAMESPACE": "Benchmark",
    }
    return _curve(bundles, environment, "processor", "processor.consumer.handler", _PROCESSOR_BATCHES, _queue_event)


def _curve(
    bundles: Bundles,
    environment: Mapping[str, str],
    name: str,
    handler: str,
    sizes: Sequence[int],
    event: Callable[[int], Mapping[str, object]],
) -> list[Row]:
    spent: dict[int, list[float]] = {size: [] for size in sizes}
    with a_lambda(bundles.ours, bundles.lambdas_own, environment) as invoke:
        for number in range(-2, ROUNDS):
            for size in sizes:
                measured = invoke(handler, event(size))
                if measured.answer["batchItemFailures"]:
                    raise RuntimeError(f"{handler} failed: {measured.answer}")
                if number >= 0:
                    spent[size].append(measured.spent / size)
    return [
        sampled(f"{name}_batch_{size}_vs_1", spent[size], spent[1], "ms per record", "batches of 1")
        for size in sizes[1:]
    ]


def _image() -> dict[str, object]:
    now = datetime.now(UTC)
    task = Task.create(
        task_id=TaskId.of(uuid4()), user_id=UserId("batch"), title="x", description="", at=now, idempotent=False
    )
    return serialize(task_item(task, write_id=str(uuid4()), correlation_id=None))


def _stream_event(size: int) -> Mapping[str, object]:
    """Lambda Developer Guide, "Using Lambda with DynamoDB": the event's shape."""
    return {"Records": [{"dynamodb": {"SequenceNumber": str(number), "NewImage": _image()}} for number in range(size)]}


def _queue_event(size: int) -> Mapping[str, object]:
    """Lambda Developer Guide, "Using Lambda with Amazon SQS": the event's shape."""
    bodies = [messages_of(_image())[0].body for _ in range(size)]
    return {
        "Records": [
            {"messageId": str(uuid4()), "body": body, "eventSource": "aws:sqs", "attributes": {}} for body in bodies
        ]
    }
