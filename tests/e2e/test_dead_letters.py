"""A poison message reaches the dead-letter queue and blocks nothing. A redrive brings valid messages back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from local.description import StackDescription
from local.settings import ROOT, Settings
from tests.e2e.clients import Api, eventually

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def sqs(stack: StackDescription) -> Iterator[SQSClient]:
    """Yields a client for which messages return after a second instead of three minutes.

    The tests leave no messages behind.
    """
    client: SQSClient = boto3.client(
        "sqs",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id=stack.aws_access_key_id,
        aws_secret_access_key=stack.aws_secret_access_key,
    )
    before = client.get_queue_attributes(QueueUrl=stack.queue_url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    client.set_queue_attributes(QueueUrl=stack.queue_url, Attributes={"VisibilityTimeout": "1"})
    yield client
    client.set_queue_attributes(QueueUrl=stack.queue_url, Attributes={"VisibilityTimeout": before["VisibilityTimeout"]})
    for url in (stack.queue_url, stack.dead_letter_queue_url):
        client.purge_queue(QueueUrl=url)


def dead_letters(sqs: SQSClient, stack: StackDescription) -> int:
    attributes = sqs.get_queue_attributes(
        QueueUrl=stack.dead_letter_queue_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


async def test_poison_reaches_the_dead_letters_and_the_next_event_its_history(
    api: Api, stack: StackDescription, sqs: SQSClient
) -> None:
    history = "query($id: ID!) { task(id: $id) { history { type } } }"
    sqs.send_message(QueueUrl=stack.queue_url, MessageBody=json.dumps({"source": "tasks-api", "version": 2}))

    async with api.http(api.with_key()) as http:
        id_ = await http.create("beside-poison")

        async def is_told() -> bool:
            return bool((await http(history, id=id_))["task"]["history"])

        await eventually(is_told)

    async def is_dead() -> bool:
        return dead_letters(sqs, stack) == 1

    await eventually(is_dead, within=60)


async def test_dead_letters_are_shown_and_put_back_by_choice(
    api: Api, stack: StackDescription, settings: Settings, sqs: SQSClient
) -> None:
    sneezed = {"type": "TaskSneezed", "id": "task-1/9/TaskSneezed"}
    unknown = {"source": "tasks-api", "version": 1, "events": [sneezed], "correlationId": "Root=1-x"}
    sqs.send_message(QueueUrl=stack.dead_letter_queue_url, MessageBody=json.dumps(unknown))

    shown = command("redrive", settings, "--inspect")
    left = command("redrive", settings)
    moved = command("redrive", settings, "--unreadable")

    assert "by type: TaskSneezed 1" in shown
    assert "no change of ours" in shown
    assert "Moved: 0. Deleted: 0. Left: 1." in left
    assert "Moved: 1. Deleted: 0. Left: 0." in moved

    async def is_empty() -> bool:
        return dead_letters(sqs, stack) == 0

    await eventually(is_empty)


def command(name: str, settings: Settings, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "local", "operations", name, *arguments],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DATA": str(settings.data), "AUTH": "1" if settings.enforces_iam else "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
