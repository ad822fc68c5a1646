"""Compares the stored statistics with the tasks, and finds the changes that histories lack.

Only operators use it, because it reads the whole table. The statistics are those of the tasks and tombstones alone, so
that a gap in a history makes no count wrong: a task counts in its status, and a task or a tombstone that has a time of
completion counts on that day of its owner's time zone. A tombstone outlives the days whose completions are kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from adapters.history_items import HISTORY_PREFIX
from adapters.items import Item, deserialize, serialize
from adapters.settings_items import SETTINGS_KEY, settings_of
from adapters.statistics_items import (
    COMPLETIONS_KEPT,
    COMPLETIONS_PREFIX,
    STATISTICS_KEY,
    completions_attribute,
    statistics_key,
)
from adapters.task_items import DAMAGES, task_of
from domain.identifiers import TaskId, UserId
from domain.settings import UserSettings
from domain.status import TaskStatus
from domain.task import Task
from operations.output import ProgressReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IN_TRANSIT = timedelta(hours=24)  # the stream's retention; a change that is missing for longer is lost

Counts = Mapping[str, Any]  # numbers, or whatever else a damaged item holds


@dataclass(frozen=True, slots=True)
class Drift:
    """A statistics item that differs from the tasks: the differing attributes as stored and as counted.

    A status attribute counts tasks, and `Completed#<date>` counts the completions of a day.
    """

    user_id: UserId
    stored: Counts
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Gap:
    """A version of a task that is missing in its history. `is_latest` tells whether the task's outbox holds it."""

    user_id: UserId
    task_id: TaskId
    version: int
    written_by: datetime
    is_latest: bool

    def __str__(self) -> str:
        return f"version {self.version} of {self.task_id}"


@dataclass(slots=True)
class Findings:
    """What a scan of the table found."""

    drifts: Sequence[Drift] = ()
    gaps: list[Gap] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.drifts or self.gaps or self.unreadable)

    def in_transit(self, at: datetime) -> Sequence[Gap]:
        """Returns the gaps that may still be filled by the stream or a queue."""
        return [gap for gap in self.gaps if at - gap.written_by < IN_TRANSIT]


class RepairRefused(Exception):
    """The item changed after it was compared, because another writer is active."""


@dataclass(frozen=True, slots=True)
class DynamoDBRecount:
    """Compares and repairs statistics."""

    client: DynamoDBClient
    table_name: str

    def drifts(self, today: date) -> Sequence[Drift]:
        """Returns the differences between statistics and tasks."""
        return self.findings(today).drifts

    def confirmed(self, findings: Findings, at: datetime) -> Sequence[Drift]:
        """Returns the differences that a second scan finds unchanged.

        A scan is no snapshot: it may read a task before a change and the statistics after it. While a statistics item
        stays the same, no change of its owner is recorded. Therefore the tasks of the second scan are those that the
        unchanged item must describe, unless a change is in transit, which is a gap.
        """
        if not findings.drifts:
            return []
        again = self.findings(at.date())
        unsettled = {gap.user_id for gap in again.in_transit(at)}
        return [drift for drift in again.drifts if drift in findings.drifts and drift.user_id not in unsettled]

    def findings(self, today: date) -> Findings:
        """Returns the differences between statistics and tasks, the gaps in histories and the unreadable items.

        Completions of days that are no longer kept are ignored.
        """
        oldest = completions_attribute(today - COMPLETIONS_KEPT)
        findings = Findings()
        stored: dict[UserId, Item] = {}
        counted: dict[UserId, Counter[str]] = defaultdict(Counter)
        settings: dict[UserId, UserSettings] = {}
        completions: list[tuple[UserId, datetime]] = []  # not older than the days that are kept
        unreadable: set[str] = set()  # the owners of unreadable items, whose counts are not known
        for key, partition in groupby(self._scan(), key=lambda item: str(item["PK"])):
            if key.startswith("USER#"):
                user_id = UserId(key.removeprefix("USER#"))
                for item in partition:
                    if item["SK"] == STATISTICS_KEY:
                        stored[user_id] = item
                    elif item["SK"] == SETTINGS_KEY:
                        settings[user_id] = settings_of(user_id, item)
            elif key.startswith("TASK#") and (task := self._count(list(partition), counted, findings, unreadable)):
                at = task.state.completed_at
                if at and at.date() >= today - COMPLETIONS_KEPT:
                    completions.append((task.user_id, at))
        for user_id, at in completions:  # the settings of a task's owner may be read after the task
            day = completions_attribute(settings.get(user_id, UserSettings(user_id)).day_of(at))
            if day > oldest:
                counted[user_id][day] += 1
        findings.drifts = [
            drift
            for user_id in sorted(counted.keys() | stored.keys(), key=str)
            if str(user_id) not in unreadable
            if (drift := _drift(user_id, stored.get(user_id, {}), counted.get(user_id, Counter()), oldest))
        ]
        return findings

    def _count(
        self,
        partition: Sequence[Item],
        counted: Mapping[UserId, Counter[str]],
        findings: Findings,
        unreadable: set[str],
    ) -> Task | None:
        """Count a task in its status and find the gaps of its history. Returns it, unless it is gone or unreadable."""
        item = next((item for item in partition if item["SK"] == item["PK"]), None)
        if item is None:
            return None  # the tombstone has expired
        try:
            task = task_of(item)
        except DAMAGES as fault:
            findings.unreadable.append(f"{item['PK']}: {type(fault).__name__} {fault}")
            unreadable.add(str(item.get("UserId")))
            return None
        if not task.deleted:
            counted[task.user_id][str(task.state.status)] += 1
        recorded = {_version(item) for item in partition if str(item["SK"]).startswith(HISTORY_PREFIX)}
        findings.gaps += [
            Gap(task.user_id, task.id, version, task.state.updated_at, is_latest=version == task.version)
            for version in range(1, task.version + 1)
            if version not in recorded
        ]
        return task

    def repair(self, drift: Drift) -> None:
        """Store the counted values. Raises RepairRefused when the item changed after it was compared.

        An attribute that is no number is replaced too.
        """
        numbered = list(enumerate(drift.counted))
        names = {f"#{number}": name for number, name in numbered}
        values = {f":{number}": drift.counted[name] for number, name in numbered}
        values |= {f":was{number}": drift.stored[name] for number, name in numbered}
        conditions = [
            # A stored count of zero may also be a missing attribute.
            f"#{number} = :was{number}"
            if drift.stored[name] != 0
            else f"(#{number} = :was{number} OR attribute_not_exists(#{number}))"
            for number, name in numbered
        ]
        try:
            self.client.update_item(
                TableName=self.table_name,
                Key=serialize(statistics_key(drift.user_id)),
                UpdateExpression="SET " + ", ".join(f"#{number} = :{number}" for number, _ in numbered),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=serialize(values),
            )
        except self.client.exceptions.ConditionalCheckFailedException as refusal:
            raise RepairRefused(str(drift.user_id)) from refusal

    def _scan(self) -> Iterator[Item]:
        progress = ProgressReport("items read")
        for page in self.client.get_paginator("scan").paginate(TableName=self.table_name, ConsistentRead=True):
            progress.advance(page["ScannedCount"])
            yield from map(deserialize, page["Items"])


def _drift(user_id: UserId, item: Item, counted: Counter[str], oldest: str) -> Drift | None:
    stored = {
        name: value
        for name, value in item.items()
        if name not in {"PK", "SK"} and (not name.startswith(COMPLETIONS_PREFIX) or name > oldest)
    }
    names = [
        name
        for name in dict.fromkeys([*map(str, TaskStatus), *sorted(stored), *sorted(counted)])
        if stored.get(name, 0) != counted[name]
    ]
    if not names:
        return None
    return Drift(user_id, {name: stored.get(name, 0) for name in names}, {name: counted[name] for name in names})


def _version(item: Item) -> int:
    number = str(item["SK"]).removeprefix(HISTORY_PREFIX)
    return int(number) if number.isascii() and number.isdigit() else 0
