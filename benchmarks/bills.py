"""The arithmetic of what operations cost: AWS calls and durations in, dollars per million out."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import OperationDefinitionNode, parse

from benchmarks import prices
from benchmarks.capacity import units_of
from benchmarks.lambdas import Measured

MEMORY = 512  # MB, as cdk/function.py has it
RELAY_BATCH, PROCESSOR_BATCH = 100, 10  # as cdk/event_path.py has them
PLATFORM_LOG = 400  # bytes an invocation: START 85, END 50, REPORT 165 and its X-Ray line 100
APPSYNC_LOG = 2000  # bytes an operation, taken: its request lines come with any logging (docs/cost.md)
TO_THE_TOPIC = ("resolver", "table", "relay", "topic")

Bill = Mapping[str, float]
"""Dollars per million operations, by what takes them."""


@dataclass(frozen=True)
class Operation:
    """One operation and what follows: the resolver's invocation, the relay's, the processor's for each message."""

    request: Measured
    relay: Measured | None
    processor: Sequence[Measured]

    @property
    def invocations(self) -> Sequence[Measured]:
        """Of all Lambdas."""
        return [self.request, *([self.relay] if self.relay else []), *self.processor]


@dataclass(frozen=True)
class Batches:
    """One invocation of the relay with a full batch of a change's records, one of the processor with a full batch."""

    relay: Measured
    processor: Measured


def up_to_the_topic(bill: Bill) -> Bill:
    """As far as the bare baseline goes, without AppSync's own price."""
    return {part: bill[part] for part in TO_THE_TOPIC if part in bill}


def bill_of(samples: Sequence[Operation]) -> Bill:
    """Of one operation of this kind, every message in an invocation of its own. Without firewall and logs."""
    last = samples[-1]
    bill = {
        "AppSync": prices.APPSYNC_OPERATION,
        "resolver": lambda_dollars([one.request for one in samples]),
        "table": table_dollars(last.request),
    }
    relays = [one.relay for one in samples if one.relay]
    if relays:
        bill["relay"] = lambda_dollars(relays)
    if topic := topic_dollars(last.relay or last.request):
        bill["topic"] = topic
    messages = range(len(last.processor))
    if not messages:
        return bill
    return bill | {
        "queue": len(messages) * queue_dollars(batch=1),
        "processor": sum(lambda_dollars([one.processor[number] for one in samples]) for number in messages),
        "projections": sum(map(table_dollars, last.processor)),
        "live updates": sum(len(publishes_of(one)) for one in last.processor) * prices.APPSYNC_OPERATION,
    }


def billed_by_field(bill: Bill, samples: Sequence[Operation]) -> Bill:
    """The same if AppSync counts each root field of a publishing request. AWS's pricing says "operation"; no text of
    AWS says what several root fields in one request come to.
    """
    fields = sum(map(root_fields, (query for one in samples[-1].processor for query in publishes_of(one))))
    return {**bill, "live updates": fields * prices.APPSYNC_OPERATION}


def with_firewall_and_logs(bill: Bill, samples: Sequence[Operation]) -> Bill:
    """The same with the web ACL's look at the caller's request and at each publish, and all logs."""
    last = samples[-1]
    requests = 1 + sum(len(publishes_of(one)) for one in last.processor)
    lambdas = sum(one.logged + PLATFORM_LOG for one in last.invocations)
    return {
        **bill,
        "firewall": requests * prices.FIREWALL_REQUEST,
        # A kilobyte an operation is a gigabyte a million.
        "logs": (lambdas + requests * APPSYNC_LOG) / 1000 * prices.LOG_GIGABYTE,
    }


def busy_bill(quiet: Bill, samples: Sequence[Operation], batches: Sequence[Batches]) -> Bill:
    """The bill with full batches."""
    messages = len(samples[-1].processor)
    return {
        **quiet,
        "relay": lambda_dollars([one.relay for one in batches]) / RELAY_BATCH,
        "topic": topic_dollars(batches[-1].relay) / RELAY_BATCH,
        "queue": messages * queue_dollars(batch=PROCESSOR_BATCH),
        "processor": messages * lambda_dollars([one.processor for one in batches]) / PROCESSOR_BATCH,
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


def publishes_of(invocation: Measured) -> Sequence[str]:
    """The GraphQL documents that an invocation sent to AppSync."""
    return [json.loads(asked)["query"] for name, asked, _ in invocation.calls if name == "appsync.GraphQL"]


def root_fields(query: str) -> int:
    """How many root fields an operation has."""
    (operation,) = parse(query).definitions
    if not isinstance(operation, OperationDefinitionNode):
        raise TypeError(f"no operation: {query}")
    return len(operation.selection_set.selections)


def queue_dollars(*, batch: int) -> float:
    """A message's delivery, and its share of a receive and a delete."""
    return (1 + 2 / batch) * prices.SQS_REQUEST
