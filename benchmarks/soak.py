"""A bounded soak of the local stack: `python -m benchmarks.soak [--minutes 10]`.

It starts a local stack. Callers create, change and complete tasks while a subscriber listens. It then prints figures
of memory, queues and errors. It exits with 1 when an operation failed, the subscriber missed a completion, a message
became a dead letter, the statistics differ from a recount, the queue did not become empty, or the gateway's memory
grew by a quarter.
"""

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import psutil
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportError

from adapters.timestamps import now
from benchmarks.stack import a_stack
from local.clients import access
from local.description import StackDescription
from local.settings import Settings
from operations.recount import DynamoDBRecount

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

CALLERS = 4
PAUSE = 0.2  # seconds between two rounds of a caller, for a steady load below the maximum
SAMPLE = 10  # seconds between samples
WARM_UP = 60  # seconds without samples at the start, or a quarter of a short run
GROWTH = 1.25  # allowed growth from the first third to the last; more is a leak
SETTLING = 240  # seconds for the queue to become empty; a message that failed once is delivered again after 180
CREATE = 'mutation($user: ID!) { createTask(input: { userId: $user, title: "Soak" }) { id } }'
START, COMPLETE = (f"mutation($id: ID!) {{ {change}(id: $id) {{ id }} }}" for change in ("startTask", "completeTask"))
LIST = "query($user: ID!) { tasksByUser(userId: $user, limit: 20) { items { id history { type } } } }"
DELETE = "mutation($id: ID!) { deleteTask(id: $id) { id } }"
COMPLETED = "subscription { onTaskCompleted { id } }"


@dataclass
class Samples:
    """The samples: memory in MiB by part of the stack, waiting messages, ids of completed and of received tasks."""

    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[float] = field(default_factory=list)
    operations: int = 0
    completed: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


async def soak(settings: Settings, stack: StackDescription, seconds: float) -> Samples:
    """Load the stack for a number of seconds, then wait until it is idle."""
    samples, began = Samples(), time.monotonic()
    until, counted_from = began + seconds, began + min(WARM_UP, seconds / 4)
    sqs = _sqs(stack)
    listening = asyncio.create_task(_listen(stack, samples))
    callers = [asyncio.create_task(_call(stack, f"soak-{number}", samples, until)) for number in range(CALLERS)]
    while time.monotonic() < until:
        await asyncio.sleep(SAMPLE)
        if time.monotonic() > counted_from:
            samples.waiting.append(_count(sqs, stack.queue_url))
            for part, size in _memory(settings).items():
                samples.memory[part].append(size)
    await asyncio.gather(*callers)
    deadline = time.monotonic() + SETTLING
    while time.monotonic() < deadline:
        waiting = _count(sqs, stack.queue_url)
        if not waiting and samples.completed <= samples.received:
            break
        await asyncio.sleep(0.5)
    samples.waiting.append(_count(sqs, stack.queue_url))
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    samples.errors += _faults(settings, stack, samples)
    return samples


def _faults(settings: Settings, stack: StackDescription, samples: Samples) -> Sequence[str]:
    """Returns what is wrong with an idle stack."""
    sqs = _sqs(stack)
    dead = {url: _count(sqs, url) for url in sqs.list_queues()["QueueUrls"] if url != stack.queue_url}
    drifts = DynamoDBRecount(boto3.client("dynamodb", **access(settings)), stack.table_name).drifts(now().date())
    return [
        *(f"{count} messages in {url}" for url, count in dead.items() if count),
        *([f"{len(missing)} completions that no subscriber received"] if (missing := _not_received(samples)) else []),
        *([f"statistics drift from history: {drifts}"] if drifts else []),
        *([f"{samples.waiting[-1]} messages still wait"] if samples.waiting[-1] else []),
    ]


def _not_received(samples: Samples) -> set[str]:
    return samples.completed - samples.received


async def _listen(stack: StackDescription, samples: Samples) -> None:
    auth = AppSyncApiKeyAuthentication(host=stack.graphql_url.split("/")[2], api_key=stack.api_key)
    transport = AppSyncWebsocketsTransport(url=stack.graphql_url.replace("http", "ws", 1), auth=auth)
    async with Client(transport=transport) as session:
        async for event in session.subscribe(GraphQLRequest(COMPLETED)):
            samples.received.add(event["onTaskCompleted"]["id"])


async def _call(stack: StackDescription, user: str, samples: Samples, until: float) -> None:
    auth = AppSyncApiKeyAuthentication(host=stack.graphql_url.split("/")[2], api_key=stack.api_key)
    async with Client(transport=AIOHTTPTransport(url=stack.graphql_url, auth=auth)) as http:

        async def run(query: str, **variables: str) -> dict[str, Any]:
            samples.operations += 1
            return dict(await http.execute(GraphQLRequest(query, variable_values=variables)))

        while time.monotonic() < until:
            try:
                task = (await run(CREATE, user=user))["createTask"]["id"]
                await run(START, id=task)
                await run(COMPLETE, id=task)
                samples.completed.add(task)
                await run(LIST, user=user)
                await run(DELETE, id=task)
            except (TransportError, OSError, TimeoutError) as fault:
                samples.errors.append(str(fault)[:200])
            await asyncio.sleep(PAUSE)


def _sqs(stack: StackDescription) -> "SQSClient":
    return boto3.client(
        "sqs",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
    )


def _memory(settings: Settings) -> Mapping[str, float]:
    runner = psutil.Process(int(settings.process_file.read_text()))
    sizes: dict[str, float] = {}
    for child in runner.children():
        command = child.cmdline()
        if "appsync_offline" in command:
            sizes["gateway"] = _size(child)
        elif "local.embedded_cloud" in command:
            workers = child.children(recursive=True)
            sizes["embedded cloud"] = _size(child)
            sizes["Lambda workers"] = sum(_size(worker) for worker in workers)
    return sizes


def _size(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0


def _count(sqs: "SQSClient", url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])


def main() -> int:
    """Print the figures. Returns 0 when nothing failed and the queue is empty."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    with a_stack() as stack:
        samples = asyncio.run(soak(stack.settings, stack.deployed, options.minutes * 60))
    print(f"operations: {samples.operations} in {options.minutes:g} minutes, errors: {len(samples.errors)}")
    print(
        f"completions: {len(samples.completed)}, received by a subscriber: {len(samples.completed & samples.received)}"
    )
    for part, sizes in samples.memory.items():
        early, late = _thirds(sizes)
        note = ", which keeps all data in memory" if part == "embedded cloud" else ""
        print(f"memory of the {part}{note}: first third {early:.0f} MiB, last third {late:.0f} MiB")
        if part == "gateway" and late > early * GROWTH:
            samples.errors.append("the gateway's memory grew")
    early, late = _thirds(samples.waiting)
    print(f"queue: first third {early:.1f} waiting, last third {late:.1f}, {samples.waiting[-1]} at the end")
    for error in samples.errors[:5]:
        print(error)
    return 1 if samples.errors else 0


def _thirds(values: Sequence[float]) -> tuple[float, float]:
    """Returns the means of the first and of the last third."""
    third = max(len(values) // 3, 1)
    return sum(values[:third]) / third, sum(values[-third:]) / third


if __name__ == "__main__":
    sys.exit(main())
