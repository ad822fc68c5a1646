"""A replay publishes what it was asked for, says whose changes they are, and never those of an erased person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.stub import Stubber

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.items import serialize
from adapters.outbox_messages import message_of
from adapters.task_items import task_item
from domain.identifiers import UserId
from operations import replay
from operations.stream import NotReached, Stream
from tests.builders import ANNA, BORIS, a_created_task, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.operators import Operators

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EMPTY: list[dict[str, Any]] = []
STREAM, SHARD = "arn:aws:dynamodb:us-east-1:123456789012:table/tasks/stream/1", "shardId-00000000000000000001"
START = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def a_place(number: int) -> str:
    """Returns a sequence number, which has at least 21 digits."""
    return f"{number:021}"


def a_record(sequence_number: int, user_id: UserId = ANNA, **more: Any) -> dict[str, Any]:
    item = task_item(a_created_task(user_id=user_id), write_id=str(uuid4()), correlation_id=None) | more
    return {
        "dynamodb": {
            "SequenceNumber": a_place(sequence_number),
            "NewImage": serialize(item),
            "ApproximateCreationDateTime": START + timedelta(seconds=sequence_number),
        }
    }


@pytest.fixture
def answers() -> Iterator[tuple[Stream, Stubber]]:
    streams = boto3.client("dynamodbstreams")
    with Stubber(streams) as stub:
        yield Stream(streams, STREAM), stub


def add_pages(stub: Stubber, *pages: Sequence[dict[str, Any]]) -> None:
    stub.add_response("get_shard_iterator", {"ShardIterator": "0"})
    for number, page in enumerate(pages, start=1):
        following = {"NextShardIterator": str(number)} if number < len(pages) else {}
        stub.add_response("get_records", {"Records": page} | following)


def numbers_of(records: Iterator[Any]) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


@pytest.fixture
def replayed(answers: tuple[Stream, Stubber]) -> Any:
    """Returns a function that reads the sequence numbers 1 to `last` of a shard that ends after the given pages."""
    stream, stub = answers

    def read(*pages: Sequence[dict[str, Any]], last: int) -> list[int]:
        add_pages(stub, *pages)
        return numbers_of(stream.between(SHARD, a_place(1), a_place(last)))

    return read


@pytest.fixture
def stack(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Operators:
    return Operators.deploy(dynamodb, monkeypatch)


def test_a_replay_goes_on_after_pages_without_records(replayed: Any) -> None:
    pages = [EMPTY, [a_record(1)], EMPTY, EMPTY, [a_record(5), a_record(9)]]

    assert replayed(*pages, last=9) == [1, 5, 9]


def test_a_replay_reads_no_further_than_the_last_record(replayed: Any) -> None:
    assert replayed([a_record(1), a_record(2), a_record(3)], EMPTY, last=2) == [1, 2]


def test_records_without_an_outbox_have_no_messages(replayed: Any) -> None:
    projection = {"dynamodb": {"SequenceNumber": a_place(1), "NewImage": serialize({"PK": "USER#anna"})}}

    assert replayed([projection, a_record(2)], last=2) == [2]


def test_a_shard_that_ends_before_the_last_record_is_no_replay(replayed: Any) -> None:
    with pytest.raises(NotReached, match=r"does not show the sequence number 0*7"):
        replayed([a_record(1)], EMPTY, last=7)


def test_a_sequence_number_that_never_comes_is_given_up(replayed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.stream.EMPTY_PAGES", 3)

    with pytest.raises(NotReached):
        replayed([a_record(1)], *[EMPTY] * 9, last=7)


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"])
def test_records_that_DynamoDB_does_not_show_are_no_replay(answers: tuple[Stream, Stubber], code: str) -> None:
    stream, stub = answers
    stub.add_client_error("get_shard_iterator", code)

    with pytest.raises(NotReached, match=r"does not show the sequence number 0*1\."):
        list(stream.between(SHARD, a_place(1), a_place(2)))


def test_a_time_is_found_in_every_shard_parents_first(answers: tuple[Stream, Stubber]) -> None:
    stream, stub = answers
    child, parent, gone = (f"shardId-{name:0<24}" for name in ("child", "parent", "gone"))
    page = {"Shards": [{"ShardId": child, "ParentShardId": parent}]}
    more = {"Shards": [{"ShardId": parent, "ParentShardId": gone}]}
    stub.add_response("describe_stream", {"StreamDescription": page | {"LastEvaluatedShardId": child}})
    stub.add_response("describe_stream", {"StreamDescription": more})
    add_pages(stub, [a_record(1), a_record(2)], EMPTY, [a_record(3)])
    add_pages(stub, [a_record(4)], [a_record(5), a_record(6)])

    records = stream.since(START + timedelta(seconds=2, milliseconds=700), START + timedelta(seconds=5))

    assert numbers_of(records) == [2, 3, 4, 5]


def test_an_open_shard_is_read_to_its_end(answers: tuple[Stream, Stubber]) -> None:
    stream, stub = answers
    stub.add_response("describe_stream", {"StreamDescription": {"Shards": [{"ShardId": SHARD + "0"}]}})
    add_pages(stub, [a_record(1)], *[EMPTY] * 11)

    assert numbers_of(stream.since(START, later(99_999))) == [1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shard", SHARD, "--first", "7", "--last", a_place(9)], "21 to 40 digits, unlike '7'"),
        (["--since", "2026-11-30T09:00"], "a date, a time and a zone"),
        (["--since", "yesterday"], "a date, a time and a zone"),
        (["--task", "TASK#1"], "id must be 1 to 100 letters"),
        ([], "one of the arguments --since --shard --task --parked is required"),
        (["--task", "task-of-nobody"], "no task task-of-nobody. Nothing was published."),
        (["--since", "2026-11-30T09:00Z"], "The table tasks has no stream."),
    ],
)
def test_bad_input_of_the_command_is_one_sentence(
    stack: Operators, arguments: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: Any = stack.run("replay", *arguments)
    except SystemExit as ended:  # of argparse
        code = ended.code

    assert said in capsys.readouterr().err
    assert code == 2


def test_a_replay_since_a_time_says_whose_changes_it_published(
    stack: Operators,
    answers: tuple[Stream, Stubber],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream, stub = answers
    stub.add_response("describe_stream", {"StreamDescription": {"Shards": [{"ShardId": SHARD + "0"}]}})
    unreadable = a_record(4, UserId="#")
    add_pages(stub, [a_record(1), a_record(2, BORIS), a_record(3), unreadable])
    monkeypatch.setattr(replay, "_stream", lambda _: stream)
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(BORIS, later(), "an operator")

    code = stack.run("replay", "--since", "2026-11-30T09:00Z")

    printed = capsys.readouterr().out
    assert code == 1
    assert [message["task"]["userId"] for message in stack.published()] == ["anna", "anna"]
    assert "Changes of 1 users: anna 2\n" in printed
    assert printed.endswith("Published: 2. Of erased persons, not published: 1. Left: 1.\n")
    assert f"Left: the record {a_place(4)}" in printed


def test_a_tasks_last_change_is_published_from_its_outbox_unless_its_owner_is_erased(stack: Operators) -> None:
    task = a_created_task()
    stack.store(task)

    assert stack.run("replay", "--task", str(task.id)) == 0
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(ANNA, later(), "an operator")
    assert stack.run("replay", "--task", str(task.id)) == 0

    assert [message["task"]["id"] for message in stack.published()] == [str(task.id)]


def test_parked_records_that_are_readable_now_are_published_and_the_others_stay(
    stack: Operators, capsys: pytest.CaptureFixture[str]
) -> None:
    readable, unreadable, of_boris = a_record(1), a_record(2, UserId="#"), a_record(3, BORIS)
    position = {"DDBStreamBatchInfo": {"shardId": SHARD, "startSequenceNumber": a_place(1)}}  # Lambda's own message
    for parked in (readable, unreadable, of_boris, position):
        parked.get("dynamodb", {}).pop("ApproximateCreationDateTime", None)
        stack.send(stack.deployed.unrelayed, json.dumps(parked))
    DynamoDBErasures(stack.dynamodb, TABLE_NAME).add(BORIS, later(), "an operator")

    codes = [stack.run("replay", "--parked"), stack.run("replay", "--parked")]

    printed = capsys.readouterr().out
    assert codes == [1, 1], "also the second run, which finds them again at once"
    assert "Published: 1. Of erased persons, not published: 1. Left: 2.\n" in printed
    assert printed.endswith("Published: 0. Of erased persons, not published: 0. Left: 2.\n")
    assert len(stack.bodies(stack.deployed.unrelayed)) == 2
    assert [message["task"] for message in stack.published()] == [
        json.loads(message_of(readable["dynamodb"]).body)["task"]
    ]


def test_a_parked_record_that_is_only_hidden_is_not_taken_for_none(
    stack: Operators, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.send(stack.deployed.unrelayed, "{}")
    stack.sqs.receive_message(QueueUrl=stack.deployed.unrelayed, VisibilityTimeout=60)

    assert stack.run("replay", "--parked") == 1

    assert "1 parked records are held by another reader" in capsys.readouterr().out
