"""Dead letters are summarized, chosen, put back and deleted, each by itself."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.erasure_messages import UserErased
from operations import queues
from tests.builders import ANNA, BORIS, a_created_task, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.operators import Operators

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FOREIGN = '{"not": "ours"}'
DEEP = "[" * 100_000


@pytest.fixture
def stack(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
    return Operators.deploy(dynamodb, monkeypatch)


def a_letter(stack: Operators, user: object = ANNA) -> str:
    task = a_created_task(user_id=user)  # type: ignore[arg-type]
    stack.store(task)
    return stack.message(task)


def test_all_letters_are_summarized_by_type_reason_age_and_user(
    stack: Operators, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = stack.deployed.consumers[0].dead_letters
    stack.send(dead, *[a_letter(stack) for _ in range(21)], a_letter(stack, BORIS), FOREIGN, DEEP)

    assert stack.run("redrive", "--inspect") == 0

    printed = capsys.readouterr().out
    assert "Processor-dead: 24 messages" in printed
    assert "by type: TaskCreated 22, none 2" in printed
    assert "nested too deeply 1" in printed
    assert "by age: under an hour 24" in printed
    assert "by user: anna 21, none 2, boris 1" in printed
    assert len(stack.bodies(dead)) == 24, "and all stay"


def test_changes_go_back_to_their_own_consumer_and_others_stay(stack: Operators) -> None:
    processor, mailer = stack.deployed.consumers
    assert processor.undelivered
    first, second, third = (a_letter(stack) for _ in range(3))
    stack.send(processor.dead_letters, first, FOREIGN)
    stack.send(processor.undelivered, second)
    stack.send(mailer.dead_letters, third)

    assert stack.run("redrive") == 0

    assert sorted(stack.bodies(processor.queue)) == sorted([first, second])
    assert stack.bodies(mailer.queue) == [third]
    assert stack.bodies(processor.dead_letters) == [FOREIGN]
    assert stack.bodies(mailer.dead_letters) == stack.bodies(processor.undelivered) == []


def test_a_letter_goes_back_in_the_group_of_its_user(stack: Operators) -> None:
    processor = stack.deployed.consumers[0]
    stack.sqs.send_message(QueueUrl=processor.dead_letters, MessageBody=a_letter(stack), MessageGroupId=str(ANNA))

    assert stack.run("redrive") == 0

    (message,) = stack.sqs.receive_message(QueueUrl=processor.queue, MessageSystemAttributeNames=["MessageGroupId"])[
        "Messages"
    ]
    assert message["Attributes"]["MessageGroupId"] == str(ANNA)


def test_many_go_back_in_one_run(stack: Operators) -> None:
    processor = stack.deployed.consumers[0]
    letter = a_letter(stack)
    for _ in range(5):
        entries = [{"Id": str(number), "MessageBody": letter} for number in range(10)]
        stack.sqs.send_message_batch(QueueUrl=processor.dead_letters, Entries=entries)  # type: ignore[arg-type]

    assert stack.run("redrive") == 0

    counts = queues.Queue(stack.sqs, processor.queue).counts()
    assert (counts.total, queues.Queue(stack.sqs, processor.dead_letters).counts().total) == (50, 0)


@pytest.mark.parametrize("choice", ["--message", "--user", "--task", "--type"])
def test_one_choice_is_deleted_without_emptying_the_queue(stack: Operators, choice: str) -> None:
    dead = stack.deployed.consumers[0].dead_letters
    boris = a_letter(stack, BORIS).replace("TaskCreated", "TaskUpdated")
    message_id, *_ = stack.send(dead, boris, a_letter(stack), FOREIGN)
    value = {
        "--message": message_id,
        "--user": str(BORIS),
        "--task": json.loads(boris)["task"]["id"],
        "--type": "TaskUpdated",
    }[choice]

    assert stack.run("redrive", "--delete", f"{choice}={value}") == 0

    assert boris not in stack.bodies(dead)
    assert len(stack.bodies(dead)) == 2
    assert stack.bodies(stack.deployed.consumers[0].queue) == []


def test_what_is_no_change_of_ours_goes_by_choice(stack: Operators) -> None:
    dead = stack.deployed.consumers[0].dead_letters
    letter = a_letter(stack)
    stack.send(dead, letter, FOREIGN, DEEP, "")

    assert stack.run("redrive", "--delete", "--unreadable") == 0

    assert stack.bodies(dead) == [letter]


def test_a_deletion_without_a_choice_is_refused(stack: Operators, capsys: pytest.CaptureFixture[str]) -> None:
    letter = a_letter(stack)
    stack.send(stack.deployed.consumers[0].dead_letters, letter)

    assert stack.run("redrive", "--delete") == 2
    assert stack.run("redrive", "--consumer", "Nobody") == 2

    assert "name one of Processor, Mailer." in capsys.readouterr().err
    assert stack.bodies(stack.deployed.consumers[0].dead_letters) == [letter]


def test_letters_of_an_erased_person_never_go_back(stack: Operators, capsys: pytest.CaptureFixture[str]) -> None:
    processor = stack.deployed.consumers[0]
    of_boris = a_letter(stack, BORIS)
    announced = UserErased(ANNA, later()).message().body
    stack.send(processor.dead_letters, a_letter(stack), of_boris, announced)
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(ANNA, later(), "an operator")

    assert stack.run("redrive") == 0

    assert sorted(stack.bodies(processor.queue)) == sorted([of_boris, announced])
    assert stack.bodies(processor.dead_letters) == []
    assert "erased 1" in capsys.readouterr().out


def test_letters_that_another_reader_holds_are_said(stack: Operators, capsys: pytest.CaptureFixture[str]) -> None:
    dead = stack.deployed.consumers[0].dead_letters
    stack.send(dead, a_letter(stack))
    stack.sqs.receive_message(QueueUrl=dead, VisibilityTimeout=60)

    assert stack.run("redrive") == 1

    assert "1 more are held by another reader" in capsys.readouterr().out


def test_a_failure_releases_what_was_read(stack: Operators, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = stack.deployed.consumers[0].dead_letters
    letter = a_letter(stack)
    stack.send(dead, letter)
    monkeypatch.setattr("operations.redrive.Summary.decide", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))

    assert stack.run("redrive") == 130

    assert stack.bodies(dead) == [letter]


def test_an_interruption_stops_the_reading_of_every_queue(stack: Operators) -> None:
    letters = queues.Queue(stack.sqs, stack.deployed.consumers[0].dead_letters)
    stack.send(letters.url, *[a_letter(stack) for _ in range(11)])
    stopped = threading.Event()

    def decide(_: queues.Letter) -> queues.Decision:
        stopped.set()
        return queues.Decision.GOES

    letters.each(decide, stopped=stopped)

    assert letters.counts().total == 1, "the batch ends, and no other begins"


def test_a_message_goes_back_with_its_attributes(stack: Operators) -> None:
    status: Any = {"status": {"DataType": "String", "StringValue": "PENDING"}}
    task = a_created_task()
    stack.store(task)
    consumer = stack.deployed.consumers[0]
    stack.sqs.send_message(QueueUrl=consumer.dead_letters, MessageBody=stack.message(task), MessageAttributes=status)

    assert stack.run("redrive") == 0

    (message,) = stack.sqs.receive_message(QueueUrl=consumer.queue, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"] == status


def test_a_message_that_is_delivered_twice_moves_once(stack: Operators) -> None:
    consumer = stack.deployed.consumers[0]
    stack.send(consumer.dead_letters, a_letter(stack))

    class Twice:
        """SQS that delivers each message to a second call too, as a standard queue may."""

        def __init__(self) -> None:
            self.earlier: list[Any] = []

        def __getattr__(self, name: str) -> Any:
            return getattr(stack.sqs, name)

        def receive_message(self, **request: Any) -> Any:
            messages = stack.sqs.receive_message(**request).get("Messages", [])
            answer, self.earlier = [*messages, *self.earlier], messages
            return {"Messages": answer}

    letters = queues.Queue(Twice(), consumer.dead_letters)  # type: ignore[arg-type]
    letters.each(lambda _: queues.Decision.MOVES, move_to=consumer.queue)

    assert queues.Queue(stack.sqs, consumer.queue).counts().total == 1
    assert letters.counts().total == 0
