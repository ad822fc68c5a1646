"""Killing processes under load loses no acknowledged change, and an orderly stop keeps everything."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psutil
import pytest
from gql.transport.exceptions import TransportError

from adapters.timestamps import now
from local import background
from local.description import StackDescription
from local.settings import Settings
from operations.recount import DynamoDBRecount
from tests.e2e.clients import Api, Session, eventually
from tests.e2e.conftest import free_port
from tests.e2e.test_dead_letters import command, dead_letters
from tests.trust.scale import FULL, figures, scaled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CALLERS = 6
COMPLETE = "mutation($id: ID!) { completeTask(id: $id) { id } }"
SEEN = "query($id: ID!) { task(id: $id) { status history { type } } }"
HIDDEN = 10  # seconds until a killed worker's messages return, instead of three minutes on AWS
WHOLE_LIFE = {"CREATED", "STATUS_CHANGED", "COMPLETED"}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Settings]:
    """Yields the settings of a stack of the test's own."""
    settings = Settings(port=free_port(), ministack_port=free_port(), data=tmp_path)
    yield settings
    background.stop(settings)


def start(settings: Settings) -> Api:
    background.start(settings)
    api = Api(StackDescription.read(settings.stack_file))
    hide_messages_for(HIDDEN, api)
    return api


def hide_messages_for(seconds: int, api: Api) -> None:
    """Set the seconds after which a message that was being processed returns to the queue."""
    timeout = {"VisibilityTimeout": str(seconds)}
    client("sqs", api).set_queue_attributes(QueueUrl=api.stack.queue_url, Attributes=timeout)


@pytest.fixture
def impatient(api: Api) -> Iterator[Api]:
    """Yields the shared stack with a short wait for a killed worker instead of three minutes."""
    hide_messages_for(HIDDEN, api)
    yield api
    hide_messages_for(180, api)


def client(service: Any, api: Api) -> Any:
    return boto3.client(
        service,
        endpoint_url=api.stack.aws_endpoint_url,
        region_name=api.stack.region,
        aws_access_key_id=api.stack.aws_access_key_id,
        aws_secret_access_key=api.stack.aws_secret_access_key,
    )


class Load:
    """Callers that create and complete tasks and record what was acknowledged."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._stopping = asyncio.Event()
        self._running = asyncio.gather(*(self._call(number) for number in range(CALLERS)))
        self.created: list[str] = []
        self.completed: list[str] = []
        self.failures: Counter[str] = Counter()
        self.redrives = 0

    async def stop(self) -> None:
        """Let each caller finish its call. Raises a caller's error that is not a failure of the stack."""
        self._stopping.set()
        await self._running

    async def _call(self, number: int) -> None:
        while not self._stopping.is_set():
            try:
                async with self._api.http(self._api.with_key()) as http:
                    while not self._stopping.is_set():
                        await self._live(http, f"load-{number}")
            except (TransportError, OSError, TimeoutError) as fault:
                self.failures[type(fault).__name__] += 1
                await asyncio.sleep(0.05)

    async def _live(self, http: Session, user: str) -> None:
        id_ = await http.create(user)
        self.created.append(id_)
        await http(COMPLETE, id=id_)
        self.completed.append(id_)

    async def has(self, count: int) -> None:
        """Return as soon as `count` completions were acknowledged."""

        async def enough() -> bool:
            if self._running.done():
                self._running.result()
            return len(self.completed) >= count

        try:
            await eventually(enough, within=120)
        except AssertionError as fault:
            fault.add_note(f"{len(self.completed)} of {count} completions; failed calls: {dict(self.failures)}")
            raise


async def nothing_is_missing(settings: Settings, api: Api, load: Load) -> None:
    """Check that every acknowledged change is in the table and the history, and that statistics are the history's sum.

    Messages that ten deliveries could not process are in the dead-letter queue. The check moves them back as an
    operator does.
    """
    async with api.http(api.with_key()) as http:

        async def recorded(id_: str, wanted: set[str]) -> bool:
            if dead_letters(client("sqs", api), api.stack):
                await asyncio.to_thread(command, "redrive", settings)
                load.redrives += 1
            task = (await http(SEEN, id=id_))["task"]
            return wanted <= {entry["type"] for entry in task["history"]}

        for id_ in load.created:
            assert (await http(SEEN, id=id_))["task"] is not None
        for id_ in load.completed:
            assert (await http(SEEN, id=id_))["task"]["status"] == "COMPLETED"
        for id_ in load.completed:
            await eventually(lambda id_=id_: recorded(id_, WHOLE_LIFE), within=120)  # type: ignore[misc]
    dynamodb: DynamoDBClient = client("dynamodb", api)
    recount = DynamoDBRecount(dynamodb, api.stack.table_name)

    async def no_drift() -> bool:
        return not recount.drifts(now().date())

    await eventually(no_drift, within=30)


def workers_of(settings: Settings) -> list[psutil.Process]:
    """Returns the Lambda workers, which are the embedded cloud's child processes."""
    runner = psutil.Process(int(settings.process_file.read_text()))
    return [
        worker
        for child in runner.children()
        if "local.embedded_cloud" in child.cmdline()
        for worker in child.children(recursive=True)
    ]


async def test_killed_lambda_workers_lose_nothing(settings: Settings, impatient: Api) -> None:
    load = Load(impatient)

    killed = 0
    for completions in range(10, scaled(20, 60), 10):
        await load.has(completions)
        for worker in workers_of(settings):
            with suppress(psutil.NoSuchProcess):
                worker.kill()
                killed += 1
    await load.has(scaled(30, 80))
    await load.stop()

    assert killed
    await nothing_is_missing(settings, impatient, load)
    figures.append(
        f"kills: {killed} Lambda workers; {len(load.created)} tasks, {len(load.completed)} completions acknowledged, "
        f"{load.failures.total()} calls failed, dead letters put back {load.redrives} times, 0 lost"
    )


@pytest.mark.skipif(not FULL, reason="three starts of a stack: minutes, for `make test-trust`")
async def test_a_killed_gateway_ends_the_stack_and_a_restart_has_everything(own: Settings) -> None:
    api = start(own)
    load = Load(api)
    await load.has(20)

    runner = psutil.Process(int(own.process_file.read_text()))
    (gateway,) = (child for child in runner.children() if "appsync_offline" in child.cmdline())
    gateway.kill()
    await asyncio.to_thread(wait_until_gone, runner)
    await load.stop()
    assert background.how_it_ended(own) == f"The gateway ended; its log is {own.log('gateway')}."
    again = start(own)

    await nothing_is_missing(own, again, load)
    assert again.stack.api_key == api.stack.api_key
    background.stop(own)
    await nothing_is_missing(own, start(own), load)
    figures.append(
        f"kills: the gateway, then a start, a stop and a start; {len(load.created)} tasks, {len(load.completed)} "
        f"completions acknowledged, 0 lost"
    )


def wait_until_gone(process: psutil.Process) -> None:
    deadline = time.monotonic() + 30
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.1)
