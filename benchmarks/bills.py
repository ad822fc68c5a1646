"""The arithmetic of what operations cost: AWS calls and durations in, dollars per million out."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import prices
from benchmarks.capacity import units_of
from benchmarks.lambdas import Measured

MEMORY = 512  # MB, as cdk/function.py has it
RELAY_BATCH, PROCESSOR_BATCH = 100, 10  # as cdk/event_path.py has them
TO_THE_TOPIC = ("resolver", "table", "relay", "topic")

Bill = Mapping[str, float]
"""Dollars per million operations, by what takes them."""


@dataclass(frozen=True)
class Operation:
    """One operation and what follows: the resolver's invocation, the relay's, the processor's of each message.

    `history` is the resolver's invocation for the history in each live update.
    """

    request: Measured
    relay: Measured | None
    processor: Sequence[Measured]
    history: Sequence[Measured]


@dataclass(frozen=True)
class Batches:
    """One invocation of the relay with a full batch of a change's records, one of the processor with a full batch."""

    relay: Measured
    processor: Measured


def up_to_the_topic(bill: Bill) -> Bill:
    """As far as the baseline goes, without AppSync's own price."""
    return {part: bill[part] for part in TO_THE_TOPIC if part in bill}


def our_bill(samples: Sequence[Operation]) -> Bill:
    """Of one operation of this kind, every message in an invocation of its own."""
    last = samples[-1]
    bill = {
        "AppSync": prices.APPSYNC_OPERATION,
        "resolver": lambda_dollars([one.request for one in samples]),
        "table": table_dollars(last.request),
    }
    if last.relay is None:
        return bill
    relays = [one.relay for one in samples if one.relay]
    messages = range(len(last.processor))
    return bill | {
        "relay": lambda_dollars(relays),
        "topic": topic_dollars(last.relay),
        "queue": len(messages) * queue_dollars(batch=1),
        "processor": sum(lambda_dollars([one.processor[number] for one in samples]) for number in messages),
        "projections": sum(map(table_dollars, last.processor)),
        "live updates": sum(live_update_dollars([one.history[number] for one in samples]) for number in messages),
    }


def busy_bill(quiet: Bill, samples: Sequence[Operation], batches: Sequence[Batches]) -> Bill:
    """The same with full batches."""
    messages = len(samples[-1].processor)
    return {
        **quiet,
        "relay": lambda_dollars([one.relay for one in batches]) / RELAY_BATCH,
        "topic": topic_dollars(batches[-1].relay) / RELAY_BATCH,
        "queue": messages * queue_dollars(batch=PROCESSOR_BATCH),
        "processor": messages * lambda_dollars([one.processor for one in batches]) / PROCESSOR_BATCH,
    }


def baseline_bill(samples: Sequence[Measured]) -> Bill:
    """Of one operation of this kind: it publishes within the request, and nothing follows."""
    return {
        "AppSync": prices.APPSYNC_OPERATION,
        "resolver": lambda_dollars(samples),
        "table": table_dollars(samples[-1]),
        "topic": topic_dollars(samples[-1]),
    }


def lambda_dollars(invocations: Sequence[Measured]) -> float:
    """An invocation of their median duration, which Lambda rounds up to whole milliseconds."""
    seconds = math.ceil(statistics.median(one.spent for one in invocations)) / 1000
    return prices.LAMBDA_REQUEST + seconds * MEMORY / 1024 * prices.LAMBDA_GB_SECOND


def table_dollars(invocation: Measured) -> float:
    """What the invocation's DynamoDB calls consume."""
    units = units_of(invocation.calls)
    return units.read * prices.TABLE_READ_UNIT + units.write * prices.TABLE_WRITE_UNIT


def topic_dollars(invocation: Measured) -> float:
    """What the invocation's SNS calls are billed as: each by 64 KB. (Their bodies are larger than what SNS counts.)"""
    sizes = [len(asked) for name, asked, _ in invocation.calls if name.startswith("sns.")]
    return sum(math.ceil(size / 65_536) for size in sizes) * prices.SNS_REQUEST


def live_update_dollars(history: Sequence[Measured]) -> float:
    """A mutation that tells the subscribers, and the invocation that resolves its `history`; subscribers apart."""
    return prices.APPSYNC_OPERATION + lambda_dollars(history) + table_dollars(history[-1])


def queue_dollars(*, batch: int) -> float:
    """A message's delivery, and its share of a receive and a delete."""
    return (1 + 2 / batch) * prices.SQS_REQUEST
