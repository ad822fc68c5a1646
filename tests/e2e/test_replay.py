"""Operators' commands on the whole stack: events published again count once, and earlier layouts are rewritten."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import Any

import boto3

from adapters.history_items import HISTORY_PREFIX, history_key
from adapters.items import Item, deserialize, serialize
from adapters.task_items import task_key
from domain.identifiers import TaskId
from local.description import StackDescription
from local.settings import ROOT, Settings
from tests.e2e.clients import Api, eventually

SEEN = "query($id: ID!, $user: ID!) { task(id: $id) { history { id } } taskStatistics(userId: $user) { total } }"
LISTED = "query($user: ID!) { tasksByUser(userId: $user) { items { id version } } }"
CHANGES = "query($user: ID!) { taskChanges(userId: $user) { changed { id } } }"
EVENTS = "query($user: ID!) { taskEvents(userId: $user) { items { taskId type } } }"
DELETE = "mutation($id: ID!) { deleteTask(id: $id) { id } }"


async def test_a_replay_publishes_what_stream_and_outbox_hold_and_nothing_is_counted_twice(
    api: Api, stack: StackDescription, settings: Settings
) -> None:
    async with api.http(api.with_key()) as http:
        id_ = await http.create("replayed")
        await http("mutation($id: ID!) { startTask(id: $id) { id } }", id=id_)

        async def is_told() -> bool:
            return len((await http(SEEN, id=id_, user="replayed"))["task"]["history"]) == 2

        await eventually(is_told)
        before = await http(SEEN, id=id_, user="replayed")

        from_outbox = operate(settings, "replay", "--task", id_)
        from_stream = operate(settings, "replay", *whole_stream(stack))
        await http("mutation($id: ID!) { completeTask(id: $id) { id } }", id=id_)

        async def is_told_of_the_next() -> bool:
            return len((await http(SEEN, id=id_, user="replayed"))["task"]["history"]) == 4

        await eventually(is_told_of_the_next)
        after = await http(SEEN, id=id_, user="replayed")

    assert f"Changes of 1 tasks: {id_} 1\n" in from_outbox
    assert "Published: 1. Of erased persons, not published: 0. Left: 0.\n" in from_outbox
    published = re.search(r"Published: (\d+)\. Of erased persons, not published: \d+\. Left: 0\.", from_stream)
    assert published
    assert int(published[1]) >= 2
    assert after["task"]["history"][:2] == before["task"]["history"]
    assert after["taskStatistics"] == before["taskStatistics"] == {"total": 1}


async def test_items_of_an_earlier_layout_are_rewritten_by_an_interrupted_and_repeated_backfill(
    api: Api, stack: StackDescription, settings: Settings
) -> None:
    dynamodb = client(stack, "dynamodb")
    async with api.http(api.with_key()) as http:
        deleted, *others = [await http.create("backfilled") for _ in range(4)]
        await http(DELETE, id=deleted)

        async def all_are_recorded() -> bool:
            return len((await http(EVENTS, user="backfilled"))["taskEvents"]["items"]) == 5

        await eventually(all_are_recorded)
        keys = [task_key(TaskId(id_)) for id_ in (deleted, *others)]
        keys += [history_key(TaskId(id_), 1) for id_ in (deleted, *others)]
        present = [read(dynamodb, stack, key) for key in keys]
        for item in present:
            dynamodb.put_item(TableName=stack.table_name, Item=serialize(as_before_record_19(item)))

        position = interrupted_backfill(settings)
        rest = operate(settings, "backfill", "--rate", "10000", "--after", position)
        again = operate(settings, "backfill", "--rate", "10000")

        listed = (await http(LISTED, user="backfilled"))["tasksByUser"]["items"]
        changed = (await http(CHANGES, user="backfilled"))["taskChanges"]["changed"]
        events = (await http(EVENTS, user="backfilled"))["taskEvents"]["items"]

    assert [read(dynamodb, stack, key) for key in keys] == [in_layout(item) for item in present]
    assert "Changed meanwhile: 0." in rest
    assert "Rewritten: 0. Changed meanwhile: 0." in again
    assert listed == [{"id": id_, "version": 1} for id_ in reversed(others)]
    assert changed == [{"id": id_} for id_ in reversed(others)]
    assert len(events) == 5


def as_before_record_19(item: Item) -> Item:
    """Returns an item as it was stored when the indexes had keys of their own and feeds did not exist."""
    if item["SK"].startswith(HISTORY_PREFIX):
        return {name: value for name, value in item.items() if name != "RecordedAt"}
    old = {("CreatedAt" if name == "WasCreatedAt" else name): value for name, value in item.items()}
    user, place = f"USER#{item['UserId']}", f"TASK#{old['CreatedAt']}#{item['TaskId']}"
    return old | {"GSI1PK": user, "GSI1SK": place, "GSI2PK": f"{user}#{item['Status']}", "GSI2SK": place}


def in_layout(item: Item) -> Item:
    """Returns an item as a backfill stores it. When an old entry of a history was recorded is not known."""
    return item | {"RecordedAt": item["Timestamp"]} if "RecordedAt" in item else item


def read(dynamodb: Any, stack: StackDescription, key: Item) -> Item:
    response = dynamodb.get_item(TableName=stack.table_name, Key=serialize(key), ConsistentRead=True)
    return deserialize(response["Item"])


def interrupted_backfill(settings: Settings) -> str:
    """Interrupt a backfill that has begun. Returns the position at which the command says to continue."""
    with subprocess.Popen(
        [*COMMAND, "backfill", "--rate", "1"],
        cwd=ROOT,
        env=environment(settings),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr
        assert "items read" in running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        said = running.stderr.read()
    assert running.returncode == 130
    position = re.search(r"--after (\S+)", said)
    assert position, said
    return position[1]


def whole_stream(stack: StackDescription) -> list[str]:
    streams = client(stack, "dynamodbstreams")
    (stream,) = streams.list_streams(TableName=stack.table_name)["Streams"]
    shard = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"][0]
    place = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"]}
    start = streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = streams.get_records(ShardIterator=start)["Records"]
    first, last = (record["dynamodb"]["SequenceNumber"] for record in (records[0], records[-1]))
    return ["--shard", shard["ShardId"], "--first", first, "--last", last]


def client(stack: StackDescription, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload] # the name of any service
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
    )


COMMAND = [sys.executable, "-m", "local", "operations"]


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "LOCAL_DATA": str(settings.data), "AUTH": "1" if settings.enforces_iam else "0"}


def operate(settings: Settings, command: str, *arguments: str) -> str:
    done = subprocess.run(
        [*COMMAND, command, *arguments],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
