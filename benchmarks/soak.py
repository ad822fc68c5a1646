"""A bounded soak of the local stack: `python -m benchmarks.soak [--minutes 10]`.

It starts a stack of its own, lets callers live through tasks' whole lives, and prints what became of memory, queues and
errors. Exits with 1 when an operation failed, a message died, or a queue kept growing.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import psutil
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication
from gql.transport.exceptions import TransportError

from benchmarks.stack import a_stack
from local.description import StackDescription
from local.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

CALLERS = 4
PAUSE = 0.2  # seconds between a caller's lives: a steady load, not the most there can be
SAMPLE = 10  # seconds between samples
SETTLING = 240  # seconds for the queue to run empty afterwards: a message that failed once comes again after 180
CREATE = 'mutation($user: ID!) { createTask(input: { userId: $user, title: "Soak" }) { id } }'
CHANGES = [f"mutation($id: ID!) {{ {change}(id: $id) {{ id }} }}" for change in ("startTask", "completeTask")]
LIST = "query($user: ID!) { tasksByUser(userId: $user, limit: 20) { items { id history { type } } } }"
DELETE = "mutation($id: ID!) { deleteTask(id: $id) { id } }"


@dataclass
class Samples:
    """What was seen: memory in MiB of the whole stack, and messages waiting."""

    memory: list[float] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    operations: int = 0
    errors: list[str] = field(default_factory=list)


async def soak(settings: Settings, stack: StackDescription, seconds: float) -> Samples:
    """Load the stack for so many seconds."""
    samples, until = Samples(), time.monotonic() + seconds
    sqs = boto3.client(
        "sqs",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    callers = [asyncio.create_task(_call(stack, f"soak-{number}", samples, until)) for number in range(CALLERS)]
    while time.monotonic() < until:
        await asyncio.sleep(SAMPLE)
        samples.memory.append(_memory(settings))
        samples.waiting.append(_count(sqs, stack.queue_url))
    await asyncio.gather(*callers)
    deadline = time.monotonic() + SETTLING
    while _count(sqs, stack.queue_url) and time.monotonic() < deadline:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.5)
    samples.waiting.append(_count(sqs, stack.queue_url))
    dead = _count(sqs, stack.dead_letter_queue_url)
    if dead:
        samples.errors.append(f"{dead} dead letters")
    return samples


async def _call(stack: StackDescription, user: str, samples: Samples, until: float) -> None:
    auth = AppSyncApiKeyAuthentication(host=stack.graphql_url.split("/")[2], api_key=stack.api_key)
    async with Client(transport=AIOHTTPTransport(url=stack.graphql_url, auth=auth)) as http:

        async def run(query: str, **variables: str) -> dict[str, Any]:
            samples.operations += 1
            return dict(await http.execute(GraphQLRequest(query, variable_values=variables)))

        while time.monotonic() < until:
            try:
                task = (await run(CREATE, user=user))["createTask"]["id"]
                for change in CHANGES:
                    await run(change, id=task)
                await run(LIST, user=user)
                await run(DELETE, id=task)
            except (TransportError, OSError, TimeoutError) as fault:
                samples.errors.append(str(fault)[:200])
            await asyncio.sleep(PAUSE)


def _memory(settings: Settings) -> float:
    runner = psutil.Process(int(settings.process_file.read_text()))
    total = 0
    for process in [runner, *runner.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 2**20


def _count(sqs: "SQSClient", url: str) -> int:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])


def main() -> int:
    """Print the figures. 0 when nothing failed and the queue ran empty."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    with a_stack() as stack:
        samples = asyncio.run(soak(stack.settings, stack.deployed, options.minutes * 60))
    third = max(len(samples.memory) // 3, 1)
    early, late = (sum(part) / len(part) for part in (samples.memory[:third], samples.memory[-third:]))
    print(f"operations: {samples.operations} in {options.minutes:g} minutes, errors: {len(samples.errors)}")
    print(f"memory: first third {early:.0f} MiB, last third {late:.0f} MiB ({late / early - 1:+.0%})")
    print(f"queue: at most {max(samples.waiting)} waiting, {samples.waiting[-1]} at the end")
    for error in samples.errors[:5]:
        print(error)
    return 1 if samples.errors or samples.waiting[-1] else 0


if __name__ == "__main__":
    sys.exit(main())
