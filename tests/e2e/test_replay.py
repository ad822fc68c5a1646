"""Events are published again from the stream and from a task's outbox, and projections count them once."""

import os
import re
import subprocess
import sys
from typing import Any

import boto3

from local.description import StackDescription
from local.settings import ROOT, Settings
from tests.e2e.clients import Api, eventually

SEEN = "query($id: ID!, $user: ID!) { task(id: $id) { history { id } } taskStatistics(userId: $user) { total } }"


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

        from_outbox = replay(settings, "--task", id_)
        from_stream = replay(settings, *whole_stream(stack))
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


def whole_stream(stack: StackDescription) -> list[str]:
    streams: Any = boto3.client(
        "dynamodbstreams",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
    )
    (stream,) = streams.list_streams(TableName=stack.table_name)["Streams"]
    shard = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"][0]
    place = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"]}
    start = streams.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = streams.get_records(ShardIterator=start)["Records"]
    first, last = (record["dynamodb"]["SequenceNumber"] for record in (records[0], records[-1]))
    return ["--shard", shard["ShardId"], "--first", first, "--last", last]


def replay(settings: Settings, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "local", "operations", "replay", *arguments],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DATA": str(settings.data), "AUTH": "1" if settings.enforces_iam else "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
