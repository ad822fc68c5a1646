"""Old and new code run side by side, forward and back, and lose no change, no value, no list and no live update.

The versions are the last release, if there is one, this checkout, and the checkout after the first and the second
deployment of every guide (docs/add-*.md). Each pair of neighbors runs in every pairing of resolver, relay, processor
and schema, in the order in which a deployment goes forward and `make rollback` goes back.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.services.read_tasks import LATEST
from local.settings import ROOT
from tests import guides
from tests.trust.cloud import Cloud, a_cloud
from tests.trust.event_path import EventPath
from tests.trust.scale import FULL, SEED, figures, scaled
from tests.trust.versions import ROLES, Fleet, side_by_side

OWNER = "anna"
DELIVERIES = 10  # after which SQS moves a message to the dead-letter queue (cdk/consumer.py)
# Who has the new code: resolver, relay, processor, schema. A deployment moves readers first and the schema last, and
# `make rollback` moves writers first and leaves the schema (docs/decisions/0020).
FORWARD = ((0, 0, 0, 0), (0, 0, 1, 0), (0, 1, 1, 0), (1, 1, 1, 0), (1, 1, 1, 1))
BACK = ((0, 1, 1, 1), (0, 0, 1, 1), (0, 0, 0, 1))
OTHERS = tuple(pairing for pairing in product((0, 1), repeat=4) if pairing not in {*FORWARD, *BACK})
RELEASES = re.findall(r"^## (\d+\.\d+\.\d+) ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
OPEN = ("PENDING", "IN_PROGRESS", "BLOCKED")
MOVES = {  # the statuses that a mutation leaves, and the one that it reaches
    "startTask": (("PENDING", "BLOCKED"), "IN_PROGRESS"),
    "completeTask": (OPEN, "COMPLETED"),
    "cancelTask": (OPEN, "CANCELLED"),
    "reopenTask": (("COMPLETED", "CANCELLED"), "PENDING"),
    "blockTask": (("PENDING", "IN_PROGRESS"), "BLOCKED"),
}


@dataclass(frozen=True)
class Feature:
    """Something that a guide adds: what its schema has, and a call of it about the task `$id`."""

    sign: str
    call: str


FEATURES = {
    "effort": Feature("  effort: Int", "query {{ task(id: {id}) {{ effort }} }}"),
    "rename": Feature("  renameTask(", "mutation {{ renameTask(id: {id}, title: {title}) {{ version }} }}"),
    "block": Feature("  blockTask(", "mutation {{ blockTask(id: {id}) {{ version }} }}"),
    "nudge": Feature("  nudgeTask(", "mutation {{ nudgeTask(id: {id}) {{ version }} }}"),
    "blocked": Feature("  blocked: Int", "query {{ taskStatistics(userId: {owner}) {{ blocked }} }}"),
}


@dataclass
class Expected:
    """What an accepted change left of a task."""

    id: str
    title: str
    token: str
    effort: int
    status: str = "PENDING"
    version: int = 1
    deleted: bool = False


@dataclass
class Traffic:
    """Users' operations on a fleet, and what the tasks must be after them."""

    fleet: Fleet
    chance: random.Random
    tasks: list[Expected] = field(default_factory=list)

    def serves(self, feature: str) -> bool:
        """Whether the schema and the resolver have the feature."""
        return self.has(feature, "schema") and self.has(feature, "resolver")

    def has(self, feature: str, role: str) -> bool:
        return FEATURES[feature].sign in self.fleet.versions[self.fleet.of[role]].sdl

    def data(self, query: str, **variables: Any) -> Any:
        answer = self.fleet.ask(query, **variables)
        assert not answer.get("errors"), (query, answer, self.fleet.of)
        return answer["data"]

    def run(self, rounds: int) -> None:
        self.read()  # before a change can give a lost value anew
        self.create()
        self.features_are_served_or_refused()
        live = [task for task in self.tasks if not task.deleted]
        valued = [task for task in live if task.effort != 3]  # code that does not know the value must keep it
        for task in [*(self.chance.choice(live) for _ in range(rounds)), *valued[-2:]]:
            if not task.deleted:
                self.change(task)
        self.retry()
        self.read()

    def create(self) -> None:
        for effort in (3, 5) if self.serves("effort") else (3,):
            task = Expected("", f"Task {len(self.tasks)}", str(uuid4()), effort)
            task.id = self._created(task)
            self.tasks.append(task)

    def _created(self, task: Expected) -> str:
        arguments: dict[str, Any] = {"userId": OWNER, "title": task.title, "clientToken": task.token}
        arguments |= {"effort": task.effort} if task.effort != 3 else {}
        query = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id } }"
        return str(self.data(query, input=arguments)["createTask"]["id"])

    def retry(self) -> None:
        """Repeat creations whose titles did not change. Those with a new field need code that has it."""
        unchanged = [task for task in self.tasks if task.version == 1 and (task.effort == 3 or self.serves("effort"))]
        for task in unchanged[-2:]:
            assert self._created(task) == task.id, "a repeated creation made another task"

    def change(self, task: Expected) -> None:
        """Make a change that the task's status allows, by any mutation that is served."""
        kinds = [name for name, (before, _) in MOVES.items() if task.status in before]
        kinds += ["updateTask", "renameTask", "nudgeTask"] if task.status in OPEN else []
        kinds += ["deleteTask"] if task.version > 3 and task.effort == 3 else []  # a value that was lost stays visible
        served = {"blockTask": "block", "renameTask": "rename", "nudgeTask": "nudge"}
        kind = self.chance.choice([name for name in kinds if name not in served or self.serves(served[name])])
        title = f"{task.title}'"
        if kind == "updateTask":
            effort = self.chance.randint(1, 5) if self.serves("effort") else None
            arguments: dict[str, Any] = {"id": task.id, "title": title} | ({"effort": effort} if effort else {})
            query = "mutation($input: UpdateTaskInput!) { updateTask(input: $input) { version } }"
            answer = self.data(query, input=arguments)
            task.effort = effort or task.effort
        else:
            titled = f', title: "{title}"' if kind == "renameTask" else ""
            answer = self.data(f'mutation {{ {kind}(id: "{task.id}"{titled}) {{ version }} }}')
        task.title = title if kind in ("updateTask", "renameTask") else task.title
        task.status = MOVES[kind][1] if kind in MOVES else task.status
        task.deleted = kind == "deleteTask"
        task.version += 1
        assert answer[kind]["version"] == task.version, (kind, answer)

    def features_are_served_or_refused(self) -> None:
        """A field that is not served yet is an error, never a silent null."""
        task = next(task for task in self.tasks if not task.deleted and task.status in OPEN)
        for name, feature in FEATURES.items():
            if self.serves(name):
                continue
            call = feature.call.format(id=f'"{task.id}"', title='"Lost"', owner=f'"{OWNER}"')
            assert self.fleet.ask(call).get("errors"), (name, self.fleet.of)

    def read(self) -> None:
        """Every get and list has what the accepted changes left."""
        selected = "id title status version" + (" effort" if self.serves("effort") else "")
        for task in self.chance.sample(self.tasks, min(3, len(self.tasks))):
            if not task.deleted:
                self._check(task, self.data(f'{{ task(id: "{task.id}") {{ {selected} }} }}')["task"])
        pages = self._pages(selected)
        live = {task.id: task for task in self.tasks if not task.deleted}
        assert {shown["id"] for shown in pages} == set(live)
        for shown in pages:
            self._check(live[shown["id"]], shown)

    def _pages(self, selected: str) -> Sequence[dict[str, Any]]:
        query = f'query($after: String) {{ tasksByUser(userId: "{OWNER}", limit: 100, nextToken: $after)'
        shown, after = list[dict[str, Any]](), None
        while True:
            page = self.data(f"{query} {{ items {{ {selected} }} nextToken }} }}", after=after)["tasksByUser"]
            shown += page["items"]
            after = page["nextToken"]
            if after is None:
                return shown

    def _check(self, task: Expected, shown: dict[str, Any]) -> None:
        assert (shown["title"], shown["status"], shown["version"]) == (task.title, task.status, task.version)
        assert shown.get("effort", task.effort) == task.effort, "a value was lost"

    def settled(self) -> None:
        """Histories, statistics and live updates have every change."""
        live = [task for task in self.tasks if not task.deleted]
        for task in self.chance.sample(live, min(3, len(live))):
            events = self.data(f'{{ task(id: "{task.id}") {{ history {{ version }} }} }}')["task"]["history"]
            versions = sorted({event["version"] for event in events})
            first = versions[0] if len(events) == LATEST else 1
            assert versions == list(range(first, task.version + 1)), "a change was lost"
        names = ["pending", "inProgress", "completed", "cancelled"] + ["blocked"] * self.serves("blocked")
        counts = self.data(f'{{ taskStatistics(userId: "{OWNER}") {{ {" ".join(names)} }} }}')["taskStatistics"]
        expected = Counter(task.status for task in live)
        assert counts == {name: expected[re.sub("([A-Z])", r"_\1", name).upper()] for name in names}
        changes = {(task.id, version) for task in self.tasks for version in range(1, task.version + 1)}
        assert changes <= self.fleet.published, "a live update was refused for good"


@dataclass
class Deliveries:
    """The failed deliveries of each message. The tenth makes a dead letter."""

    fleet: Fleet
    failed: Counter[str] = field(default_factory=Counter)

    def relay(self, event: Any, _context: object) -> Any:
        return self.fleet.invoke("relay", event)

    def process(self, event: Any, _context: object) -> Any:
        answer = self.fleet.invoke("processor", event)
        for failure in answer["batchItemFailures"]:
            self.failed[failure["itemIdentifier"]] += 1
        assert max(self.failed.values(), default=0) < DELIVERIES, "a message became a dead letter"
        return answer


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Sequence[tuple[str, Path]]:
    """Returns the versions in their order, with their folders."""
    folder = tmp_path_factory.mktemp("versions")
    after = [(f"guides {number}", guides.next_version(folder / f"after-{number}", number)) for number in (1, 2)]
    return [*released(folder), ("checkout", ROOT), *after]


def released(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yields the last release if there is one and this clone has its tag."""
    for version in RELEASES[:1]:
        archive = subprocess.run(["git", "archive", f"v{version}"], cwd=ROOT, capture_output=True, check=False)
        if archive.returncode:
            figures.append(f"release {version} is not in this clone: run `git fetch --tags`")
            return
        target = folder / version
        target.mkdir()
        subprocess.run(["tar", "-x"], cwd=target, input=archive.stdout, check=True)
        yield version, target


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with a_cloud() as account:
        yield account


@pytest.mark.timeout(scaled(600, 3600))
@pytest.mark.cases(scaled(8, 48))
@pytest.mark.parametrize("pair", range(1 + 1 + bool(RELEASES)))
def test_two_versions_serve_together(cloud: Cloud, versions: Sequence[tuple[str, Path]], pair: int) -> None:
    if pair + 1 >= len(versions):
        pytest.skip("the release is not in this clone")
    chance = random.Random(SEED + pair)
    with side_by_side(cloud, *versions[pair : pair + 2]) as fleet:
        deliveries = Deliveries(fleet)
        path = EventPath(cloud, chance, relays=deliveries.relay, consumes=deliveries.process)
        traffic = Traffic(fleet, chance)
        for pairing in [*FORWARD, *BACK, *(OTHERS if FULL else ())] * scaled(1, 3):
            fleet.of = dict(zip((*ROLES, "schema"), pairing, strict=True))
            before = fleet.operations, len(fleet.published)
            listen(fleet)
            traffic.run(scaled(3, 15))
            path.settle()
            traffic.settled()
            figures.append(row(fleet, *before))


def listen(fleet: Fleet) -> None:
    """Subscribe to everybody's changes, as a board of an administrator does."""
    event = {
        "arguments": {},
        "identity": None,
        "source": None,
        "request": {"headers": {"x-amzn-trace-id": "Root=1-versions"}, "domainName": None},
        "info": {"parentTypeName": "Subscription", "fieldName": "onTaskChanged", "selectionSetList": ["event"]},
    }
    assert "error" not in fleet.invoke("resolver", event)


def row(fleet: Fleet, operations: int, updates: int) -> str:
    """Returns the line of a pairing in the table."""
    roles = "  ".join(f"{role} {fleet.versions[fleet.of[role]].name:<9}" for role in (*ROLES, "schema"))
    return f"{roles}: {fleet.operations - operations:>3} operations, {len(fleet.published) - updates:>3} changes"
