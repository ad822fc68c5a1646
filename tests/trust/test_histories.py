"""The answers to many concurrent callers on a few tasks of the local cloud fit into one order."""

import json
import random
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from threading import Barrier
from typing import Any

import boto3
import pytest

from adapters.timestamps import now
from operations.recount import DynamoDBRecount
from tests.e2e.clients import Api, eventually
from tests.trust.scale import FULL, SEED, figures, scaled

CREATE = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id version } }"
UPDATE = "mutation($id: ID!, $title: String) { updateTask(input: {id: $id, title: $title}) { id version } }"
MOVE = "mutation($id: ID!) { %s(id: $id) { id version } }"
SEEN = "query($id: ID!) { task(id: $id) { version status history { type version } } }"
TYPED = {"InvalidTransition", "Conflict"}
COLD = 60  # seconds; the local cloud starts a worker process for each concurrent call


@dataclass(frozen=True)
class Acknowledgement:
    """The answer to one call, and the time during which the call ran (monotonic seconds)."""

    mutation: str
    task: str
    version: int
    began: float
    ended: float


class Caller:
    """Makes calls one after another, and records the answers."""

    def __init__(self, api: Api, number: int, tasks: Sequence[str]) -> None:
        self._api = api
        self._chance = random.Random(SEED * 1000 + number)
        self._tasks = tasks
        self._name = f"caller {number}"
        self.acknowledgements: list[Acknowledgement] = []
        self.refused: Counter[str] = Counter()

    def run(self, calls: int, together: Barrier) -> "Caller":
        """Make `calls` edits and starts. When all callers have done so, complete every task."""
        for number in range(calls):
            id_ = self._chance.choice(self._tasks)
            if self._chance.random() < 0.8:
                self._call("updateTask", UPDATE, id=id_, title=f"{self._name} {number}")
            else:
                self._call("startTask", MOVE % "startTask", id=id_)
        together.wait(COLD)
        for id_ in self._chance.sample(self._tasks, len(self._tasks)):
            self._call("completeTask", MOVE % "completeTask", id=id_)
        return self

    def _call(self, mutation: str, query: str, **variables: str) -> None:
        began = time.monotonic()
        answer = post(self._api, query, **variables)
        if errors := answer.get("errors"):
            self.refused[errors[0]["errorType"]] += 1
        else:
            version = answer["data"][mutation]["version"]
            self.acknowledgements.append(Acknowledgement(mutation, variables["id"], version, began, time.monotonic()))


def post(api: Api, query: str, **variables: object) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"content-type": "application/json", "x-api-key": api.stack.api_key}
    request = urllib.request.Request(api.stack.graphql_url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=COLD) as answer:
        return dict(json.load(answer))


def recount(api: Api) -> DynamoDBRecount:
    client = boto3.client(
        "dynamodb",
        endpoint_url=api.stack.aws_endpoint_url,
        region_name=api.stack.region,
        aws_access_key_id=api.stack.aws_access_key_id,
        aws_secret_access_key=api.stack.aws_secret_access_key,
    )
    return DynamoDBRecount(client, api.stack.table_name)


@pytest.mark.parametrize("callers", [2, 4, 8, 16, 32, 64] if FULL else [2, 16])
async def test_concurrent_callers_are_told_of_versions_without_gap_and_of_one_completion(
    api: Api, callers: int
) -> None:
    owner = f"history-{callers}"
    input_ = {"userId": owner, "title": "Contended"}
    tasks = [post(api, CREATE, input=input_)["data"]["createTask"]["id"] for _ in range(3)]

    together = Barrier(callers)
    with ThreadPoolExecutor(callers) as pool:
        running = [pool.submit(Caller(api, number, tasks).run, scaled(3, 20), together) for number in range(callers)]
        finished = [caller.result() for caller in running]

    refused = sum((caller.refused for caller in finished), Counter[str]())
    assert refused.keys() <= TYPED
    for id_ in tasks:
        acknowledgements = sorted(
            (call for c in finished for call in c.acknowledgements if call.task == id_), key=lambda call: call.version
        )
        stored = post(api, SEEN, id=id_)["data"]["task"]
        assert [call.version for call in acknowledgements] == list(range(2, stored["version"] + 1))
        assert [call.mutation for call in acknowledgements].count("completeTask") == 1
        assert (acknowledgements[-1].mutation, stored["status"]) == ("completeTask", "COMPLETED")
        assert all(earlier.began < later.ended for earlier, later in pairwise(acknowledgements)), (
            "versions against time"
        )

    async def settled() -> bool:
        histories = [post(api, SEEN, id=id_)["data"]["task"] for id_ in tasks]
        return all({event["version"] for event in task["history"]} >= latest(task) for task in histories)

    await eventually(settled, within=60)
    for id_ in tasks:
        task = post(api, SEEN, id=id_)["data"]["task"]
        assert [event["type"] for event in task["history"]].count("COMPLETED") == 1

    async def recounted() -> bool:
        return not recount(api).drifts(now().date())

    await eventually(recounted, within=60)
    figures.append(
        f"histories: {callers} callers, {sum(len(each.acknowledgements) for each in finished)} changes acknowledged, "
        f"{dict(refused)} refused, versions without gap, {len(tasks)} tasks completed once each, drift 0"
    )


def latest(task: dict[str, Any]) -> set[int]:
    """Returns the minimum of versions that the 100 latest events cover, because a completion has two events."""
    return set(range(max(1, task["version"] - 90), task["version"] + 1))
