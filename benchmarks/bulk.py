"""Computes the cost of catching up, of reading and of completing many tasks by one request, from measured calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.feed_tokens import FeedTokens
from benchmarks import prices
from benchmarks.bills import PROCESSOR_BATCH, Bill, lambda_dollars, queue_dollars, table_dollars, topic_dollars
from benchmarks.bundles import Bundles
from benchmarks.capacity import with_whole_items
from benchmarks.cloud import Cloud
from benchmarks.events import body_of, queue_event, stream_event
from benchmarks.lambdas import Lambda, Measured, a_lambda
from benchmarks.request_path import OURS, arguments_of, field_event
from benchmarks.rows import Row, counted
from domain.access import ActorKind
from domain.changes import TaskChange
from domain.details import TaskDetails
from domain.feed import Progress
from domain.identifiers import TaskId, UserId
from domain.task import Task

CHANGES = (0, 5, 20)
READ, COMPLETED = 20, 25  # tasks of one request
ROUNDS = 20
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SEEN = _START + timedelta(hours=1)  # the progress of a client that was offline since
_RELAY, _PROCESSOR = "processor.relay_handler.handler", "processor.consumer_handler.handler"


def rows(bundles: Bundles, cloud: Cloud) -> list[Row]:
    """Returns the rows of `taskChanges` after 0, 5 and 20 changes, of `tasks`, and of a completion among 25."""
    environment = {**cloud.environment(), "GRAPHQL_URL": "http://127.0.0.1:9/graphql"}  # nobody listens to the tasks
    with a_lambda(bundles.ours, bundles.lambdas_own, environment) as ours:
        caught_up = {changes: _catch_up(ours, cloud, changes) for changes in CHANGES}
        user, ids = _created(cloud, READ)
        read = _repeated(ours, cloud, "tasks", user, {"ids": ids})
        page = _repeated(ours, cloud, "list", user, arguments_of("list", user, ""))
        many, alone = _bill(ours, cloud, COMPLETED), _bill(ours, cloud, 1)
    listed = _read_dollars(page)
    note = f"our tasksByUser, a page of {READ}"
    return [
        *(
            counted(f"aws_calls_task_changes_{changes}", len(samples[-1].calls), len(page[-1].calls), "calls", note)
            for changes, samples in caught_up.items()
        ),
        counted(f"aws_calls_tasks_{READ}", len(read[-1].calls), len(page[-1].calls), "calls", note),
        *(
            counted(f"cost_task_changes_{changes}", _read_dollars(samples), listed, "dollars per million", note)
            for changes, samples in caught_up.items()
        ),
        counted(f"cost_tasks_{READ}", _read_dollars(read), listed, "dollars per million", note),
        _row_of_many(many, alone),
    ]


def _read_dollars(samples: Sequence[Measured]) -> float:
    return prices.APPSYNC_OPERATION + lambda_dollars(samples) + table_dollars(samples[-1])


def _row_of_many(many: Bill, alone: Bill) -> Row:
    row = counted(
        f"cost_complete_in_{COMPLETED}",
        sum(many.values()),
        sum(alone.values()),
        "dollars per million",
        "the same of changeTasks with one task",
    )
    return row.with_parts({part: (many[part], alone[part]) for part in many})


def _catch_up(ours: Lambda, cloud: Cloud, changes: int) -> list[Measured]:
    """Returns invocations of `taskChanges` by a client that has missed this number of changes."""
    user, ids = _created(cloud, READ)
    tasks = DynamoDBTasks(cloud.dynamodb, cloud.table_name, lambda: None)
    for id_ in ids[:changes]:
        task = tasks.get(TaskId(id_))
        if task is None:
            raise RuntimeError(f"{id_} is not there")
        task.start(_SEEN + timedelta(hours=1))
        (change,) = task.changes
        tasks.save(task)
        _record(cloud, change, _SEEN + timedelta(hours=1))
    token = FeedTokens(cloud.table_name).of_progress(UserId(user), ActorKind.OWNER, Progress(_SEEN, list_token=None))
    samples = _repeated(ours, cloud, "task_changes", user, {"userId": user, "since": token})
    if len(samples[-1].answer["data"]["changed"]) != changes:
        raise RuntimeError(f"not {changes} changes: {samples[-1].answer}")
    return samples


def _created(cloud: Cloud, number: int) -> tuple[str, list[str]]:
    """Creates tasks of a new user, recorded long ago. Returns the user's id and those of the tasks."""
    user = UserId(f"bulk-{uuid4()}")
    tasks = DynamoDBTasks(cloud.dynamodb, cloud.table_name, lambda: None)
    ids = []
    for minutes in range(number):
        details = TaskDetails(title="Write the report", description="All of it")
        at = _START + timedelta(minutes=minutes)
        task = Task.create(task_id=TaskId.of(uuid4()), user_id=user, details=details, at=at)
        (change,) = task.changes
        tasks.add(task)
        _record(cloud, change, at)
        ids.append(str(task.id))
    return str(user), ids


def _record(cloud: Cloud, change: TaskChange, at: datetime) -> None:
    DynamoDBProjections(cloud.dynamodb, cloud.table_name, lambda: at).record(change)


def _repeated(ours: Lambda, cloud: Cloud, operation: str, user: str, arguments: Mapping[str, Any]) -> list[Measured]:
    event = field_event(operation, user, arguments)
    samples = [ours(OURS, event) for _ in range(ROUNDS + 1)][1:]
    if "error" in samples[-1].answer:
        raise RuntimeError(f"{operation}: {samples[-1].answer}")
    last = replace(samples[-1], calls=with_whole_items(samples[-1].calls, cloud.dynamodb))
    return [*samples[:-1], last]


def _bill(ours: Lambda, cloud: Cloud, number: int) -> Bill:
    """Returns the bill of one completion among `number` of one `changeTasks`."""
    requests, relays, processors = [], [], list[list[Measured]]()
    for _ in range(ROUNDS):
        user, ids = _created(cloud, number)
        actions = [{"id": id_, "action": "COMPLETE"} for id_ in ids]
        requests.append(ours(OURS, field_event("change_many", user, {"input": actions})))
        images = [json.loads(sent)["Item"] for call, sent, _a in requests[-1].calls if call == "dynamodb.PutItem"]
        if len(images) != number:
            raise RuntimeError(f"not all completed: {requests[-1].answer}")
        relays.append(ours(_RELAY, stream_event(images)))
        bodies = [body_of(image) for image in images]
        processors.append([ours(_PROCESSOR, queue_event(batch)) for batch in _batches(bodies)])
    whole = {
        "AppSync": prices.APPSYNC_OPERATION,
        "resolver": lambda_dollars(requests),
        "table": table_dollars(requests[-1]),
        "relay": lambda_dollars(relays),
        "topic": topic_dollars(relays[-1]),
        "queue": sum(len(batch) * queue_dollars(batch=len(batch)) for batch in _batches(bodies)),
        "processor": sum(lambda_dollars(samples) for samples in zip(*processors, strict=True)),
        "projections": sum(map(table_dollars, processors[-1])),
    }
    return {part: dollars / number for part, dollars in whole.items()}


def _batches(bodies: Sequence[str]) -> Sequence[Sequence[str]]:
    return [bodies[start : start + PROCESSOR_BATCH] for start in range(0, len(bodies), PROCESSOR_BATCH)]
