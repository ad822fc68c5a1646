"""What operations cost: counted AWS calls and item sizes, measured durations, list prices. By hand: docs/cost.md.

Counted and measured where the code runs warm, on the embedded cloud: an invocation of the resolver for each operation,
one of the relay for each change, one of the processor for each message. That is the dearest there can be; `busy` rows
have full batches. The baseline's design ends at the topic, so that is how far the two are compared.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks import prices, request_path
from benchmarks.bills import (
    PROCESSOR_BATCH,
    RELAY_BATCH,
    Batches,
    Bill,
    Operation,
    baseline_bill,
    busy_bill,
    live_update_dollars,
    our_bill,
    up_to_the_topic,
)
from benchmarks.bundles import Bundles
from benchmarks.cloud import Cloud
from benchmarks.events import Image, bodies_of, new_task, queue_event, stream_event
from benchmarks.lambdas import Lambda, Measured, a_lambda
from benchmarks.request_path import BASELINE, OURS, field_event, history_event
from benchmarks.rows import Row, counted
from benchmarks.stack import Stack

ROUNDS = 30
BATCHES = 10  # full ones
_WARM_UP = 3
_RELAY, _PROCESSOR = "processor.relay.handler", "processor.consumer.handler"
_COMPARABLE = "baseline, to the topic; without AppSync"
_LIVES = (
    ("create", "get", "list", "update", "start", "complete"),
    ("create", "cancel"),
    ("create", "delete"),
)


@dataclass(frozen=True)
class Samples:
    """Invocations by operation, in the order of the rounds; full batches of two kinds of changes."""

    ours: Mapping[str, list[Operation]]
    full: Mapping[str, list[Batches]]
    baseline: Mapping[str, list[Measured]]


def rows(bundles: Bundles, cloud: Cloud, stack: Stack) -> list[Row]:
    """Each kind of operation against the baseline's, where it has one; against our own createTask otherwise."""
    samples = _measured(bundles, cloud, stack)
    ours = {name: our_bill(operations) for name, operations in samples.ours.items()}
    made = []
    for name, measured in samples.baseline.items():
        bill = baseline_bill(measured)
        comparable = up_to_the_topic(bill)
        made.append(_row(f"cost_{name}_vs_baseline", up_to_the_topic(ours[name]), comparable, _COMPARABLE))
        if name in samples.full:
            busy = up_to_the_topic(busy_bill(ours[name], samples.ours[name], samples.full[name]))
            made.append(_row(f"cost_{name}_busy_vs_baseline", busy, comparable, f"{_COMPARABLE}; full batches"))
        made.append(_row(f"cost_{name}_whole_vs_baseline", ours[name], bill, "baseline, which ends at the topic"))
    made += [
        _row(f"cost_{name}_vs_create", ours[name], ours["create"], "our createTask")
        for name in ("update", "start", "cancel", "delete")
    ]
    history = [operation.history[-1] for operation in samples.ours["complete"]]
    live_update = {"live updates": live_update_dollars(history) + prices.APPSYNC_UPDATE}
    made.append(_row("cost_live_update_vs_create", live_update, ours["create"], "our createTask; one subscriber"))
    return made


def _measured(bundles: Bundles, cloud: Cloud, stack: Stack) -> Samples:
    environment = {**cloud.environment(), "GRAPHQL_URL": stack.deployed.graphql_url}
    samples = Samples(defaultdict(list), {}, defaultdict(list))
    with (
        a_lambda(bundles.ours, bundles.lambdas_own, environment) as ours,
        a_lambda(bundles.baseline, bundles.lambdas_own, environment) as baseline,
    ):
        for number in range(-_WARM_UP, ROUNDS):
            our_lives = [pair for life in _LIVES for pair in _our_life(ours, life)]
            baseline_life = list(request_path.life("baseline", lambda name, event: baseline(BASELINE[name], event)))
            if number >= 0:
                for name, operation in our_lives:
                    samples.ours[name].append(operation)
                for name, measured in baseline_life:
                    samples.baseline[name].append(measured)
        full = {name: [_batches(ours, samples.ours[name]) for _ in range(BATCHES)] for name in ("create", "complete")}
    return replace(samples, full=full)


def _row(row_id: str, ours: Bill, other: Bill, note: str) -> Row:
    row = counted(row_id, sum(ours.values()), sum(other.values()), "dollars per million", note)
    return row.with_parts({part: (ours.get(part, 0.0), other.get(part, 0.0)) for part in {**ours, **other}})


def _our_life(invoke: Lambda, life: Sequence[str]) -> Iterator[tuple[str, Operation]]:
    """One task's operations, and what follows from each."""
    task_id = ""
    for name in life:
        request = invoke(OURS, field_event(name, "ours", request_path.arguments_of(name, "ours", task_id)))
        task_id = task_id or request.answer["data"]["id"]
        images = [json.loads(asked)["Item"] for call, asked, _ in request.calls if call == "dynamodb.PutItem"]
        relay = invoke(_RELAY, stream_event(images)) if images else None
        bodies = [body for image in images for body in bodies_of(image)]
        processor = [invoke(_PROCESSOR, queue_event([body])) for body in bodies]
        history = [invoke(OURS, history_event("ours", task_id)) for _ in bodies]
        yield name, Operation(request, relay, processor, history)


def _batches(invoke: Lambda, samples: Sequence[Operation]) -> Batches:
    images: list[Image] = [
        json.loads(asked)["Item"]
        for one in samples
        for call, asked, _ in one.request.calls
        if call == "dynamodb.PutItem"
    ]
    records = [images[number % len(images)] for number in range(RELAY_BATCH)]
    bodies = [body for _ in range(PROCESSOR_BATCH) for body in bodies_of(new_task())]
    return Batches(invoke(_RELAY, stream_event(records)), invoke(_PROCESSOR, queue_event(bodies)))
