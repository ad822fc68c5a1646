"""After an erasure, nothing that still moves or is put back brings a person's data back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.indexes import create_table_request
from adapters.items import serialize
from domain.identifiers import UserId
from domain.task import Task
from operations import account
from processor.consumer import consumer
from processor.follow_change import EveryoneListens, FollowChange
from tests.builders import BORIS, a_created_task, later
from tests.in_memory_projections import InMemorySettings, Subscribers
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import LambdaContext
from tests.integration.operators import Operators

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROUNDS = 6
CAROL = UserId("carol@example.com")


class World:
    """A person with tasks beside another one, and everything that may happen around the erasure."""

    def __init__(self, stack: Operators, chance: random.Random) -> None:
        self.stack, self.chance = stack, chance
        self.messages: list[str] = []
        self.waiting: list[str] = []
        self.hidden: list[tuple[str, str]] = []
        self.subscribers = Subscribers()
        follow_change = FollowChange(
            stack.projections,
            self.subscribers,
            DynamoDBErasures(stack.dynamodb, TABLE_NAME),
            EveryoneListens(),
            InMemorySettings(),
            later,
        )
        self.processor = consumer(follow_change, ThreadPoolExecutor(1))

    def works(self, user_id: UserId) -> Task:
        """Create and complete a task, and perhaps delete it. Both changes are recorded."""
        task = a_created_task(user_id=user_id, title="Secret plan")
        self.stack.store(task)
        self.messages.append(self.stack.message(task))
        task.complete(later(2))
        if self.chance.random() < 0.5:
            task.delete(later(3))
        self.stack.store(task)
        self.messages.append(self.stack.message(task))
        return task

    def works_while_the_relay_is_off(self) -> None:
        """Create a task of the person, whose change stays in the stream."""
        task = a_created_task(user_id=CAROL, title="Secret plan")
        self.stack.store(task, recorded=False)
        self.waiting.append(self.stack.message(task))

    def relay_goes_on(self) -> None:
        """Deliver what waits in the stream."""
        self.messages += self.waiting
        self.waiting.clear()
        self.redelivers()

    def hides_a_letter(self) -> None:
        """Another reader, for example a console, holds a letter of the person."""
        url = self.chance.choice(self.stack.deployed.queues_of_failures)
        self.stack.send(url, self.chance.choice(self.messages))
        for message in self.stack.sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]:
            self.hidden.append((url, message["ReceiptHandle"]))

    def shows_letters_again(self) -> None:
        """The other reader lets its letters go."""
        for url, receipt in self.hidden:
            self.stack.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
        self.hidden.clear()

    def redelivers(self) -> None:
        records = [{"messageId": str(number), "body": body} for number, body in enumerate(self.messages)]
        answer = self.processor({"Records": records}, LambdaContext())
        assert answer == {"batchItemFailures": []}

    def dies(self) -> None:
        url = self.chance.choice(self.stack.deployed.queues_of_failures)
        self.stack.send(url, self.chance.choice(self.messages))

    def of_carol_in_the_queue(self) -> int:
        bodies = self.stack.bodies(self.stack.deployed.consumers[0].queue)
        return sum(str(CAROL) in body and "UserErased" not in body for body in bodies)

    def is_restored(self) -> None:
        self.stack.run("restore-tasks", "--from-table", "backup")

    def backs_up(self) -> None:
        for item in self.stack.table():
            self.stack.dynamodb.put_item(TableName="backup", Item=serialize(item))

    def is_put_back_by_hand(self) -> None:
        for item in self.stack.dynamodb.scan(TableName="backup")["Items"]:
            self.stack.dynamodb.put_item(TableName=TABLE_NAME, Item=item)
        assert self.stack.run("erase-again") == 0

    def is_killed_at_any_call(self) -> None:
        calls = iter(range(1000))
        last = self.chance.randrange(40)

        def end(**_: object) -> None:
            if next(calls) == last:
                raise KeyboardInterrupt

        events = self.stack.dynamodb.meta.events
        events.register("before-call", end)
        try:
            assert erase(self.stack) in {0, 1, 130}
        finally:
            events.unregister("before-call", end)


def erase(stack: Operators) -> int:
    return stack.run("erase-user", f"--user={CAROL}", "--patience=0", "--grace=0")


@pytest.fixture
def stack(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
    dynamodb.create_table(**create_table_request("backup"))
    monkeypatch.setattr(account.Account, "find", lambda *_: None)  # a person whom a service named
    return Operators.deploy(dynamodb, monkeypatch)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_of_an_erased_person_is_left_or_comes_back(
    stack: Operators, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    a_round(stack, random.Random(seed), caplog)


def a_round(stack: Operators, chance: random.Random, caplog: pytest.LogCaptureFixture) -> None:
    """Erase a person among disturbances, go on disturbing, and search the person everywhere."""
    caplog.clear()
    world = World(stack, chance)
    world.works(BORIS)
    task = world.works(CAROL)
    world.works(CAROL)
    world.backs_up()
    disturbances: list[Callable[[], Any]] = [
        world.redelivers,
        world.dies,
        world.is_killed_at_any_call,
        lambda: stack.run("rebuild-projections"),
        lambda: stack.run("redrive"),
    ]
    before: list[Callable[[], Any]] = [world.works_while_the_relay_is_off, world.hides_a_letter]
    for _ in range(4):
        world.chance.choice([*disturbances, *before])()

    if world.hidden:
        assert erase(stack) == 1, "what nobody can read now is no success"
    world.shows_letters_again()
    world.relay_goes_on()
    assert erase(stack) == 0

    world.subscribers.published.clear()
    waiting = world.of_carol_in_the_queue()
    for _ in range(4):
        afterwards: list[Callable[[], Any]] = [
            world.is_restored,
            world.is_put_back_by_hand,
            lambda: stack.run("replay", f"--task={task.id}"),
        ]
        world.chance.choice([*disturbances, *afterwards])()
    assert erase(stack) == 0
    left = json.dumps([stack.table(), *map(stack.bodies, stack.deployed.queues_of_failures)], default=str)
    assert str(CAROL) not in left
    assert [change.user_id for change, _ in world.subscribers.published if change.user_id == CAROL] == []
    assert world.of_carol_in_the_queue() == waiting, "nothing was published or put back"
    assert str(BORIS) in left, "others stay"
    assert str(CAROL) not in caplog.text
    assert "Secret plan" not in caplog.text
