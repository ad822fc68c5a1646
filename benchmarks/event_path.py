"""Measures the event path: the latency and throughput of completions, and the effect of batches."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from uuid import uuid4

import aiohttp
import boto3

from adapters.outbox_messages import message_of
from adapters.sns_events import EventTopic
from benchmarks.api import COMPLETE, Api, an_api, message
from benchmarks.bundles import Bundles
from benchmarks.cloud import Cloud, free_port
from benchmarks.events import body_of, new_task, queue_event, stream_event
from benchmarks.lambdas import a_lambda
from benchmarks.rows import Row, counted, sampled
from benchmarks.stack import Stack
from local.clients import access
from local.settings import ROOT_KEY_ID

COMPLETIONS = 100  # one at a time
BURST = 200  # completions, as fast as eight callers can make them
BURSTS = 3  # with batches, and as many bursts without
ROUNDS = 15  # per batch size
RELAY_BATCHES = (1, 10, 25, 100)
PROCESSOR_BATCHES = (1, 5, 10)
TURNS = 6  # without somebody else's webhook, with a dead one, and with one that refuses
_OF_A_TURN = 25  # completions, one at a time
_CALLERS = 8
_WARM_UP = 5
_HOOK = """mutation($user: ID!, $url: AWSURL!) {
  createWebhook(input: { userId: $user, url: $url, events: [CREATED, COMPLETED] }) { webhook { id } } }"""
_UNHOOK = "mutation($id: ID!) { deleteWebhook(id: $id) { id } }"
_STRAIGHT = "the answer to completeTask itself: when a subscription to the mutation would tell"


async def rows(stack: Stack) -> list[Row]:
    """Measures the latency of single completions, and the throughput of bursts with and without batches."""
    async with an_api(stack.deployed.graphql_url, stack.deployed.api_key) as api:
        answered, arrived = await _latencies(api)
        batched, single = await _bursts(stack, api)
        beside = await beside_webhooks(api)
    percentile, answered_percentile = (statistics.quantiles(times, n=100)[98] for times in (arrived, answered))
    accepted, delivered = zip(*batched, strict=True)
    _, delivered_singly = zip(*single, strict=True)
    burst = f"bursts of {BURST}"
    return [
        sampled("completion_to_subscriber", arrived, answered, "ms", _STRAIGHT),
        counted("completion_to_subscriber_p99", percentile, answered_percentile, "ms", _STRAIGHT),
        sampled("completions_delivered_vs_accepted", delivered, accepted, "per second", f"answered, in {burst}"),
        sampled("completions_vs_unbatched", delivered, delivered_singly, "per second", f"batches of one, in {burst}"),
        *beside,
    ]


async def beside_webhooks(api: Api) -> list[Row]:
    """Measures completions while somebody else, whose webhook never answers, creates and completes tasks.

    On AWS, Lambdas and queues do not share cores. Beside a webhook that refuses at once, as many deliveries are tried.
    """
    alone, dead, refusing = list[float](), list[float](), list[float]()
    async with _a_dead_endpoint() as dead_url, _a_busy_neighbor(api) as neighbor:
        for _ in range(TURNS):
            alone += (await _latencies(api, _OF_A_TURN))[1]
            for url, arrived in ((dead_url, dead), (f"https://127.0.0.1:{free_port()}/", refusing)):
                webhook = (await api.run(_HOOK, user=neighbor, url=url))["createWebhook"]["webhook"]["id"]
                arrived += (await _latencies(api, _OF_A_TURN))[1]
                await api.run(_UNHOOK, id=webhook)
    return [
        sampled("completion_beside_dead_webhook", dead, alone, "ms", "the same load without the webhook"),
        sampled("completion_beside_dead_vs_refusing_webhook", dead, refusing, "ms", "a webhook that refuses at once"),
    ]


@asynccontextmanager
async def _a_dead_endpoint() -> AsyncIterator[str]:
    """The URL of a server that accepts connections and never answers, so that an attempt takes all of its time."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            while await reader.read(1024):
                pass
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@asynccontextmanager
async def _a_busy_neighbor(api: Api) -> AsyncIterator[str]:
    """The id of a user who creates and completes one task after another."""
    user = f"neighbor-{uuid4()}"

    async def work() -> None:
        while True:
            await api.run(COMPLETE, id=await api.task(user))

    working = asyncio.create_task(work())
    try:
        yield user
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working  # raises if the load ended early


async def _latencies(api: Api, completions: int = COMPLETIONS) -> tuple[list[float], list[float]]:
    """Returns the milliseconds from sending completeTask to its answer, and to the subscriber's event."""
    user = f"latency-{uuid4()}"
    socket = await api.subscribed(user)
    answered, arrived = [], []
    for number in range(completions + _WARM_UP):
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


async def _bursts(stack: Stack, api: Api) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Returns per burst the completions accepted and delivered a second: with deployed batch sizes, then without."""
    lambdas = boto3.client("lambda", **access(stack.settings))
    mappings = lambdas.list_event_source_mappings()["EventSourceMappings"]
    batched, single = [], []
    await _burst(api)  # a first burst starts the Lambda workers
    for _ in range(BURSTS):
        batched.append(await _burst(api))
        for mapping in mappings:
            lambdas.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=1)
        single.append(await _burst(api))
        for mapping in mappings:
            lambdas.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=mapping["BatchSize"])
    return batched, single


async def _burst(api: Api) -> tuple[float, float]:
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


def publishing(cloud: Cloud) -> Row:
    """Measures ten messages by one PublishBatch, as the relay sends them, and by ten Publish calls."""
    sns = boto3.client(
        "sns",
        endpoint_url=cloud.settings.aws_endpoint,
        region_name="us-east-1",
        aws_access_key_id=ROOT_KEY_ID,
        aws_secret_access_key=cloud.settings.secret,
    )
    topic = EventTopic(sns, cloud.topic_arn)
    messages = [message_of({"NewImage": new_task()}) for _ in range(10)]
    together, singly = [], []
    for number in range(-2, ROUNDS):
        started = perf_counter()
        topic.publish(messages)
        between = perf_counter()
        for unsent in messages:
            sns.publish(TopicArn=cloud.topic_arn, Message=unsent.body)
        if number >= 0:
            together.append((between - started) * 100)
            singly.append((perf_counter() - between) * 100)
    return sampled("publish_batch_vs_publish", together, singly, "ms a message", "a Publish for each of 10 messages")


def relay_batches(bundles: Bundles, cloud: Cloud) -> list[Row]:
    """Measures the relay on stream batches of n records, in milliseconds per record."""

    def event(size: int) -> Mapping[str, object]:
        return stream_event([new_task() for _ in range(size)])

    return _curve(bundles, cloud.environment(), "relay", "processor.relay_handler.handler", RELAY_BATCHES, event)


def processor_batches(bundles: Bundles, cloud: Cloud, stack: Stack) -> list[Row]:
    """The processor on one SQS batch of n messages, in milliseconds a message. Live updates go to the stack."""
    environment = {**cloud.environment(), "GRAPHQL_URL": stack.deployed.graphql_url}

    def event(size: int) -> Mapping[str, object]:
        return queue_event([body_of(new_task()) for _ in range(size)])

    return _curve(bundles, environment, "processor", "processor.consumer_handler.handler", PROCESSOR_BATCHES, event)


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
        sampled(f"{name}_batch_{size}_vs_1", spent[size], spent[1], "ms a record", "batches of one")
        for size in sizes[1:]
    ]
