"""The sweep: every minute, reminds of the open tasks whose reminders are due, each once.

Reasons: docs/decisions/0041-reminders-are-changes.md.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from adapters.contention import is_contention
from adapters.time_budget import OutOfTime
from adapters.timestamps import now
from domain.access import ActorKind
from domain.errors import Conflict
from domain.ports import Clock, DueReminder, Reminders, TaskRepository
from processor.telemetry import logger, metrics

WORKERS = 10  # concurrent reminders; also the size of botocore's connection pool
TIME_OF_A_REMINDER = 20_000  # milliseconds: a read and a write, each with three attempts of 3 s (adapters/clients.py)
_BATCH = 100

Handler = Callable[..., None]


class SweepOutcome(StrEnum):
    """The outcome of a reminder, with the name of its metric.

    An OVERTAKEN task changed a moment ago, so that nothing is to remind of or the next sweep does it. One user can
    cause CONTENDED, a throttle, but not FAILED (docs/decisions/0043).
    """

    SENT = "RemindersSent"
    OVERTAKEN = "RemindersOvertaken"
    FAILED = "RemindersFailed"
    CONTENDED = "RemindersContended"
    LEFT = "RemindersLeft"


@dataclass(frozen=True, slots=True)
class Remind:
    """Reminds of one task, once: the conditional write that ends the reminder also raises TaskReminded."""

    tasks: TaskRepository
    clock: Clock = now

    def __call__(self, reminder: DueReminder) -> SweepOutcome:
        """Returns SENT when this call stored the event, and OVERTAKEN for a task that changed or is gone.

        Raises what the repository raises except conflicts.
        """
        task = self.tasks.get(reminder.task_id)
        if task is None or not task.remind(self.clock()):
            return SweepOutcome.OVERTAKEN
        task.sign(ActorKind.SERVICE, None)
        try:
            self.tasks.save(task)
        except Conflict:
            return SweepOutcome.OVERTAKEN
        return SweepOutcome.SENT


def sweep(reminders: Reminders, remind: Remind, workers: Executor, clock: Clock = now) -> Handler:
    """Returns the handler of a Lambda that sends what is due, whatever minutes earlier runs missed.

    What is sent leaves the index, so that a run that is cut off or repeated neither loses nor repeats anything. A
    reminder that fails stays for the next run and holds up no other one. The metric RemindersLag is the age, in
    seconds, of the oldest reminder that was found; it is written by every run.
    """

    def attempt(reminder: DueReminder) -> SweepOutcome:
        log_fields = {"task_id": str(reminder.task_id)}
        try:
            return remind(reminder)
        except OutOfTime:
            return SweepOutcome.LEFT
        except Exception as fault:  # noqa: BLE001 - one reminder fails alone, and the next run tries it again
            logger.exception("reminder failed", extra=log_fields)
            return SweepOutcome.CONTENDED if is_contention(fault) else SweepOutcome.FAILED

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    def handler(_event: dict[str, Any], context: LambdaContext) -> None:
        BUDGET.start(context.get_remaining_time_in_millis())
        at = clock()
        counts = dict.fromkeys(SweepOutcome, 0)
        lag = 0.0
        for batch in _batches(reminders.due(at)):
            lag = max(lag, *((at - reminder.since).total_seconds() for reminder in batch))
            if context.get_remaining_time_in_millis() < TIME_OF_A_REMINDER:
                counts[SweepOutcome.LEFT] += len(batch)
                break
            for outcome in workers.map(attempt, batch):
                counts[outcome] += 1
        log_fields: dict[str, object] = {"until": at.isoformat(), "lag": lag}
        for outcome, count in counts.items():
            metrics.add_metric(outcome, MetricUnit.Count, count)
            log_fields[outcome] = count
        metrics.add_metric("RemindersLag", MetricUnit.Seconds, lag)
        logger.info("swept", extra=log_fields)

    return handler


def _batches(reminders: Iterator[DueReminder]) -> Iterator[list[DueReminder]]:
    while batch := list(islice(reminders, _BATCH)):
        yield batch
