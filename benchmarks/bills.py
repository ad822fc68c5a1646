"""Converts AWS calls and durations into dollars per million operations."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import prices
from benchmarks.capacity import units_of
from benchmarks.lambdas import Measured

MEMORY = 512  # MB, as cdk/function.py has it
RELAY_BATCH, PROCESSOR_BATCH = 100, 10  # as cdk/outbox.py and cdk/consumer.py have them
PLATFORM_LOG = 400  # bytes an invocation: START 85, END 50, REPORT 165 and its X-Ray line 100
APPSYNC_LOG = 2000  # bytes an operation, taken: its request lines come with any logging (docs/cost.md)
TO_THE_TOPIC = ("resolver", "table", "relay", "topic")

Bill = Mapping[str, float]
"""Part of the system → dollars per million operations."""


@dataclass(frozen=True)
class Operation:
    """One operation: the invocations of the resolver, of the relay, and of the processor for each message."""

    request: Measured
    relay: Measured | None
    processor: Sequence[Measured]

    @property
    def invocations(self) -> Sequence[Measured]:
        """Of all Lambdas."""
        return [self.request, *([self.relay] if self.relay else []), *self.processor]


@dataclass(frozen=True)
class Batches:
    """One invocation of the relay and one of the processor, each with a full batch."""

    relay: Measured
    processor: Measured


def up_to_the_topic(bill: Bill) -> Bill:
    """Returns the cost up to the topic, where the bare baseline ends, without AppSync's own price."""
    return {part: bill[part] for part in TO_THE_TOPIC if part in bill}


def bill_of(samples: Sequence[Operation]) -> Bill:
    """Returns the bill of an operation whose messages each take an invocation. Excludes firewall and logs."""
    last = samples[-1]
    bill = {
        "AppSync": prices.APPSYNC_OPERATION,
        "resolver": lambda_dollars([operation.request for operation in samples]),
        "table": table_dollars(last.request),
    }
    relays = [operation.relay for operation in samples if operation.relay]
    if relays:
        bill["relay"] = lambda_dollars(relays)
    if topic := topic_dollars(last.relay or last.request):
        bill["topic"] = topic
    messages = range(len(last.processor))
    if not messages:
        return bill
    return bill | {
        "queue": len(messages) * queue_dollars(batch=1),
        "processor": sum(lambda_dollars([operation.processor[number] for operation in samples]) for number in messages),
        "projections": sum(map(table_dollars, last.processor)),
        "live updates": sum(len(publishes_of(invocation)) for invocation in last.processor) * prices.APPSYNC_OPERATION,
    }


def with_firewall_and_logs(bill: Bill, samples: Sequence[Operation]) -> Bill:
    """Returns the bill with the web ACL, which inspects the caller's request and each publish, and with all logs."""
    last = samples[-1]
    requests = 1 + sum(len(publishes_of(invocation)) for invocation in last.processor)
    lambdas = sum(invocation.logged + PLATFORM_LOG for invocation in last.invocations)
    return {
        **bill,
        "firewall": requests * prices.FIREWALL_REQUEST,
        # A kilobyte per operation is a gigabyte per million operations.
        "logs": (lambdas + requests * APPSYNC_LOG) / 1000 * prices.LOG_GIGABYTE,
    }


def busy_bill(quiet: Bill, samples: Sequence[Operation], batches: Sequence[Batches]) -> Bill:
    """Returns the bill with full batches."""
    messages = len(samples[-1].processor)
    return {
        **quiet,
        "relay": lambda_dollars([batch.relay for batch in batches]) / RELAY_BATCH,
        "topic": topic_dollars(batches[-1].relay) / RELAY_BATCH,
        "queue": messages * queue_dollars(batch=PROCESSOR_BATCH),
        "processor": messages * lambda_dollars([batch.processor for batch in batches]) / PROCESSOR_BATCH,
    }


def lambda_dollars(invocations: Sequence[Measured]) -> float:
    """Returns the cost of an invocation of the median duration, which Lambda rounds up to whole milliseconds."""
    seconds = math.ceil(statistics.median(invocation.spent for invocation in invocations)) / 1000
    return prices.LAMBDA_REQUEST + seconds * MEMORY / 1024 * prices.LAMBDA_GB_SECOND


def table_dollars(invocation: Measured) -> float:
    """Returns the cost of the invocation's DynamoDB calls."""
    units = units_of(invocation.calls)
    return units.read * prices.TABLE_READ_UNIT + units.write * prices.TABLE_WRITE_UNIT


def topic_dollars(invocation: Measured) -> float:
    """Returns the cost of the invocation's SNS calls, each billed per 64 KB. (SNS counts less than the whole body.)"""
    sizes = [len(sent) for name, sent, _ in invocation.calls if name.startswith("sns.")]
    return sum(math.ceil(size / 65_536) for size in sizes) * prices.SNS_REQUEST


def publishes_of(invocation: Measured) -> Sequence[str]:
    """Returns the GraphQL documents that an invocation sent to AppSync."""
    return [json.loads(sent)["query"] for name, sent, _ in invocation.calls if name == "appsync.GraphQL"]


def queue_dollars(*, batch: int) -> float:
    """Returns the cost of a message's delivery and of its share of a receive and a delete."""
    return (1 + 2 / batch) * prices.SQS_REQUEST
