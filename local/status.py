"""Shows an operator's view of the running stack: queues, mappings, figures, last errors, and alarms that would ring.

The local stack has no CloudWatch. The figures are the metrics that the Lambdas print (CloudWatch User Guide, "Embedded
metric format"), summed over this run, and the alarms are those of the production stage that these figures decide.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3

from local import log_lines
from local.clients import access
from local.deployment import outputs
from local.settings import Settings
from local.settling import settle
from operations.deployed import Deployed

ALARMS_BY_METRIC = {
    ("resolver", "Failed"): "InternalErrors",
    ("resolver", "Throttled"): "InternalErrors",
    ("relay", "RecordsFailed"): "RecordsFailed",
    ("relay", "RecordsThrottled"): "RecordsFailed",
    ("processor", "ChangesFailed"): "Processor-ChangesFailed",
    ("processor", "ChangesContended"): "Processor-ChangesFailed",
    ("processor", "UnreadableMessages"): "Processor-UnreadableMessages",
    ("webhooks", "ChangesFailed"): "Webhooks-ChangesFailed",
    ("webhooks", "ChangesContended"): "Webhooks-ChangesFailed",
    ("webhooks", "UnreadableMessages"): "Webhooks-UnreadableMessages",
    ("deliveries", "DeliveriesFailed"): "Deliveries-DeliveriesFailed",
    ("deliveries", "DeliveriesContended"): "Deliveries-DeliveriesFailed",
    ("deliveries", "UnreadableDeliveries"): "Deliveries-UnreadableDeliveries",
    ("processor", "LiveUpdatesFailed"): "Processor-LiveUpdatesFailed",
    ("processor", "LiveUpdatesRefused"): "Processor-LiveUpdatesFailed",
    ("processor", "LiveUpdatesThrottled"): "Processor-LiveUpdatesFailed",
}
_STAGE = "production"
_RUNBOOK = "docs/runbook.md"
_SHOWN = 5  # errors
_CAUGHT_UP = 1.0  # seconds that the event path may take
_METRICS = "_aws"
_STARTED = "Running on "  # a line of the embedded cloud's log, which begins a run


@dataclass(frozen=True)
class QueueFigures:
    """A queue's name, its waiting messages and those that are being processed."""

    name: str
    waiting: int
    in_work: int


def status(settings: Settings, stack_name: str, table: str) -> Iterator[str]:
    """Yields the lines of the view. Raises botocore's ClientError if the embedded cloud refuses a call."""
    queues = _queues(settings, Deployed.from_outputs(stack_name, outputs(settings)))
    figures = figures_of(_last_run(settings.log("ministack")))
    yield f"{'queue':<26} {'waiting':>8} {'in work':>8}"
    for queue in queues:
        yield f"{queue.name:<26} {queue.waiting:>8} {queue.in_work:>8}"
    yield ""
    yield from _mappings(settings)
    is_caught_up = settle(settings, table, within=_CAUGHT_UP)
    yield f"the last change is {'in the history' if is_caught_up else 'not in the history yet'}"
    yield ""
    yield "figures of this run"
    for (service, name), value in sorted(figures.items()):
        yield f"  {service:<10} {name:<28} {value:>8.0f}"
    yield ""
    ringing = alarms(figures, queues)
    yield f"alarms of {_STAGE} that would have rung in this run: {', '.join(ringing) or 'none'}"
    if ringing:
        yield f"  {_RUNBOOK} says what each means and what to do"
    errors = [
        line for line in log_lines.latest(settings) if " ERROR " in line or " WARNING " in line or "errors:" in line
    ]
    yield f"last errors: {'none' if not errors else ''}".rstrip()
    for line in errors[-_SHOWN:]:
        yield f"  {line.partition(chr(10))[0]}"


def alarms(figures: Mapping[tuple[str, str], float], queues: Sequence[QueueFigures]) -> Sequence[str]:
    """Returns the names of the production stage's alarms that these figures would raise (docs/runbook.md)."""
    names = [*dict.fromkeys(name for metric, name in ALARMS_BY_METRIC.items() if figures.get(metric))]
    names += [
        f"{queue.name}-Queue-Message-Count-Max-Warning"
        for queue in queues
        if queue.name.endswith(("-DLQ", "-Undelivered", "Unrelayed")) and queue.waiting + queue.in_work
    ]
    return [f"tasks-{_STAGE}-{name}" for name in names]


def figures_of(log: Iterable[str]) -> Mapping[tuple[str, str], float]:
    """Returns the sums of the metrics that Lambdas printed, by service and name."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in log:
        if f'"{_METRICS}"' not in line:
            continue
        try:
            record = json.loads(line)
            for group in record[_METRICS]["CloudWatchMetrics"]:
                for metric in group["Metrics"]:
                    values = record[metric["Name"]]
                    sums[record["service"], metric["Name"]] += sum(values if isinstance(values, list) else [values])
        except (ValueError, LookupError, TypeError):
            continue  # a line that was cut off
    return sums


def _last_run(log: Path) -> Iterator[str]:
    lines: list[str] = []
    if log.exists():
        with log.open(errors="replace") as content:
            for line in content:
                if _STARTED in line:
                    lines.clear()
                elif _METRICS in line:
                    lines.append(line)
    yield from lines


def _queues(settings: Settings, deployed: Deployed) -> Sequence[QueueFigures]:
    named = {"Unrelayed": deployed.unrelayed}
    for worker in deployed.workers:
        named |= {worker.name: worker.queue, f"{worker.name}-DLQ": worker.dead_letters}
        if worker.undelivered:
            named[f"{worker.name}-Undelivered"] = worker.undelivered
    sqs = boto3.client("sqs", **access(settings))
    counted = {name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]) for name, url in named.items()}
    return [
        QueueFigures(
            name,
            int(answer["Attributes"]["ApproximateNumberOfMessages"]),
            int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"]),
        )
        for name, answer in counted.items()
    ]


def _mappings(settings: Settings) -> Iterator[str]:
    for mapping in boto3.client("lambda", **access(settings)).list_event_source_mappings()["EventSourceMappings"]:
        source = mapping["EventSourceArn"].split(":")[2]
        function = mapping["FunctionArn"].split(":")[6].removeprefix("TasksApi-dev-")
        state = mapping.get("State", "of unknown state")
        yield f"mapping of {source} to {function}: {state} {mapping.get('LastProcessingResult', '')}".rstrip()
