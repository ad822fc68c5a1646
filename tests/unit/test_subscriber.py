"""A subscriber that uses the kit stays right under kills, duplicates, disorder, replays and erasures.

packages/subscriber is the kit; its example counts completed tasks per week. The messages are the product's own.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from completed_per_week import CompletedPerWeek, opened
from tasks_subscriber import Change, Erasure, Inbox, Outcome, Unreadable, poll, read

from adapters.erasure_messages import UserErased
from adapters.messages import ChangeMessage
from domain.details import TaskDetails
from domain.events import TaskCompleted, TaskReopened
from domain.identifiers import UserId
from domain.status import TaskStatus
from domain.task import Task
from tests.builders import ANNA, BORIS, NOON, a_created_task, a_task, an_id, later

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("subscriber_worker.py")


def bodies_of(task: Task) -> list[str]:
    return [ChangeMessage(change, None).to_json() for change in task.changes]


def a_life(chance: random.Random, user_id: UserId) -> Task:
    """Returns a task with the changes of a random life of some weeks."""
    at = NOON + timedelta(days=chance.randint(0, 60))
    task = Task.create(task_id=an_id(), user_id=user_id, details=TaskDetails(title="A secret title"), at=at)
    for _ in range(chance.randint(0, 8)):
        at += timedelta(hours=chance.randint(1, 200))
        if task.status in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}:
            task.reopen(at)
        else:
            edit = partial(task.edit, title=f"Title {at}")
            changes: list[Callable[[datetime], object]] = [task.complete, task.cancel, edit]
            chance.choice(changes)(at)
    if chance.random() < 0.3:
        task.delete(at + timedelta(hours=1))
    return task


def week(moment: datetime) -> str:
    return f"{moment.isocalendar().year}-W{moment.isocalendar().week:02}"


def expected(tasks: Sequence[Task]) -> Mapping[str, int]:
    """Returns the completions by week, as the tasks' events say in their order."""
    counts: Counter[str] = Counter()
    for event in (event for task in tasks for change in task.changes for event in change.events):
        match event:
            case TaskCompleted():
                counts[week(event.timestamp)] += 1
            case TaskReopened(was_completed_at=datetime() as moment):
                counts[week(moment)] -= 1
    return {name: count for name, count in sorted(counts.items()) if count}


@dataclass
class Reader:
    """The example consumer on a database in memory or in a file."""

    database: sqlite3.Connection = field(default_factory=lambda: opened(Path(":memory:")))

    def __post_init__(self) -> None:
        self.inbox, self.counts = Inbox(self.database, b"secret"), CompletedPerWeek(self.database)

    def receive(self, body: str) -> Outcome:
        return self.inbox.receive(body, self.counts)

    def everything(self) -> str:
        """Returns all that the database holds, as text."""
        return "\n".join(self.database.iterdump())


def test_the_kit_reads_every_field_of_a_message() -> None:
    task = a_task(status=TaskStatus.IN_PROGRESS, version=2)
    task.complete(later())
    (body,) = bodies_of(task)

    change = read(body)

    assert isinstance(change, Change)
    assert (change.task_id, change.version, change.user_id) == (str(task.id), 3, "anna")
    assert change.timestamp == later()
    assert change.task == json.loads(body)["task"]
    assert [(event.type, dict(event.facts)) for event in change.events] == [
        ("TaskStatusChanged", {"previousStatus": "IN_PROGRESS"}),
        ("TaskCompleted", {}),
    ]
    assert read(json.dumps({"Type": "Notification", "Message": body})) == change, "SNS's envelope is taken off"


def test_the_kit_reads_an_erasure() -> None:
    assert read(UserErased(ANNA, NOON).message().body) == Erasure("anna", NOON)


def test_what_newer_versions_add_does_no_harm() -> None:
    message = json.loads(bodies_of(a_created_task())[0])
    message["task"] |= {"effort": 3, "status": "POSTPONED"}
    message["events"].append({"id": "a/1/TaskPostponed", "type": "TaskPostponed", "until": "2027-01-01"})

    assert Reader().receive(json.dumps(message)) is Outcome.APPLIED


def spoiled(**changes: Any) -> str:
    return json.dumps(json.loads(bodies_of(a_created_task())[0]) | changes)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        '{"Type": "Notification"}',
        spoiled(source="orders-api"),
        spoiled(version=2),
        spoiled(timestamp="yesterday"),
        spoiled(timestamp="2026-11-23T12:00:00"),
        spoiled(task=None),
        spoiled(task={"id": "a", "userId": "anna", "version": "1"}),
        spoiled(events=[{"id": "a"}]),
        json.dumps({**json.loads(UserErased(ANNA, NOON).message().body), "userId": None}),
    ],
)
def test_what_is_no_message_is_refused_and_changes_nothing(body: str) -> None:
    reader = Reader()
    before = reader.everything()

    with pytest.raises(Unreadable) as refusal:
        reader.receive(body)

    assert "anna" not in str(refusal.value)
    assert reader.everything() == before


@pytest.mark.parametrize("seed", range(20))
def test_the_counts_are_right_under_duplicates_disorder_and_replays(seed: int) -> None:
    chance = random.Random(seed)
    tasks = [a_life(chance, ANNA) for _ in range(10)]
    bodies = [body for task in tasks for body in bodies_of(task)]
    deliveries = bodies + chance.choices(bodies, k=len(bodies)) + bodies  # duplicates, and a replay of everything
    chance.shuffle(deliveries)
    reader = Reader()

    outcomes = Counter(reader.receive(body) for body in deliveries)

    assert outcomes == {Outcome.APPLIED: len(bodies), Outcome.DUPLICATE: 2 * len(bodies)}
    assert reader.counts.of("anna") == expected(tasks)


def test_a_later_version_that_was_applied_before_is_known_from_the_newest() -> None:
    task = a_created_task()
    task.start(later(1))
    task.complete(later(2))
    newest: dict[int, bool] = {}

    class Recorder:
        def apply(self, change: Change, *, is_newest: bool) -> None:
            newest[change.version] = is_newest

        def erase(self, user_id: str) -> None:
            raise AssertionError

    first, second, third = bodies_of(task)
    inbox = Inbox(opened(Path(":memory:")), b"secret")
    for body in (third, first, second):
        inbox.receive(body, Recorder())

    assert newest == {3: True, 1: False, 2: False}


@pytest.mark.parametrize("seed", range(20))
def test_nothing_of_an_erased_person_stays_or_comes_back(seed: int) -> None:
    chance = random.Random(seed)
    tasks = {user: [a_life(chance, user) for _ in range(5)] for user in (ANNA, BORIS)}
    deliveries = [body for each in tasks.values() for task in each for body in bodies_of(task)]
    deliveries += chance.choices(deliveries, k=20)
    chance.shuffle(deliveries)
    deliveries.insert(chance.randint(0, len(deliveries)), UserErased(ANNA, later()).message().body)
    reader = Reader()

    for body in deliveries + deliveries:  # also a replay, in which the erasure comes twice
        reader.receive(body)

    assert "anna" not in reader.everything()
    assert not any(str(task.id) in reader.everything() for task in tasks[ANNA])
    assert reader.counts.of("boris") == expected(tasks[BORIS])


def test_a_subscriber_that_fails_leaves_no_half_of_a_change() -> None:
    reader = Reader()
    before = reader.everything()
    task = a_task()
    task.complete(later())
    (body,) = bodies_of(task)

    class Broken(CompletedPerWeek):
        def apply(self, change: Change, *, is_newest: bool) -> None:
            super().apply(change, is_newest=is_newest)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        reader.inbox.receive(body, Broken(reader.database))
    assert reader.everything() == before

    assert reader.receive(body) is Outcome.APPLIED
    assert reader.counts.of("anna") == {"2026-W48": 1}


def killed_after(acknowledgements: int, database: Path, bodies: Sequence[str]) -> int:
    """Returns how many bodies a worker acknowledged before it was killed, in the middle of its work."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(WORKER), str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as worker:
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write("\n".join(bodies) + "\n")
        worker.stdin.flush()
        seen = sum(1 for _, _ in zip(range(acknowledgements), worker.stdout, strict=False))
        worker.kill()
    return seen


def test_the_counts_are_right_when_the_reader_is_killed_ten_times(tmp_path: Path) -> None:
    chance = random.Random(7)
    tasks = [a_life(chance, ANNA) for _ in range(60)]
    waiting = [body for task in tasks for body in bodies_of(task)]
    chance.shuffle(waiting)
    database = tmp_path / "counts.db"

    for _ in range(10):  # the queue gives what was not acknowledged to the next worker
        waiting = waiting[killed_after(chance.randint(1, 15), database, waiting) :]
    assert waiting
    reader = Reader(opened(database))
    repeated = Counter(reader.receive(body) for body in waiting)

    assert repeated[Outcome.DUPLICATE] > 0, "some were applied, but the kill came before their acknowledgement"
    assert reader.counts.of("anna") == expected(tasks)


class Sqs:
    """SQS as `poll` sees it: what is not deleted is delivered again."""

    def __init__(self, bodies: Sequence[str]) -> None:
        self.waiting = dict(enumerate(bodies))

    def receive_message(self, **request: Any) -> Mapping[str, Any]:
        assert request == {"QueueUrl": "url", "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20}
        return {
            "Messages": [
                {"MessageId": f"m{number}", "ReceiptHandle": str(number), "Body": body}
                for number, body in [*self.waiting.items()][:10]
            ]
        }

    def delete_message(self, **request: Any) -> None:
        del self.waiting[int(request["ReceiptHandle"])]


def test_a_poisoned_message_stays_alone_and_its_content_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    sqs = Sqs(["anna's secret", *bodies_of(a_created_task()), UserErased(BORIS, NOON).message().body])

    assert poll(sqs, "url", Reader().receive) == 2

    assert list(sqs.waiting.values()) == ["anna's secret"]
    assert "message m0 could not be applied" in caplog.text
    assert "anna" not in caplog.text


def test_an_inbox_refuses_a_connection_that_begins_transactions_itself() -> None:
    with pytest.raises(ValueError, match="isolation_level=None"):
        Inbox(sqlite3.connect(":memory:"), b"secret")


def test_erasures_that_nothing_can_undo_any_more_are_forgotten() -> None:
    reader = Reader()
    reader.receive(UserErased(ANNA, NOON).message().body)

    reader.inbox.forget_erasures(before=NOON)
    assert reader.receive(bodies_of(a_created_task())[0]) is Outcome.DROPPED

    reader.inbox.forget_erasures(before=later())
    assert reader.receive(bodies_of(a_created_task())[0]) is Outcome.APPLIED


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the databases of a test, so that none is left to the garbage collector."""
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remembered(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connections.append(connect(*arguments, **options))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", remembered)
    yield
    for connection in connections:
        connection.close()
