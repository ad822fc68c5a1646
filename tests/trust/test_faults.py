"""Whichever AWS call fails, no acknowledged change is lost; each is published at least once and counted once."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest

import adapters.dynamodb_projections
from adapters.appsync_live_updates import AppSyncLiveUpdates
from adapters.clients import client
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_listeners import DynamoDBListeners
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.dynamodb_webhooks import WebhookOwners
from adapters.history_items import HISTORY_PREFIX
from adapters.sns_events import EventTopic
from adapters.sqs_parking import ParkedRecords
from adapters.task_items import WRITES_KEPT
from adapters.task_json import event_name
from adapters.timestamps import now
from operations.recount import DynamoDBRecount
from processor.consumer import consumer
from processor.follow_change import FollowChange
from processor.relay import relay
from tests.integration.conftest import TABLE_NAME
from tests.integration.resolver_lambda import dynamodb
from tests.trust.callers import OPERATORS, PEOPLE, Caller, call
from tests.trust.cloud import Cloud, a_cloud
from tests.trust.event_path import EventPath
from tests.trust.faulty_network import LIVE_UPDATE, Crash, Fault, FaultyNetwork, between
from tests.trust.scale import FULL, SEED, figures, scaled

CALLS = ["PutItem", "GetItem", "Query", "PublishBatch", "TransactWriteItems", "BatchGetItem", LIVE_UPDATE]
PROJECTIONS = DynamoDBProjections(client("dynamodb"), TABLE_NAME)
ERASURES = DynamoDBErasures(PROJECTIONS.client, TABLE_NAME)
SETTINGS = DynamoDBSettings(PROJECTIONS.client, TABLE_NAME)
LISTENERS = DynamoDBListeners(PROJECTIONS.client, TABLE_NAME)
OWNERS = WebhookOwners(PROJECTIONS.client, TABLE_NAME)
TOPIC = EventTopic(client("sns"), os.environ["TOPIC_ARN"])
MUTATIONS = ["startTask", "completeTask", "cancelTask", "deleteTask", "updateTask"]


class OneThread(Executor):
    """Runs the calls one after the other in the caller's own thread, so that a crash ends them too.

    The crash of a Lambda's process ends its threads. A thread that outlives the crash would also run a transaction
    while the test writes, and a transaction that fails in moto restores the table without that write.
    """

    def map(
        self, fn: Callable[..., Any], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Any]:
        return map(fn, *iterables)


@dataclass
class World:
    """A cloud behind a faulty network, the clients that use it, and the answers that they received."""

    cloud: Cloud
    network: FaultyNetwork
    chance: random.Random
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    created: dict[str, str] = field(default_factory=dict)  # client token to the answered id
    ids: list[tuple[Caller, str]] = field(default_factory=list)
    lost: int = 0
    counted_twice: int = 0

    def __post_init__(self) -> None:
        DynamoDBListeners(self.cloud.dynamodb, TABLE_NAME).add(None, now())
        self.path = self.event_path(self.chance)

    def event_path(self, chance: random.Random) -> EventPath:
        """Returns a new event path from the cloud's stream to its subscribers.

        The network is also between its Lambdas and AWS.
        """
        live_updates = AppSyncLiveUpdates("https://api.example.com/graphql", self.network)  # type: ignore[arg-type] # all that it uses of a pool
        return EventPath(
            self.cloud,
            chance,
            relays=relay(TOPIC, ParkedRecords(client("sqs"), os.environ["UNRELAYED_QUEUE_URL"]), OWNERS),
            consumes=consumer(FollowChange(PROJECTIONS, live_updates, ERASURES, LISTENERS, SETTINGS), OneThread()),
        )

    def ask(self, field_name: str, arguments: dict[str, Any], caller: Caller) -> Any:
        """Returns the data, or None for a failed answer and for a refusal, which must have stored nothing."""
        before = len(self.network.written)
        try:
            answer = call(field_name, arguments, caller)
        except Crash:
            answer = {"error": {"type": "InternalError"}}
        if "data" in answer:
            self.acknowledged += 1
            if field_name.startswith("Mutation"):
                task, item = answer["data"], self.cloud.task(answer["data"]["id"])
                assert [task["version"], task["status"]] == [item["Version"], item["Status"]]
                assert item.get("Title") == (None if "Deleted" in item else task["title"])
            return answer["data"]
        if answer["error"]["type"] == "InternalError":
            self.unanswered += 1
        else:
            self.refused += 1
            assert len(self.network.written) == before, "a refused mutation left a trace"
            assert self.cloud.tasks() == self.network.tasks(), "the table holds another change"
        return None

    def create(self) -> None:
        """Create a task, repeatedly with the same token, until the call is answered."""
        caller = self.chance.choice(list(PEOPLE.values()))
        token = f"token-{self.chance.getrandbits(64)}"
        for _ in range(50):
            task = self.ask("Mutation.createTask", {"input": {"title": "x", "clientToken": token}}, caller)
            if task:
                self.created[token] = task["id"]
                self.ids.append((caller, task["id"]))
                return
        raise AssertionError("never answered")

    def act(self) -> None:
        """Perform one action of a client."""
        if not self.ids or self.chance.random() < 0.3:
            self.create()
            return
        caller, id_ = self.chance.choice(self.ids)
        mutation = self.chance.choice([*MUTATIONS, "list"])
        if mutation == "list":
            self.ask("Query.tasksByUser", {"userId": caller.user}, caller)
        elif mutation == "updateTask":
            title = f"title {self.chance.getrandbits(16)}"
            self.ask("Mutation.updateTask", {"input": {"id": id_, "title": title}}, caller)
        else:
            self.ask(f"Mutation.{mutation}", {"id": id_}, caller)

    def verify(self) -> None:
        """Check what must be true after the event path has settled."""
        self.network.fault_of = lambda _: None
        self.path.settle()
        happened = {
            (item["TaskId"], int(item["Version"]), event) for item in self.network.written for event in item["Outbox"]
        }
        self._each_change_was_stored_once()
        self._history_is(happened)
        self._statistics_are(happened)
        self._subscribers_heard_of_each_change()

    def _each_change_was_stored_once(self) -> None:
        stored = self.cloud.tasks()
        versions: dict[str, list[int]] = {}
        for item in self.network.written:
            versions.setdefault(item["TaskId"], []).append(int(item["Version"]))
        assert stored.keys() == versions.keys() == set(self.created.values()), "one task for each token, however often"
        for id_, item in stored.items():
            assert versions[id_] == list(range(1, int(item["Version"]) + 1)), "versions without gap"

    def _history_is(self, happened: set[tuple[str, int, str]]) -> None:
        changes = [item for item in self.cloud.items() if item["SK"].startswith(HISTORY_PREFIX)]
        history = Counter(
            (change["TaskId"], int(change["Version"]), event) for change in changes for event in change["Events"]
        )
        self.lost = len(happened - history.keys())
        self.counted_twice = history.total() - len(history)
        assert history == Counter(dict.fromkeys(happened, 1)), "each event stands in history once"

    def _statistics_are(self, happened: set[tuple[str, int, str]]) -> None:
        assert DynamoDBRecount(self.cloud.dynamodb, TABLE_NAME).drifts(now().date()) == []
        for user, caller in PEOPLE.items():
            tasks = [item for item in self.cloud.tasks().values() if item["UserId"] == user]
            live = Counter(item["Status"] for item in tasks if not item.get("Deleted"))
            ids = {item["TaskId"] for item in tasks}
            statistics = call("Query.taskStatistics", {"userId": user}, caller)["data"]
            counts = (statistics["pending"], statistics["inProgress"], statistics["completed"], statistics["cancelled"])
            assert counts == tuple(live[status] for status in ("PENDING", "IN_PROGRESS", "COMPLETED", "CANCELLED"))
            completions = sum(id_ in ids and event == "TaskCompleted" for id_, _, event in happened)
            assert statistics["completedLast7Days"] == completions

    def _subscribers_heard_of_each_change(self) -> None:
        written = self.network.written
        changes = {(item["TaskId"], int(item["Version"]), event_name(item["Outbox"][-1])) for item in written}
        completions = {(item["TaskId"], int(item["Version"])) for item in written if "TaskCompleted" in item["Outbox"]}
        published = [variables["change"] for variables in self.network.published]
        completed = [variables["task"] for variables in self.network.published if "task" in variables]
        assert {(change["task"]["id"], change["task"]["version"], change["event"]) for change in published} == changes
        assert {(task["id"], task["version"]) for task in completed} == completions


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    network = FaultyNetwork()
    instant = SimpleNamespace(sleep=lambda _: None)  # nobody waits between attempts
    monkeypatch.setattr(botocore.endpoint, "time", instant)
    monkeypatch.setattr(adapters.dynamodb_projections, "time", instant)
    with a_cloud() as cloud, between(network, (dynamodb, PROJECTIONS.client, TOPIC.client)):
        yield World(cloud, network, random.Random(SEED))


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.parametrize("times", [1, 3] if FULL else [3])
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("failing", CALLS)
def test_nothing_is_lost_or_counted_twice_when_a_call_fails(
    world: World, failing: str, fault: Fault, times: int
) -> None:
    left = times

    def fault_of(name: str) -> Fault | None:
        nonlocal left
        if name != failing or left == 0:
            return None
        left -= 1
        return fault

    world.create()
    world.network.fault_of = fault_of
    caller, id_ = world.ids[0]
    world.create()
    for _ in range(times):
        world.ask("Mutation.startTask", {"id": id_}, caller)
        world.ask("Mutation.completeTask", {"id": id_}, caller)
        world.ask("Query.tasksByUser", {"userId": caller.user}, caller)
        world.path.turn()

    assert left == 0, "the fault was never met"
    world.verify()


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.parametrize("storm", range(scaled(2, 20)))
def test_nothing_is_lost_or_counted_twice_in_a_storm_of_faults(world: World, storm: int) -> None:
    chance = world.chance = random.Random(SEED + storm)
    world.path = world.event_path(chance)
    operations = scaled(30, 120)
    sns_is_away = range(operations // 4, operations // 2)
    for turn in range(operations):

        def fault_of(name: str, away: bool = turn in sns_is_away) -> Fault | None:
            if name == "PublishBatch" and away:
                return Fault.TIMEOUT_BEFORE
            return chance.choice(list(Fault)) if chance.random() < 0.15 else None

        world.network.fault_of = fault_of
        world.act()
        if chance.random() < 0.5:
            world.path.turn()

    world.verify()
    figures.append(
        f"faults, storm {SEED + storm}: {world.network.injected.total()} injected, {world.acknowledged} operations "
        f"acknowledged, {world.refused} refused, {world.unanswered} unanswered, "
        f"{len(world.network.written)} state changes, {world.lost} events lost, "
        f"{world.path.duplicates} duplicates delivered, {world.counted_twice} counted"
    )


@dataclass(frozen=True)
class Others:
    """Other writers, who write before the SDK repeats a write whose answer was lost."""

    edits: int = 0
    deletions: int = 0

    def __str__(self) -> str:
        return f"{self.edits} edits, {self.deletions} deletions"

    def overtake(self, world: World, *, first: Fault | None = Fault.TIMEOUT_AFTER) -> None:
        """Write after the next write, which takes effect but loses its answer.

        Without a fault, write immediately before it.
        """
        writes = 0

        def fault_of(name: str) -> Fault | None:
            nonlocal writes
            writes += name == "PutItem"
            if name == "PutItem" and writes == (2 if first else 1):
                self._write(world.network.written[0]["TaskId"])
            return first if name == "PutItem" and writes == 1 else None

        world.network.fault_of = fault_of

    def _write(self, id_: str) -> None:
        for number in range(self.edits):
            edit = {"input": {"id": id_, "title": f"theirs {number}"}}
            assert "data" in call("Mutation.updateTask", edit, OPERATORS[0])
        for _ in range(self.deletions):
            assert "data" in call("Mutation.deleteTask", {"id": id_}, OPERATORS[0])


DELETION = Others(deletions=1)
AS_MANY_AS_KEPT = Others(edits=WRITES_KEPT - 1)
ONE_TOO_MANY = Others(edits=WRITES_KEPT)
OVERTAKERS = [Others(edits=1), DELETION, Others(edits=3, deletions=1), AS_MANY_AS_KEPT]
EDIT: dict[str, Any] = {"title": "mine"}


def change(caller: Caller, mutation: str, id_: str, details: dict[str, Any] | None = None) -> Any:
    arguments = {"id": id_}
    return call(f"Mutation.{mutation}", {"input": arguments | details} if details else arguments, caller)


@pytest.mark.parametrize(
    ("others", "mutation", "details"),
    [
        *((others, "startTask", None) for others in OVERTAKERS),
        *((others, "updateTask", EDIT) for others in OVERTAKERS),
        *((others, "updateTask", EDIT | {"expectedVersion": 1}) for others in OVERTAKERS),
        # A completed or cancelled task refuses the other overtakers.
        *((DELETION, mutation, None) for mutation in ("completeTask", "cancelTask")),
    ],
    ids=str,
)
def test_a_change_whose_answer_was_lost_is_acknowledged_although_others_came_before_its_retry(
    world: World, others: Others, mutation: str, details: dict[str, Any] | None
) -> None:
    world.create()
    caller, id_ = world.ids[0]
    others.overtake(world)

    answer = change(caller, mutation, id_, details)

    assert "data" in answer, f"refused, but stored: {answer}"
    _, mine, *theirs = world.network.written
    task = answer["data"]
    assert [task["version"], task["status"], task["title"]] == [mine["Version"], mine["Status"], mine["Title"]]
    assert len(theirs) == others.edits + others.deletions, "stored once"
    world.verify()


@pytest.mark.parametrize("token", ["t", None])
@pytest.mark.parametrize("others", OVERTAKERS, ids=str)
def test_a_creation_whose_answer_was_lost_is_acknowledged_although_others_came_before_its_retry(
    world: World, others: Others, token: str | None
) -> None:
    others.overtake(world)

    answer = call("Mutation.createTask", {"input": {"title": "mine", "clientToken": token}}, PEOPLE["anna"])

    assert "data" in answer, f"refused, but stored: {answer}"
    assert (answer["data"]["version"], answer["data"]["title"]) == (1, "mine")
    world.created["t"] = answer["data"]["id"]
    world.verify()


@pytest.mark.parametrize(("mutation", "details"), [("startTask", None), ("updateTask", EDIT)])
def test_when_more_writers_came_than_are_remembered_nobody_claims_to_know_whether_a_change_was_stored(
    world: World, mutation: str, details: dict[str, Any] | None
) -> None:
    world.create()
    caller, id_ = world.ids[0]
    ONE_TOO_MANY.overtake(world)

    error = change(caller, mutation, id_, details)["error"]

    assert (error["type"], error["info"]) == (
        "Conflict",
        {
            "code": "UNKNOWN_OUTCOME",
            "currentVersion": 2 + WRITES_KEPT,
            "currentStatus": "PENDING" if mutation == "updateTask" else "IN_PROGRESS",
        },
    )
    assert "not known whether" in error["message"]
    assert len(world.network.written) == 2 + WRITES_KEPT, "and nobody tries again what may be done"
    world.verify()


def test_a_change_that_was_sent_once_is_made_however_many_came_before_it(world: World) -> None:
    world.create()
    caller, id_ = world.ids[0]
    before = Others(edits=WRITES_KEPT + 1)
    before.overtake(world, first=None)

    answer = change(caller, "startTask", id_)

    assert answer["data"]["version"] == 2 + before.edits
    world.verify()


@pytest.mark.parametrize("others", [ONE_TOO_MANY, Others(edits=WRITES_KEPT, deletions=1)], ids=str)
def test_a_creation_without_a_token_is_never_taken_for_somebody_elses(world: World, others: Others) -> None:
    others.overtake(world)

    answer = call("Mutation.createTask", {"input": {"title": "mine"}}, PEOPLE["anna"])

    assert answer["data"]["id"] == world.network.written[0]["TaskId"]
    world.created["t"] = answer["data"]["id"]
    world.verify()
