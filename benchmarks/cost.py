"""Computes the cost of operations from AWS calls, item sizes, durations and list prices. Explained in docs/cost.md.

It counts and measures warm code on the embedded cloud: one invocation of the resolver per operation, one of the relay
per change, and one of the processor per message. This is the most expensive case; `busy` rows have full batches. The
bare baseline ends at the topic. The extended baseline, which is comparable with the product, adds history, statistics
and live updates in the obvious way (benchmarks/baseline/processor.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from adapters.dynamodb_listeners import DynamoDBListeners, listeners_key
from adapters.items import serialize
from adapters.timestamps import now
from benchmarks import prices, request_path
from benchmarks.bills import (
    PROCESSOR_BATCH,
    RELAY_BATCH,
    Batches,
    Bill,
    Operation,
    bill_of,
    busy_bill,
    up_to_the_topic,
    with_firewall_and_logs,
)
from benchmarks.bundles import Bundles
from benchmarks.capacity import with_whole_items
from benchmarks.cloud import Cloud
from benchmarks.events import Image, body_of, new_task, queue_event, stream_event
from benchmarks.lambdas import Lambda, a_lambda
from benchmarks.request_path import BASELINE, OURS, field_event
from benchmarks.rows import Row, counted
from benchmarks.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROUNDS = 30
BATCHES = 10  # full batches
_WARM_UP = 3
_LISTENED_TO = ("create", "complete")  # measured once more while somebody listens to everyone
_SWEEP = "processor.sweep_handler.handler"
_RELAY, _PROCESSOR = "processor.relay_handler.handler", "processor.consumer_handler.handler"
_BASELINE_PROCESSOR = "baseline.processor.process"
_COMPARABLE = "baseline, to the topic; without AppSync"
_LIVES = (
    ("create", "get", "list", "list_open", "update", "start", "complete", "reopen"),
    ("create", "cancel"),
    ("create", "delete"),
    ("create_due", "complete_due"),
    ("create_remind", "remind"),
)


@dataclass(frozen=True)
class Samples:
    """Invocations by operation in the order of the rounds, and full batches of two kinds of changes."""

    ours: Mapping[str, list[Operation]]
    full: Mapping[str, list[Batches]]
    baseline: Mapping[str, list[Operation]]


def rows(bundles: Bundles, cloud: Cloud, stack: Stack) -> list[Row]:
    """Each kind of operation against the baselines', where they have it; against our own createTask otherwise."""
    samples = _measured(bundles, cloud, stack)
    ours = {name: bill_of(operations) for name, operations in samples.ours.items()}
    comparisons = []
    for name, operations in samples.baseline.items():
        whole = bill_of(operations)
        bare = bill_of([replace(operation, processor=[]) for operation in operations])
        comparable = up_to_the_topic(bare)
        comparisons.append(_row(f"cost_{name}_vs_baseline", up_to_the_topic(ours[name]), comparable, _COMPARABLE))
        if name in samples.full:
            busy = up_to_the_topic(busy_bill(ours[name], samples.ours[name], samples.full[name]))
            comparisons.append(_row(f"cost_{name}_busy_vs_baseline", busy, comparable, f"{_COMPARABLE}; full batches"))
        comparisons.append(
            _row(f"cost_{name}_whole_vs_baseline", ours[name], bare, "baseline, which ends at the topic")
        )
        if operations[-1].processor:
            # The extended baseline publishes each completion, so that it is compared with one that somebody hears.
            variant = f"{name}_heard"
            comparisons += _like_for_like(name, ours[variant], samples.ours[variant], whole, operations)
            comparisons.append(
                _row(f"cost_{name}_heard_vs_unheard", ours[variant], ours[name], "ours, while nobody listens")
            )
    comparisons += [
        _row(f"cost_{name}_vs_create", ours[name], ours["create"], "our createTask")
        for name in ("update", "start", "cancel", "reopen", "delete")
    ]
    comparisons += [
        _row(f"cost_{name}_due_vs_{name}", ours[f"{name}_due"], ours[name], "the same without a due date")
        for name in ("create", "complete")
    ]
    comparisons += [
        _row("cost_create_remind_vs_create", ours["create_remind"], ours["create"], "the same without a reminder"),
        # A reminder is no request of a caller. Its row has the whole sweep, as if it found no other one.
        _row(
            "cost_remind_vs_update",
            {**ours["remind"], "AppSync": 0},
            {**ours["update"], "AppSync": 0},
            "our updateTask",
        ),
    ]
    comparisons.append(_row("cost_list_open_vs_list", ours["list_open"], ours["list"], "our tasksByUser, every status"))
    for name, peer in (("reopen", "complete"), ("list_open", "list")):
        calls, of_peer = (len(samples.ours[operation][-1].request.calls) for operation in (name, peer))
        comparisons.append(counted(f"aws_calls_{name}", calls, of_peer, "calls", f"our {peer}"))
    live_update = {"live updates": prices.APPSYNC_OPERATION + prices.APPSYNC_UPDATE}
    comparisons.append(
        _row("cost_live_update_vs_create", live_update, ours["create"], "our createTask; one subscriber")
    )
    return comparisons


def _like_for_like(
    name: str, ours: Bill, our_samples: Sequence[Operation], other: Bill, other_samples: Sequence[Operation]
) -> list[Row]:
    extended = "baseline, extended to history, statistics and live updates"
    everything = with_firewall_and_logs(ours, our_samples), with_firewall_and_logs(other, other_samples)
    return [
        _row(f"cost_{name}_whole_vs_like_for_like", ours, other, extended),
        _row(f"cost_{name}_with_firewall_and_logs_vs_like_for_like", *everything, f"{extended}; WAF and logs too"),
    ]


def _measured(bundles: Bundles, cloud: Cloud, stack: Stack) -> Samples:
    environment = {**cloud.environment(), "GRAPHQL_URL": stack.deployed.graphql_url}
    samples = Samples(defaultdict(list), {}, defaultdict(list))
    with (
        a_lambda(bundles.ours, bundles.lambdas_own, environment) as ours,
        a_lambda(bundles.baseline, bundles.lambdas_own, environment) as baseline,
    ):
        for number in range(-_WARM_UP, ROUNDS):
            our_lives = [pair for life in _LIVES for pair in _our_life(ours, life, cloud.dynamodb)]
            with _a_listener(cloud):
                our_lives += [(f"{name}_heard", pair) for name, pair in _our_life(ours, _LISTENED_TO, cloud.dynamodb)]
            baseline_life = list(_baseline_life(baseline))
            if number >= 0:
                for name, operation in our_lives:
                    samples.ours[name].append(operation)
                for name, operation in baseline_life:
                    samples.baseline[name].append(operation)
        full = {name: [_batches(ours, samples.ours[name]) for _ in range(BATCHES)] for name in ("create", "complete")}
    return replace(samples, full=full)


@contextmanager
def _a_listener(cloud: Cloud) -> Iterator[None]:
    """Let somebody listen to everyone's tasks meanwhile, so that changes are published."""
    table = cloud.environment()["TABLE_NAME"]
    DynamoDBListeners(cloud.dynamodb, table).add(None, now())
    yield
    cloud.dynamodb.delete_item(TableName=table, Key=serialize(listeners_key(None)))


def _row(row_id: str, ours: Bill, other: Bill, note: str) -> Row:
    row = counted(row_id, sum(ours.values()), sum(other.values()), "dollars per million", note)
    return row.with_parts({part: (ours.get(part, 0.0), other.get(part, 0.0)) for part in {**ours, **other}})


def _our_life(invoke: Lambda, life: Sequence[str], dynamodb: DynamoDBClient) -> Iterator[tuple[str, Operation]]:
    """One task's operations, and what follows from each."""
    task: Mapping[str, Any] = {}
    for name in life:
        if name == "remind":
            request = invoke(_SWEEP, {})
        else:
            arguments = request_path.arguments_of(name, "ours", task.get("id", ""), task.get("version"))
            request = invoke(OURS, field_event(name, "ours", arguments))
        request = replace(request, calls=with_whole_items(request.calls, dynamodb))
        if name != "remind" and "id" in request.answer["data"]:
            task = request.answer["data"]
        images = [json.loads(sent)["Item"] for call, sent, _ in request.calls if call == "dynamodb.PutItem"]
        relay = invoke(_RELAY, stream_event(images)) if images else None
        processor = [invoke(_PROCESSOR, queue_event([body_of(image)])) for image in images]
        yield name, Operation(request, relay, processor)


def _baseline_life(invoke: Lambda) -> Iterator[tuple[str, Operation]]:
    """One task's operations, each published event in an invocation of the extended baseline's processor."""
    for name, request in request_path.life("baseline", lambda name, event: invoke(BASELINE[name], event)):
        bodies = [parse_qs(sent)["Message"][0] for call, sent, _ in request.calls if call == "sns.Publish"]
        yield name, Operation(request, None, [invoke(_BASELINE_PROCESSOR, queue_event([body])) for body in bodies])


def _batches(invoke: Lambda, samples: Sequence[Operation]) -> Batches:
    images: list[Image] = [
        json.loads(sent)["Item"]
        for operation in samples
        for call, sent, _ in operation.request.calls
        if call == "dynamodb.PutItem"
    ]
    records = [images[number % len(images)] for number in range(RELAY_BATCH)]
    bodies = [body_of(new_task()) for _ in range(PROCESSOR_BATCH)]
    return Batches(invoke(_RELAY, stream_event(records)), invoke(_PROCESSOR, queue_event(bodies)))
