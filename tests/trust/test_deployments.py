"""New versions are deployed and taken back under traffic, and no change, value, list or live update is lost.

The stack deploys the versions of the guides (docs/add-*.md) with the CDK CLI. Going back changes the Lambdas and leaves
the schema, as `make rollback` does.
"""

from __future__ import annotations

import asyncio
import filecmp
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from gql.transport.exceptions import TransportQueryError

from local.clients import access
from local.stack_update import LAMBDA_FOLDERS
from tests import guides
from tests.e2e.clients import Api, Session, Subscribed, eventually
from tests.e2e.test_dead_letters import dead_letters
from tests.e2e.test_reload import COPIED, COPIED_FILES, PATIENCE, Checkout
from tests.trust.scale import FULL, SEED, figures
from tests.trust.test_kills import HIDDEN, hide_messages_for

CALLERS = 4
CREATE = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id version } }"
MOVE = "mutation($id: ID!) {{ {mutation}(id: $id) {{ version }} }}"
LIVES = (("startTask", "completeTask", "reopenTask"), ("completeTask",), ("cancelTask", "reopenTask", "startTask"))
CHANGED = "subscription($user: ID) { onTaskChanged(userId: $user) { task { id version } } }"
TAGGED = ("cdk/function.py", "MEMORY = 512")


@dataclass
class Traffic:
    """Callers that create and change tasks of their own, and what the API accepted."""

    api: Api
    versions: dict[str, int] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    operations: int = 0
    is_ending: bool = False
    _lives: Iterator[int] = field(default_factory=itertools.count)

    async def call(self, owner: str, chance: random.Random) -> None:
        """Live tasks until the traffic ends."""
        async with self.api.http(self.api.with_key()) as http:
            while not self.is_ending:
                try:
                    await self._live(http, owner, chance.choice(LIVES))
                except TransportQueryError as refused:
                    self.failures.update(error["errorType"] for error in refused.errors or [])

    async def _live(self, http: Session, owner: str, life: tuple[str, ...]) -> None:
        # A life that was interrupted must not begin again with its own task, which has another status by then.
        request = {"userId": owner, "title": "Under traffic", "clientToken": f"{owner}-{next(self._lives)}"}
        created = (await http(CREATE, input=request))["createTask"]
        self.versions[created["id"]] = created["version"]
        for mutation in life:
            changed = await http(MOVE.format(mutation=mutation), id=created["id"])
            self.versions[created["id"]] = changed[mutation]["version"]
        await http("query($id: ID!) { task(id: $id) { version } }", id=created["id"])
        again = await http(CREATE, input=request)  # a repeated creation is answered by every version
        assert again["createTask"]["id"] == created["id"]
        await http("query($user: ID) { tasksByUser(userId: $user, limit: 5) { items { id status } } }", user=owner)
        self.operations += len(life) + 4

    async def more(self) -> None:
        """Return when some more tasks were lived."""
        before = len(self.versions)

        async def enough() -> bool:
            return len(self.versions) >= before + 10

        await eventually(enough)


@asynccontextmanager
async def traffic_of(api: Api, owners: list[str]) -> AsyncIterator[Traffic]:
    """Yields running traffic, and ends it."""
    traffic = Traffic(api)
    running = asyncio.gather(*(traffic.call(owner, random.Random(f"{SEED} {owner}")) for owner in owners))
    try:
        yield traffic
    finally:
        traffic.is_ending = True
        await running


@asynccontextmanager
async def listener(api: Api) -> AsyncIterator[set[tuple[str, int]]]:
    """Yields the changes, as ids and versions, that a subscriber to everybody's changes hears."""
    changes: set[tuple[str, int]] = set()

    async with api.realtime(api.with_key()) as session, Subscribed(api, session, CHANGED) as subscribed:

        async def listen() -> None:
            while True:
                task = (await subscribed.event())["onTaskChanged"]["task"]
                changes.add((task["id"], task["version"]))

        listening = asyncio.create_task(listen())
        try:
            yield changes
            assert not listening.done(), listening.exception()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class Versions:
    """The running checkout, and the versions that it can become."""

    def __init__(self, checkout: Checkout, roots: list[Path]) -> None:
        self._checkout = checkout
        self._roots = roots
        self._tags = itertools.count()

    def deploy(self, version: int) -> None:
        """Deploy a version whole, with the CDK CLI."""
        self._become(version, [*COPIED, *COPIED_FILES])

    def take_back(self, version: int) -> None:
        """Give the Lambdas the code of the version before. Schema and resolver code of AppSync stay."""
        self._become(version, LAMBDA_FOLDERS, suffix=".py")

    def _become(self, version: int, names: Any, suffix: str = "") -> None:
        log = self._checkout.settings.log("up")
        before = log.stat().st_size
        expected = ""
        for name in names:
            for source in _files(self._roots[version] / name):
                path = source.relative_to(self._roots[version])
                target = self._checkout.root / path
                if source.name.endswith(suffix) and not (target.exists() and filecmp.cmp(source, target, False)):
                    target.write_bytes(source.read_bytes())
                    expected = str(path)
        if not suffix:  # an edit of the CDK app deploys all of it
            tagged, old = TAGGED
            (self._checkout.root / tagged).write_text(
                (self._roots[version] / tagged).read_text().replace(old, f"{old}  # {next(self._tags)}")
            )
            expected = tagged
        deadline = time.monotonic() + PATIENCE
        while not _says(log.read_bytes()[before:].decode(), expected):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)


def _says(log: str, path: str) -> bool:
    assert "Not redeployed" not in log, log
    return any(line.startswith("Redeployed in") and path in line for line in log.splitlines())


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not {"__pycache__", "node_modules"} & set(file.parts):
            yield file


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """Yields a copy of the checkout whose stack runs."""
    copy = Checkout(tmp_path / "running")
    try:
        copy.start()
        yield copy
    finally:
        copy.stop()


@pytest.mark.skipif(not FULL, reason="it takes minutes; short runs pair the versions in memory")
@pytest.mark.timeout(1200)
async def test_versions_are_deployed_and_taken_back_under_traffic(checkout: Checkout, tmp_path: Path) -> None:
    roots = [guides.next_version(tmp_path / f"version-{number}", number) for number in range(3)]
    versions = Versions(checkout, roots)
    api = checkout.api
    hide_messages_for(HIDDEN, api)  # those of an invocation that a deployment ended
    owners = [f"traffic-{number}" for number in range(CALLERS)]
    async with listener(api) as changes:
        async with traffic_of(api, owners) as traffic:
            await traffic.more()
            await asyncio.to_thread(versions.deploy, 1)
            valued = await with_effort(api, owners[0], 5)
            await traffic.more()
            await asyncio.to_thread(versions.take_back, 0)
            await move(api, "startTask", valued)
            await traffic.more()
            await asyncio.to_thread(versions.deploy, 1)
            assert await effort_of(api, valued) == 5, "old code lost a value that it does not know"
            await asyncio.to_thread(versions.deploy, 2)
            await traffic.more()
            await asyncio.to_thread(versions.take_back, 1)
            await move(api, "completeTask", valued)
            await traffic.more()
        accepted = traffic.versions | {valued: 3}
        with suppress(AssertionError):
            await eventually(lambda: published(changes, accepted), within=PATIENCE)
        missing = sorted(due_of(accepted) - changes)

    assert missing == []

    # The embedded cloud, unlike AWS, ends the invocations of a function that it updates. Their outcome is not known.
    assert set(traffic.failures) <= {"InternalError"}
    assert await effort_of(api, valued) == 5
    async with api.http(api.with_key()) as http:
        for id_, version in accepted.items():
            task = (await http("query($id: ID!) { task(id: $id) { version history { version } } }", id=id_))["task"]
            assert task["version"] - version in ({0, 1} if traffic.failures else {0})
            assert {event["version"] for event in task["history"]} == set(range(1, task["version"] + 1))
    sqs = boto3.client("sqs", **access(api.stack.settings(checkout.settings)))
    assert dead_letters(sqs, api.stack) == 0
    interrupted = traffic.failures.total()
    figures.append(f"5 deployments, {traffic.operations} operations, {len(accepted)} tasks, {interrupted} interrupted")


async def published(changes: set[tuple[str, int]], accepted: dict[str, int]) -> bool:
    return due_of(accepted) <= changes


def due_of(accepted: dict[str, int]) -> set[tuple[str, int]]:
    """Returns the changes, as ids and versions, that made tasks of these versions."""
    return {(id_, number) for id_, version in accepted.items() for number in range(1, version + 1)}


async def with_effort(api: Api, owner: str, effort: int) -> str:
    """Create a task with the field that the new version adds. Returns its id."""
    async with api.http(api.with_key()) as http:
        request = {"userId": owner, "title": "Valued", "effort": effort}
        return str((await http(CREATE, input=request))["createTask"]["id"])


async def effort_of(api: Api, id_: str) -> Any:
    async with api.http(api.with_key()) as http:
        return (await http("query($id: ID!) { task(id: $id) { effort } }", id=id_))["task"]["effort"]


async def move(api: Api, mutation: str, id_: str) -> None:
    async with api.http(api.with_key()) as http:
        await http(MOVE.format(mutation=mutation), id=id_)
