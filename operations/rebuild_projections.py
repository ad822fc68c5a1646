"""Recounts the statistics from the tasks, repairs those that differ, and fills gaps in histories.

A change that is missing in a history for less than 24 hours may still be in the stream or in a queue, and its owner's
statistics are left alone. The latest change of a task is recorded from the task's outbox at any age, because the
processor drops it as a duplicate if it arrives. The creation is recorded from the task when it is lost. Other lost
changes are named.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.history_items import creation_item
from adapters.items import Item, deserialize, serialize
from adapters.task_items import change_of, task_key
from adapters.timestamps import now
from domain.errors import DomainError
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.output import say
from operations.recount import IN_TRANSIT, DynamoDBRecount, Findings, Gap, RepairRefused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SHOWN = 20  # lines of each kind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--report-only", action="store_true", help="change nothing")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Report what is wrong, and repair it without `--report-only`. Returns UNFINISHED when something stays wrong."""
    dynamodb = boto3.client("dynamodb")
    recount = DynamoDBRecount(dynamodb, deployed.table)
    findings = recount.findings(now().date())
    _report(findings)
    if options.report_only:
        return ExitCode.DONE if findings.is_clean else ExitCode.UNFINISHED
    filling = _Filling(dynamodb, deployed.table)
    if filled := sum(filling.fill(gap) for gap in findings.gaps):
        say(f"Filled: {filled}")
        findings = recount.findings(now().date())
    waiting = {gap.user_id for gap in findings.in_transit(now())}
    repaired = left = 0
    for drift in recount.confirmed(findings, now()):
        if drift.user_id in waiting:
            continue
        try:
            recount.repair(drift)
            repaired += 1
        except RepairRefused as refused:
            left += 1
            say(f"Left: statistics of {refused}, which changed meanwhile.")
    say(f"Repaired: {repaired}")
    left += len(findings.drifts) - repaired - left
    if waiting:
        say(f"Left: {len(waiting)} users with changes in transit.")
    lost = len([gap for gap in findings.gaps if gap.user_id not in waiting])
    if lost:
        say(f"Lost: {lost} changes, whose content no task holds. The statistics are right without them.")
    return ExitCode.UNFINISHED if left or waiting or findings.unreadable else ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Filling:
    """Records the missing changes that tasks hold."""

    client: DynamoDBClient
    table_name: str

    def fill(self, gap: Gap) -> bool:
        """Record the change of a gap, if the task holds it. Returns whether it was recorded."""
        if not gap.is_latest and (gap.version > 1 or now() - gap.written_by < IN_TRANSIT):
            return False
        if DynamoDBErasures(self.client, self.table_name).includes(gap.user_id):
            return False
        key = serialize(task_key(gap.task_id))
        item = self.client.get_item(TableName=self.table_name, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return False
        task = deserialize(item)
        try:
            if not gap.is_latest:
                return self._put(creation_item(task, now()))
            if int(task["Version"]) != gap.version:
                return False
            settings = DynamoDBSettings(self.client, self.table_name).get(gap.user_id)
            return DynamoDBProjections(self.client, self.table_name).record(change_of(task), settings.day_of)
        except (DomainError, KeyError, TypeError, ValueError, ClientError) as fault:
            say(f"Left: {gap}: {type(fault).__name__}")
            return False

    def _put(self, item: Item) -> bool:
        try:
            self.client.put_item(
                TableName=self.table_name,
                Item=serialize(item),
                ConditionExpression="attribute_not_exists(PK)",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _report(findings: Findings) -> None:
    for drift in findings.drifts[:_SHOWN]:
        say(f"{drift.user_id}: stored {_shown(drift.stored)}, the tasks say {_shown(drift.counted)}")
    for gap in findings.gaps[:_SHOWN]:
        say(f"Missing in the history: {gap}, written by {gap.written_by:%Y-%m-%d %H:%M} UTC")
    for item in findings.unreadable[:_SHOWN]:
        say(f"Unreadable: {item}")
    say(f"Drift: {len(findings.drifts)}. Gaps: {len(findings.gaps)}. Unreadable: {len(findings.unreadable)}.")


def _shown(counts: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in dict(counts).items())  # type: ignore[call-overload]
