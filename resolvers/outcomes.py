"""The outcomes of a mutation of several tasks: what a mutation of one task would answer, as data."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from domain.errors import DomainError
from domain.services.change_many import Outcome
from domain.status import TaskStatus, UnknownTaskStatus
from domain.task import Task
from resolvers import outputs
from resolvers.answers import Fault, failed, refused
from resolvers.telemetry import logger, metrics

_FACTS = ("field", "code", "currentVersion", "currentStatus")


def task_outcome(task_id: str | None, outcome: Outcome) -> dict[str, Any]:
    """Returns the schema's `TaskOutcome`, and counts and logs it as the answer of a single mutation is."""
    if isinstance(outcome, Task):
        try:
            return {"id": str(outcome.id), "task": outputs.task(outcome), "problem": None}
        except UnknownTaskStatus as unknown:
            outcome = unknown
    return {"id": task_id, "task": None, "problem": _problem(_fault(outcome))}


def _fault(outcome: Exception) -> Fault:
    if isinstance(outcome, DomainError):
        logger.info("refused", error_type=outcome.error_type, error_info=dict(outcome.info))
        metrics.add_metric(f"Refused{outcome.error_type}", MetricUnit.Count, 1)
        return refused(outcome)["error"]
    if isinstance(outcome, UnknownTaskStatus):
        logger.warning("unknown status", reason=str(outcome))
        metrics.add_metric("UnknownTasks", MetricUnit.Count, 1)
    else:
        logger.error("failed", exc_info=outcome)
        metrics.add_metric("Failed", MetricUnit.Count, 1)
    return failed(logger.get_correlation_id())["error"]


def _problem(fault: Fault) -> dict[str, Any]:
    facts = {name: fault["info"].get(name) for name in _FACTS}
    if facts["currentStatus"] not in set(TaskStatus):  # the schema cannot name an unknown status
        facts["currentStatus"] = None
    return {"errorType": fault["type"], "message": fault["message"], **facts}
