"""Gives tasks the content that they had in another table or in an export, as new changes.

Putting an old item back would reuse its versions, and the next change of the task would be dropped as a duplicate. The
command instead changes the present task by the product's own rules until details and status are those of the source: it
creates a deleted task again, edits, starts, completes, cancels and reopens it. Each step is the next version with its
events, so that histories, statistics and subscribers follow. A task that is equal already stays unchanged, and an
interrupted run can be repeated. Times of completion are those of the restoration.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from pydantic.alias_generators import to_camel

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.history_items import HISTORY_PREFIX, history_partition_key
from adapters.items import Item, deserialize, serialize
from adapters.task_items import DAMAGES, task_key, task_of
from adapters.timestamps import from_text, now
from domain.changes import TaskChange
from domain.details import DEFAULTS, TaskDetails, checked, details_of
from domain.errors import Conflict, DomainError
from domain.events import TaskCreated
from domain.identifiers import TaskId, UserId
from domain.planning import TaskDue, priority_of
from domain.ports import AlreadyExists
from domain.ranks import valid_rank
from domain.snapshot import TaskSnapshot
from domain.status import TaskStatus
from domain.task import Task
from operations import tolerant_json
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.output import ProgressReport, say

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 4  # of a task that somebody else changes meanwhile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--from-table", metavar="TABLE", help="a restored table")
    source.add_argument("--from-file", metavar="FILE", help="what export-user wrote")
    parser.add_argument("--task", action="append", default=[], metavar="ID", help="only this task; may be repeated")
    parser.add_argument("--user", metavar="ID", help="only the tasks of this user")
    parser.add_argument("--report-only", action="store_true", help="change nothing")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Restore the tasks of the source. Returns UNFINISHED when one was left, or differs with `--report-only`."""
    dynamodb = boto3.client("dynamodb")
    restoring = Restoring(dynamodb, deployed.table, is_report=options.report_only)
    chosen = {str(TaskId(task_id)) for task_id in options.task}
    tasks = _of_table(dynamodb, options.from_table, chosen) if options.from_table else _of_file(options.from_file)
    progress = ProgressReport("tasks compared")
    for task in tasks:
        if isinstance(task, str):
            restoring.leave(task)
        elif (not chosen or str(task.id) in chosen) and options.user in {None, str(task.user_id)}:
            restoring.restore(task)
        progress.advance()
    for task_id in sorted(chosen - restoring.seen):
        restoring.leave(f"{task_id}: the source has no such task")
    counts = restoring.counts
    say(
        f"Restored: {counts['restored']}. Equal: {counts['equal']}. Of erased persons: {counts['erased']}. "
        f"{'Different or unreadable' if options.report_only else 'Left'}: {counts['left']}."
    )
    return ExitCode.UNFINISHED if counts["left"] else ExitCode.DONE


@dataclass(slots=True)
class Restoring:
    """Restores tasks one by one and counts them."""

    client: DynamoDBClient
    table_name: str
    is_report: bool
    counts: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)

    def leave(self, reason: str) -> None:
        """Count and print a task that is left as it is."""
        self.counts["left"] += 1
        say(f"Left: {reason}")

    def restore(self, target: Task) -> None:
        """Change the present task until its details and status are those of `target`."""
        self.seen.add(str(target.id))
        try:
            if DynamoDBErasures(self.client, self.table_name).includes(target.user_id):
                self.counts["erased"] += 1
            else:
                self.counts["restored" if self._change(target) else "equal"] += 1
        except (DomainError, ValueError, TypeError, KeyError) as fault:
            self.leave(f"{target.id}: {fault}")

    def _change(self, target: Task) -> bool:
        """Returns whether anything had to change. Raises DomainError, and ValueError with the reason."""
        tasks = DynamoDBTasks(self.client, self.table_name, correlation_id=lambda: None)
        has_changed = False
        for _ in range(_ATTEMPTS):
            task = self._present(target)
            try:
                if task is None or task.deleted:
                    self._refuse_in_a_report()
                    task = self._create(tasks, task, target)
                    has_changed = True
                while step := _next_step(task, target):
                    self._refuse_in_a_report()
                    step(now())
                    tasks.save(task)  # each step is a version of its own
                    has_changed = True
            except (Conflict, AlreadyExists):
                continue  # somebody else changed the task
            return has_changed
        raise ValueError("others change it again and again: run this again")

    def _refuse_in_a_report(self) -> None:
        if self.is_report:
            raise ValueError("differs from the source")

    def _present(self, target: Task) -> Task | None:
        """Returns the present task or its tombstone. Raises ValueError when it belongs to another user."""
        response = self.client.get_item(
            TableName=self.table_name, Key=serialize(task_key(target.id)), ConsistentRead=True
        )
        if "Item" not in response:
            return None
        task = task_of(deserialize(response["Item"]))
        if task.user_id != target.user_id:
            raise ValueError("belongs to another user now")
        return task

    def _create(self, tasks: DynamoDBTasks, tombstone: Task | None, target: Task) -> Task:
        """Create the task again as the version after its deletion, with its own time of creation."""
        version = 1 + (tombstone.version if tombstone else self._last_version(target.id))
        state = replace(
            target.state,
            status=TaskStatus.PENDING,
            updated_at=max(now(), tombstone.state.updated_at) if tombstone else now(),
            completed_at=None,
            version=version,
        )
        task = Task(
            state,
            fingerprint=target.fingerprint,
            changes=[TaskChange(state, (TaskCreated.of(state),))],
            writes=tombstone.writes if tombstone else (),
        )
        if tombstone:
            tasks.save(task)
        else:
            tasks.add(task)
        return task

    def _last_version(self, task_id: TaskId) -> int:
        """Returns the last version in the history of a task whose tombstone has expired, or 0."""
        response = self.client.query(
            TableName=self.table_name,
            KeyConditionExpression="PK = :task AND begins_with(SK, :changes)",
            ExpressionAttributeValues=serialize({":task": history_partition_key(task_id), ":changes": HISTORY_PREFIX}),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=1,
        )
        return max((int(deserialize(item)["Version"]) for item in response["Items"]), default=0)


def _next_step(task: Task, target: Task) -> Callable[[datetime], None] | None:
    """Returns the next change of the task on its way to the details and the status of `target`, or None at the end."""
    if details_of(task.state) != details_of(target.state):
        return task.reopen if task.status.is_closed else lambda at: _edit(task, target, at)
    if task.state.rank != target.state.rank:
        return lambda at: task.move(target.state.rank, at)
    if task.status is target.status:
        return None
    if task.status.is_closed:
        return task.reopen
    steps = {TaskStatus.IN_PROGRESS: task.start, TaskStatus.COMPLETED: task.complete}
    # A task in progress becomes pending only by way of a closed status.
    return steps.get(target.status, task.cancel)


def _edit(task: Task, target: Task, at: datetime) -> None:
    present = details_of(task.state)
    changed = {name: value for name, value in details_of(target.state).items() if value != present[name]}
    clear = [name for name, value in changed.items() if name in DEFAULTS and value == DEFAULTS[name]]
    task.edit(at, clear=clear, **{name: value for name, value in changed.items() if name not in clear})


def _of_table(client: DynamoDBClient, table: str, chosen: set[str]) -> Iterator[Task | str]:
    """Yields the tasks of a table, and the reason in place of each that cannot be read."""
    if chosen:
        for task_id in sorted(chosen):
            key = serialize(task_key(TaskId(task_id)))
            item = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
            yield from _readable([deserialize(item)] if item else [])
        return
    for page in client.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="begins_with(SK, :task)",
        ExpressionAttributeValues=serialize({":task": "TASK#"}),
    ):
        yield from _readable(map(deserialize, page["Items"]))


def _readable(stored: Iterable[Item]) -> Iterator[Task | str]:
    for item in stored:
        try:
            task = task_of(item)
            known = task.status  # raises for a status of newer code
        except DAMAGES as fault:
            yield f"{item.get('PK')}: {type(fault).__name__} {fault}"
            continue
        if known and not task.deleted:
            yield task


def _of_file(path: str) -> Iterator[Task | str]:
    """Yields the tasks of an export, and the reason in place of each that cannot be read. Raises CommandCannotRun."""
    try:
        export = tolerant_json.read(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tolerant_json.Unreadable) as fault:
        raise CommandCannotRun(f"The file {path} cannot be read: {fault}.") from fault
    tasks = tolerant_json.field(export, "tasks")
    if not isinstance(tasks, list):
        raise CommandCannotRun(f"The file {path} is not what export-user wrote.")
    for number, exported in enumerate(tasks):
        try:
            yield _exported(exported)
        except (DomainError, KeyError, TypeError, ValueError) as fault:
            yield f"task {number} of the file: {type(fault).__name__} {fault}"


def _exported(exported: Mapping[str, Any]) -> Task:
    # The names of the details in the API are those of the domain in camelCase.
    details = {name: exported.get(to_camel(name), DEFAULTS.get(name)) for name in details_of(TaskDetails(title=""))}
    details |= {"due": _due_in(details["due"]), "priority": priority_of(details["priority"])}
    created_at = from_text(exported["createdAt"])
    return Task(
        TaskSnapshot(
            **checked(details),
            id=TaskId(exported["id"]),
            user_id=UserId(exported["userId"]),
            status=TaskStatus(exported["status"]),
            created_at=created_at,
            updated_at=created_at,
            completed_at=None,
            version=1,
            rank=valid_rank(exported.get("rank", "")),
        )
    )


def _due_in(exported: Mapping[str, Any] | None) -> TaskDue | None:
    if exported is None:
        return None
    moment = exported.get("at")
    return TaskDue.of(None if moment else exported["date"], moment, exported.get("timeZone"))
