"""Clients that are cut off, miss, double and reorder live updates end with the tasks of the table.

Everything of the product is the real code, except the table, its index and the queue, which are in memory: they delay,
double, reorder, kill and redrive. docs/decisions/0035-the-feed-of-changes.md has the proof that this test tries to
refute. Its assumptions are here STAMP, LAG and SETTLE.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from adapters.feed_tokens import FeedTokens
from domain.access import Actor, ActorKind
from domain.changes import TaskChange
from domain.details import TaskDetails
from domain.errors import DomainError, TaskNotFound
from domain.events import TaskDeleted
from domain.feed import MARGIN, FeedEntry, FeedPage, FeedPosition
from domain.identifiers import TaskId, UserId
from domain.ports import LiveUpdateFailed, LiveUpdates
from domain.services.change_tasks import Change, ChangeTask, CreateTask
from domain.services.read_changes import ReadChanges
from domain.services.read_tasks import FindTask
from domain.snapshot import TaskSnapshot
from domain.task import Task
from processor.follow_change import LIVE, FollowChange
from tests.builders import ANNA, BORIS, NOON
from tests.in_memory_projections import InMemoryErasures, InMemoryListeners, InMemoryProjections, InMemorySettings
from tests.in_memory_tasks import InMemoryTasks

STEPS, SEEDS = 1500, range(8)
STAMP = timedelta(seconds=28)  # at most, from the time that a recording is stamped with to its commit
LAG = timedelta(seconds=1)  # at most, from the commit to its entry in the index
SETTLE = LAG  # a client reads this long after the acknowledgement of its subscription
OWNERS = [ANNA, ANNA, ANNA, BORIS]
TOKENS = FeedTokens("tasks")


class OutboxTasks(InMemoryTasks):
    """A table that hands each stored change to a queue."""

    queue: list[TaskChange]

    def _store(self, task: Task) -> None:
        self.queue.extend(task.changes)
        super()._store(task)


@dataclass
class Client:
    """A page that shows the tasks of Anna. `tasks` and `deleted` are by id."""

    world: "World"
    tasks: dict[TaskId, TaskSnapshot] = field(default_factory=dict)
    deleted: dict[TaskId, int] = field(default_factory=dict)
    token: str | None = None
    subscribed_at: datetime | None = None
    is_caught_up: bool = False
    is_midway: bool = False  # the pages that are being read began before the subscription
    has_missed: bool = False  # a live update was lost, and nothing has told the client
    has_more: bool = False
    inbox: list[TaskChange] = field(default_factory=list)

    def connect(self) -> None:
        if self.subscribed_at is None:
            self.subscribed_at, self.is_caught_up, self.has_missed = self.world.now, False, False
            self.world.listeners.add(ANNA, self.world.now)
            self.is_midway = self.has_more

    def disconnect(self) -> None:
        self.subscribed_at, self.is_caught_up = None, False
        self.inbox.clear()

    def forget(self) -> None:
        """Reload the page."""
        self.disconnect()
        self.tasks, self.deleted, self.token, self.has_more = {}, {}, None, False

    def read_a_page(self) -> None:
        if self.subscribed_at is None or self.is_caught_up or self.world.now < self.subscribed_at + SETTLE:
            return
        progress = None if self.token is None else TOKENS.progress(ANNA, ActorKind.OWNER, self.token)
        page = self.world.read_changes(
            Actor(ANNA, acts_for_anyone=False), None, progress, self.world.random.choice([1, 3, 10, 100])
        )
        for task in page.changed:
            self.apply(task)
        for deleted in page.deleted:
            self.remove(deleted.id, deleted.version)
        self.token = TOKENS.of_progress(ANNA, ActorKind.OWNER, page.progress)
        self.has_more = not page.progress.is_complete
        self.is_caught_up = not self.has_more and not self.is_midway
        self.is_midway &= self.has_more

    def receive(self) -> None:
        """Take one of the live updates that have arrived, in any order."""
        if not self.inbox:
            return
        change = self.inbox.pop(self.world.random.randrange(len(self.inbox)))
        if isinstance(change.events[-1], TaskDeleted):
            self.remove(change.task_id, change.version)
        elif change.task_id in self.tasks or change.task_id in self.deleted:
            self.apply(change.task)
        else:
            # The task may be new, or a late update of a task that was deleted before this client read the tasks.
            self.look_for(change.task_id)

    def look_for(self, task_id: TaskId) -> None:
        with contextlib.suppress(TaskNotFound):
            self.apply(FindTask(self.world.tasks)(Actor(ANNA, acts_for_anyone=False), task_id).state)

    def apply(self, task: TaskSnapshot) -> None:
        known = self.tasks.get(task.id)
        if task.version > max(known.version if known else 0, self.deleted.get(task.id, 0)):
            self.tasks[task.id] = task
            self.deleted.pop(task.id, None)

    def remove(self, task_id: TaskId, version: int) -> None:
        known = self.tasks.get(task_id)
        if version > (known.version if known else 0):
            self.tasks.pop(task_id, None)
            self.deleted[task_id] = max(version, self.deleted.get(task_id, 0))


class World(LiveUpdates):
    """The product, its clients and its faults."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = NOON
        self.tasks = OutboxTasks()
        self.tasks.queue = []
        self.dead_letters: list[TaskChange] = []
        self.visible_at: dict[tuple[TaskId, int], datetime] = {}
        self.projections = InMemoryProjections(is_hidden=self.is_hidden)
        self.erasures = InMemoryErasures()
        self.listeners = InMemoryListeners()
        self.follow_change = FollowChange(
            self.projections, self, self.erasures, self.listeners, InMemorySettings(), lambda: self.now
        )
        self.read_changes = ReadChanges(self.tasks, self.projections, lambda: self.now)
        self.clients = [Client(self) for _ in range(4)]
        self.is_killed = False
        self.ids: list[tuple[UserId, TaskId]] = []

    def is_hidden(self, entry: FeedEntry) -> bool:
        return self.visible_at[entry.position.task_id, entry.version] > self.now

    def publish(self, change: TaskChange, correlation_id: str | None) -> None:
        """Bring a change to the clients that are subscribed, to some twice and to some not at all."""
        if self.is_killed:
            raise LiveUpdateFailed("killed")
        for client in self.clients if change.user_id == ANNA else []:
            if client.subscribed_at is None:
                continue
            copies = self.random.choices([0, 1, 2], [1, 150, 20])[0]
            client.inbox += [change] * copies
            client.has_missed |= copies == 0

    def write(self) -> None:
        owner = self.random.choice(OWNERS)
        if owner in self.erasures.persons:
            return
        actor = Actor(owner, acts_for_anyone=False)
        if self.random.random() < 0.35 or not self.ids:
            create = CreateTask(self.tasks, lambda: self.now, lambda: UUID(int=self.random.getrandbits(128)))
            self.ids.append((owner, create(actor, None, TaskDetails(title="A task")).id))
            return
        owner, task_id = self.random.choice(self.ids)
        changes: Sequence[Change] = [
            Task.start, Task.complete, Task.reopen, Task.delete,
            lambda task, at: task.edit(at, title=f"Title {self.random.random()}"),
        ]  # fmt: skip
        with contextlib.suppress(DomainError):  # such a change is not allowed now
            ChangeTask(self.tasks, lambda: self.now)(
                Actor(owner, acts_for_anyone=False), task_id, self.random.choice(changes)
            )

    def deliver(self) -> None:
        """Let the processor take any message, be killed before the record, before the publish, or after both."""
        if not self.tasks.queue:
            return
        change = self.random.choice(self.tasks.queue)
        fate = self.random.choice(
            ["done", "done", "done", "done", "killed before", "killed between", "killed after", "dead"]
        )
        if fate == "killed before":
            return
        self.record_and_publish(change, is_killed=fate in {"killed between", "dead"})
        if fate in {"done", "dead"}:
            self.tasks.queue.remove(change)
        if fate == "dead":
            self.dead_letters.append(change)

    def record_and_publish(self, change: TaskChange, *, is_killed: bool = False) -> None:
        self.projections.recorded_at = self.now - STAMP * self.random.random()
        self.visible_at.setdefault((change.task_id, change.version), self.now + LAG * self.random.random())
        self.is_killed = is_killed
        if change.timestamp < self.now - LIVE:  # it is recorded and not published any more
            for client in self.clients:
                client.has_missed |= client.subscribed_at is not None
        with contextlib.suppress(LiveUpdateFailed):
            self.follow_change(change, None)

    def redrive(self) -> None:
        self.tasks.queue += self.dead_letters
        self.dead_letters.clear()

    def erase_boris(self) -> None:
        self.erasures.persons.add(BORIS)
        for key in [key for key, change in self.projections.changes.items() if change.user_id == BORIS]:
            del self.projections.changes[key]
        self.tasks._stored = {key: task for key, task in self.tasks._stored.items() if task.user_id != BORIS}

    def step(self) -> None:
        self.now += timedelta(milliseconds=self.random.choice([0, 1, 20, 300, 2000]))
        client = self.random.choice(self.clients)
        actions: Sequence[tuple[Callable[[], None], float]] = [
            (self.write, 20), (self.deliver, 30), (client.receive, 25), (client.read_a_page, 20), (client.connect, 8),
            (client.disconnect, 2), (client.forget, 0.3), (self.redrive, 1),
            (self.erase_boris, 0.05), (self.pass_a_long_time, 0.1),
        ]  # fmt: skip
        self.random.choices([action for action, _ in actions], [weight for _, weight in actions])[0]()

    def pass_a_long_time(self) -> None:
        self.now += timedelta(hours=self.random.randint(1, 2000))

    def settle(self) -> None:
        """Let everything arrive that is on its way."""
        self.redrive()
        for change in self.tasks.queue:
            self.record_and_publish(change)
        self.tasks.queue.clear()
        self.now += LAG + SETTLE
        for client in self.clients:
            while client.inbox:
                client.receive()
            while client.subscribed_at and not client.is_caught_up:
                client.read_a_page()

    def differences(self, client: Client) -> list[str]:
        actual = {
            task.id: task.state for task in self.tasks._stored.values() if task.user_id == ANNA and not task.deleted
        }
        return [
            f"{task_id}: shown {shown and shown.version}, stored {stored and stored.version}"
            for task_id in actual | client.tasks
            if (shown := client.tasks.get(task_id)) != (stored := actual.get(task_id))
        ]


def test_the_assumptions_are_within_the_margin() -> None:
    assert STAMP + LAG <= MARGIN


@pytest.mark.parametrize("seed", SEEDS)
def test_every_client_ends_with_the_tasks_of_the_table(seed: int) -> None:
    world = World(seed)

    for _ in range(STEPS):
        world.step()
    world.settle()

    up_to_date = [client for client in world.clients if client.is_caught_up and not client.has_missed]
    assert [world.differences(client) for client in up_to_date] == [[]] * len(up_to_date)
    for client in world.clients:
        client.disconnect()
        client.connect()
    world.settle()
    assert [world.differences(client) for client in world.clients] == [[]] * len(world.clients)
    assert len(world.tasks._stored) > 50, "there was something to miss"


def without_a_margin(world: World) -> None:
    """Reads of the feed do not go back behind the last one."""
    world.read_changes = ReadChanges(world.tasks, WithoutMargin(world.projections), lambda: world.now)


def published_before_it_is_recorded(world: World) -> None:
    """The processor publishes first, and records later."""
    world.follow_change = PublishFirst(world)  # type: ignore[assignment]


@pytest.mark.parametrize("break_it", [without_a_margin, published_before_it_is_recorded])
def test_without_one_of_its_conditions_a_client_misses_changes(break_it: Callable[[World], None]) -> None:
    def differences(seed: int) -> Sequence[str]:
        world = World(seed)
        break_it(world)
        for _ in range(STEPS):
            world.step()
        world.settle()
        up_to_date = [client for client in world.clients if client.is_caught_up and not client.has_missed]
        return [difference for client in up_to_date for difference in world.differences(client)]

    assert any(map(differences, SEEDS))


class WithoutMargin(InMemoryProjections):
    def __init__(self, projections: InMemoryProjections) -> None:
        self.projections = projections

    def feed(self, user_id: UserId, start: datetime | FeedPosition, limit: int) -> FeedPage:
        return self.projections.feed(user_id, start + MARGIN if isinstance(start, datetime) else start, limit)


class PublishFirst:
    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting: list[TaskChange] = []

    def __call__(self, change: TaskChange, correlation_id: str | None) -> None:
        if not self.world.is_killed:
            self.world.publish(change, correlation_id)
        self.waiting.append(change)
        if len(self.waiting) > 30:
            self.world.projections.record(self.waiting.pop(0))
