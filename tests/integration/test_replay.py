"""A replay reads a shard whose pages arrive in every way that DynamoDB Streams allows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from adapters.items import serialize, task_item
from operations.command_line import main
from operations.deployed import Deployed
from operations.replay import NotReached, messages_between
from tests.builders import a_created_task
from tests.integration.conftest import TABLE_NAME, create_table

EMPTY: list[dict[str, Any]] = []
STREAM, SHARD = "arn:aws:dynamodb:us-east-1:123456789012:table/tasks/stream/1", "shardId-00000000000000000001"
TOPIC = "arn:aws:sns:us-east-1:123456789012:events"


def a_place(number: int) -> str:
    """Returns a sequence number, which has at least 21 digits."""
    return f"{number:021}"


def a_record(sequence_number: int, **more: Any) -> dict[str, Any]:
    item = task_item(a_created_task(), write_id=str(uuid4()), correlation_id=None) | more
    return {"dynamodb": {"SequenceNumber": a_place(sequence_number), "NewImage": serialize(item)}}


def deploy(monkeypatch: pytest.MonkeyPatch, topic: str = TOPIC, unrelayed: str = "unrelayed") -> None:
    monkeypatch.setattr(Deployed, "of", lambda _: Deployed(TABLE_NAME, topic, "pool", unrelayed, []))


@pytest.fixture
def replayed() -> Iterator[Any]:
    """Yields a function that reads the sequence numbers 1 to `last` of a shard that ends after the given pages."""
    streams = boto3.client("dynamodbstreams")
    with Stubber(streams) as stub:

        def read(*pages: Sequence[dict[str, Any]], last: int) -> list[int]:
            stub.add_response("get_shard_iterator", {"ShardIterator": "0"})
            for number, page in enumerate(pages, start=1):
                following = {"NextShardIterator": str(number)} if number < len(pages) else {}
                stub.add_response("get_records", {"Records": page} | following)
            found = messages_between(streams, STREAM, SHARD, a_place(1), a_place(last))
            return [json.loads(message.body)["task"]["version"] for message in found]

        yield read


def test_a_replay_goes_on_after_pages_without_records(replayed: Any) -> None:
    pages = [EMPTY, [a_record(1, Version=1)], EMPTY, EMPTY, [a_record(5, Version=2), a_record(9, Version=3)]]

    assert replayed(*pages, last=9) == [1, 2, 3]


def test_a_replay_reads_no_further_than_the_last_record(replayed: Any) -> None:
    assert replayed([a_record(1, Version=1), a_record(2, Version=2), a_record(3, Version=3)], EMPTY, last=2) == [1, 2]


def test_records_without_an_outbox_have_no_messages(replayed: Any) -> None:
    projection = {"dynamodb": {"SequenceNumber": a_place(1), "NewImage": serialize({"PK": "USER#anna"})}}

    assert replayed([projection, a_record(2, Version=1)], last=2) == [1]


def test_a_shard_that_ends_before_the_last_record_is_no_replay(replayed: Any) -> None:
    with pytest.raises(NotReached, match=r"does not show the sequence number 0*7"):
        replayed([a_record(1)], EMPTY, last=7)


def test_a_sequence_number_that_never_comes_is_given_up(replayed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.replay._EMPTY_PAGES", 3)

    with pytest.raises(NotReached):
        replayed([a_record(1)], *[EMPTY] * 9, last=7)


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"])
def test_records_that_DynamoDB_does_not_show_are_no_replay(code: str) -> None:
    streams = boto3.client("dynamodbstreams")
    with Stubber(streams) as stub:
        stub.add_client_error("get_shard_iterator", code)

        with pytest.raises(NotReached, match=r"does not show the sequence number 0*1\."):
            list(messages_between(streams, STREAM, SHARD, a_place(1), a_place(2)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shard", SHARD, "--first", "7", "--last", a_place(9)], "21 to 40 digits, unlike '7'"),
        (["--task", "TASK#1"], "id must be 1 to 100 letters"),
        (["--shard", SHARD], "A shard needs --first and --last."),
        ([], "one of the arguments --shard --task --parked is required"),
        (["--task", "task-of-nobody"], "no task task-of-nobody. Nothing was published."),
    ],
    ids=["a sequence number", "a task's id", "half of a place", "nothing", "an unknown task"],
)
def test_bad_input_of_the_command_is_one_sentence(
    arguments: Sequence[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(monkeypatch)
    with mock_aws():
        create_table(boto3.client("dynamodb"))
        try:
            code = main(["replay", "--stack", "s", *arguments])
        except SystemExit as ended:
            code = ended.code  # type: ignore[assignment] # of argparse

    assert said in capsys.readouterr().err
    assert code == 2


def test_parked_records_that_are_readable_now_are_published_and_the_others_stay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readable, unreadable = a_record(1), a_record(2, UserId="#")
    position = {"DDBStreamBatchInfo": {"shardId": SHARD, "startSequenceNumber": a_place(1)}}  # Lambda's own message

    with mock_aws():
        topic = boto3.client("sns").create_topic(Name="events")["TopicArn"]
        sqs = boto3.client("sqs")
        queue = sqs.create_queue(QueueName="unrelayed")["QueueUrl"]
        for parked in (readable, unreadable, position):
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(parked))
        deploy(monkeypatch, topic=topic, unrelayed=queue)

        code = main(["replay", "--stack", "s", "--parked"])

        left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])

    assert code == 1
    assert capsys.readouterr().out.endswith("Published: 1. Left in the queue: 2.\n")
    assert left["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "2"
