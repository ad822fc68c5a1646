"""Measures the warm request path: AWS calls and Python time per operation, against the baseline on the same table."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bundles import Bundles
from benchmarks.cloud import Cloud
from benchmarks.lambdas import Measured, a_lambda
from benchmarks.rows import Row, counted, sampled

OPERATIONS = ("create", "get", "list", "complete")
ROUNDS = 200
_WARM_UP = 20
_PAGE = 20  # tasks of a list
_FIELDS = {
    "create": "Mutation.createTask",
    "create_due": "Mutation.createTask",
    "create_remind": "Mutation.createTask",
    "get": "Query.task",
    "list": "Query.tasksByUser",
    "list_open": "Query.tasksByUser",
    "update": "Mutation.updateTask",
    "start": "Mutation.startTask",
    "complete": "Mutation.completeTask",
    "complete_due": "Mutation.completeTask",
    "cancel": "Mutation.cancelTask",
    "reopen": "Mutation.reopenTask",
    "delete": "Mutation.deleteTask",
    "tasks": "Query.tasks",
    "task_changes": "Query.taskChanges",
    "change_many": "Mutation.changeTasks",
}
OURS = "resolvers.handler.handler"
BASELINE = {name: f"baseline.handlers.{name}" for name in OPERATIONS} | {"list": "baseline.handlers.list_"}

Life = Iterator[tuple[str, Measured]]


@dataclass(frozen=True)
class Samples:
    """The measured invocations by operation, in the order of the rounds."""

    ours: Mapping[str, list[Measured]]
    baseline: Mapping[str, list[Measured]]


def field_event(operation: str, user: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the event that AppSync sends a field's Lambda (AppSync Developer Guide, "Direct Lambda resolvers")."""
    parent, field = _FIELDS[operation].split(".")
    return {
        "arguments": arguments,
        "identity": {"sub": user, "username": user, "claims": {"sub": user, "token_use": "access"}, "groups": None},
        "source": None,
        "request": {"headers": {"x-amzn-trace-id": "Root=1-benchmark"}, "domainName": None},
        "prev": None,
        "info": {
            "selectionSetList": ["id"],
            "selectionSetGraphQL": "{ id }",
            "parentTypeName": parent,
            "fieldName": field,
            "variables": {},
        },
        "stash": {},
    }


def measure(bundles: Bundles, cloud: Cloud) -> Samples:
    """Measures both in turn; each goes first in every other round. The first rounds are not counted."""
    samples = Samples({name: [] for name in OPERATIONS}, {name: [] for name in OPERATIONS})
    environment = cloud.environment()
    with (
        a_lambda(bundles.ours, bundles.lambdas_own, environment) as ours,
        a_lambda(bundles.baseline, bundles.lambdas_own, environment) as baseline,
    ):

        def our_life() -> Life:
            return life("ours", lambda _, event: ours(OURS, event))

        def baseline_life() -> Life:
            return life("baseline", lambda operation, event: baseline(BASELINE[operation], event))

        both = [(samples.ours, our_life), (samples.baseline, baseline_life)]
        for number in range(_WARM_UP + ROUNDS):
            for side, live in both if number % 2 else reversed(both):
                for operation, measured in live():
                    if number >= _WARM_UP:
                        side[operation].append(measured)
    return samples


def life(user: str, invoke: Callable[[str, Mapping[str, Any]], Measured]) -> Life:
    """Creates, reads, lists and completes a task. Raises RuntimeError when it is not completed in the end."""
    task_id, answer = "", {}
    for operation in OPERATIONS:
        measured = invoke(operation, field_event(operation, user, arguments_of(operation, user, task_id)))
        answer = measured.answer.get("data", measured.answer)
        task_id = task_id or answer["id"]
        yield operation, measured
    if answer.get("status") != "COMPLETED":
        raise RuntimeError(f"not completed: {answer}")


def arguments_of(operation: str, user: str, task_id: str, version: int | None = None) -> Mapping[str, Any]:
    """Returns arguments of ordinary length for the field. `version` is the task's current one, for a reopening."""
    if operation == "create":
        return {"input": {"userId": user, "title": "Write the report", "description": "All of it"}}
    if operation == "create_due":
        plain = arguments_of("create", user, task_id)["input"]
        return {"input": {**plain, "due": {"at": "2026-12-24T08:30:00Z", "timeZone": "Europe/Berlin"}}}
    if operation == "create_remind":
        plain = arguments_of("create", user, task_id)["input"]
        return {"input": {**plain, "remindAt": "2026-01-01T00:00:00Z"}}
    if operation == "list":
        return {"userId": user, "limit": _PAGE}
    if operation == "list_open":
        return {"userId": user, "limit": _PAGE, "statuses": ["PENDING", "IN_PROGRESS"]}
    if operation == "reopen":
        return {"id": task_id, "expectedVersion": version}
    if operation == "update":
        return {"input": {"id": task_id, "title": "Write the report again"}}
    return {"id": task_id}


def rows(samples: Samples) -> list[Row]:
    """Returns the rows of AWS calls, Python time and total time of each operation."""
    ours, other = samples.ours, samples.baseline
    calls = [
        counted(f"aws_calls_{name}", _calls(ours[name]), _calls(other[name]), "calls", "baseline")
        for name in OPERATIONS
    ]
    python, whole = [], []
    for name in OPERATIONS:
        pairs = list(zip(ours[name], other[name], strict=True))
        python.append(_times(f"python_time_{name}", [(mine.python, theirs.python) for mine, theirs in pairs]))
        whole.append(_times(f"total_time_{name}", [(mine.spent, theirs.spent) for mine, theirs in pairs]))
    return [*calls, *python, *whole]


def _times(row_id: str, pairs: Sequence[tuple[float, float]]) -> Row:
    return sampled(row_id, [ours for ours, _ in pairs], [other for _, other in pairs], "ms", "baseline")


def _calls(samples: Sequence[Measured]) -> float:
    return statistics.median(len(sample.calls) for sample in samples)
