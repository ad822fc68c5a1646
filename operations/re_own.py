"""Gives tasks, histories, statistics and settings of lost accounts to the accounts that replace them.

A user pool that is made anew gives everybody another `sub`, and tasks belong to the `sub`. `--users-from` takes a
nightly export of the users (`users/<date>.jsonl`): each username's old `sub` is replaced by that of the account with
the same username now. Every task gets its new owner as its next version, with the event TaskUpdated, so that
subscribers follow. Entries of histories and remains of deleted tasks change their owner in place. The command may be
interrupted and repeated.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.dynamodb_tasks import DynamoDBTasks
from adapters.items import Item, serialize
from adapters.settings_items import settings_of
from adapters.statistics_items import statistics_key
from adapters.task_items import DAMAGES, task_of
from adapters.timestamps import now
from domain.changes import TaskChange
from domain.errors import DomainError
from domain.events import TaskUpdated
from domain.identifiers import UserId
from domain.task import Task
from operations.account import Account
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.output import say
from operations.personal_items import PersonalItems, in_words, kind_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_DELETED = {"statistics", "webhooks"}
_TAKEN = {"tasks", "deleted tasks", "history entries", "settings"} | _DELETED
"""The kinds of items that change or go. The others, such as listeners and budgets, expire by themselves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--users-from", metavar="FILE", help="a nightly export of the users of the lost pool")
    parser.add_argument("--user", metavar="ID", help="the former owner, for one person")
    parser.add_argument("--new-user", metavar="ID", help="the owner from now on")
    parser.add_argument("--report-only", action="store_true", help="change nothing")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Give everything to the new owners. Returns UNFINISHED when something is left, or differs with `--report-only`."""
    owners, missing = _owners(deployed, options)
    for username in missing:
        say(f"Left: {username} has no account in the user pool now.")
    dynamodb = boto3.client("dynamodb")
    erasures = DynamoDBErasures(dynamodb, deployed.table)
    erased = {old for old, new in owners.items() if erasures.includes(old) or erasures.includes(new)}
    for _ in erased:
        say("Left: a person who was erased.")
    re_owning = ReOwning(dynamodb, deployed.table, {old: new for old, new in owners.items() if old not in erased})
    if options.report_only:
        tally = Counter(kind_of(item) for item in re_owning.items())
        say(f"To change: {in_words(tally)}")
        return ExitCode.UNFINISHED if tally or missing else ExitCode.DONE
    for item in re_owning.items():
        re_owning.change(item)
    counts = re_owning.counts
    deleted = Counter({kind: counts.pop(kind) for kind in _DELETED & counts.keys()})
    say(f"Changed: {in_words(counts)}. Deleted: {in_words(deleted)}.")
    if counts or deleted:
        say("Now run rebuild-projections, which counts the statistics of the new owners.")
    if deleted["webhooks"]:
        say("The new owners create their webhooks again, because the ids and secrets belonged to the former accounts.")
    return ExitCode.UNFINISHED if missing or re_owning.left else ExitCode.DONE


def _owners(deployed: Deployed, options: argparse.Namespace) -> tuple[Mapping[UserId, UserId], list[str]]:
    """Returns the new owner by the former one, and the usernames without an account. Raises CommandCannotRun."""
    if options.users_from:
        return _recorded_owners(deployed, Path(options.users_from))
    if options.user and options.new_user:
        return {UserId(options.user): UserId(options.new_user)}, []
    raise CommandCannotRun(
        "Name the export of the lost pool (--users-from FILE), or a person (--user ID --new-user ID)."
    )


def _recorded_owners(deployed: Deployed, file: Path) -> tuple[Mapping[UserId, UserId], list[str]]:
    owners: dict[UserId, UserId] = {}
    missing: list[str] = []
    cognito = boto3.client("cognito-idp")
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            user = json.loads(line)
            old = UserId(user["attributes"]["sub"])
            account = Account.named(cognito, deployed.user_pool, user["username"])
            if account is None:
                missing.append(user["username"])
            elif account.attributes["sub"] != str(old):
                owners[old] = UserId(account.attributes["sub"])
    except (OSError, ValueError, KeyError, TypeError, DomainError) as fault:
        raise CommandCannotRun(f"The file {file} cannot be read: {type(fault).__name__} {fault}.") from fault
    return owners, missing


@dataclass(slots=True)
class ReOwning:
    """Changes the owners of items, and counts the changed items by kind and those that are left."""

    client: DynamoDBClient
    table_name: str
    owners: Mapping[UserId, UserId]
    counts: Counter[str] = field(default_factory=Counter)
    left: int = 0

    def items(self) -> Iterator[Item]:
        """Yields the items of all former owners. Reads the whole table."""
        of_persons = "attribute_exists(UserId) OR begins_with(PK, :statistics)"
        table = PersonalItems(self.client, self.table_name)
        keys = {statistics_key(old)["PK"] for old in self.owners}
        former = set(map(str, self.owners))
        for item in table.scan(of_persons, {":statistics": "USER#"}):
            kind = kind_of(item)
            if kind in _TAKEN and (item.get("UserId") in former or (item["PK"] in keys and kind == "statistics")):
                yield item

    def change(self, item: Item) -> None:
        """Give one item to the new owner.

        Statistics and webhooks of the former owner are deleted: the first are counted anew, and the others created.
        """
        kind = kind_of(item)
        try:
            if kind == "tasks":
                self._change_task(task_of(item), now())
            elif kind in _DELETED:  # an id and so the secret of a webhook belong to its owner
                self.client.delete_item(TableName=self.table_name, Key=_key(item))
            elif kind in {"deleted tasks", "history entries"}:
                self._change_in_place(item)
            else:
                self._change_settings(item)
        except DAMAGES as fault:
            self.left += 1
            say(f"Left: {item['PK']}: {type(fault).__name__} {fault}")
            return
        self.counts[kind] += 1

    def _change_task(self, task: Task, at: datetime) -> None:
        """Store the task with its new owner as its next version. Raises Conflict if somebody changes it meanwhile."""
        state = replace(
            task.state,
            user_id=self.owners[task.user_id],
            version=task.version + 1,
            updated_at=max(at, task.state.updated_at),
        )
        tasks = DynamoDBTasks(self.client, self.table_name, correlation_id=lambda: None)
        tasks.save(replace(task, state=state, changes=[TaskChange(state, (TaskUpdated.of(state),))]))

    def _change_settings(self, item: Item) -> None:
        """Give the settings to the new owner, who keeps their own if they have some."""
        old = UserId(item["UserId"])
        settings = replace(settings_of(old, item), user_id=self.owners[old], version=0)
        DynamoDBSettings(self.client, self.table_name).save(settings)
        self.client.delete_item(TableName=self.table_name, Key=_key(item))

    def _change_in_place(self, item: Item) -> None:
        old = UserId(item["UserId"])
        self.client.update_item(
            TableName=self.table_name,
            Key=_key(item),
            UpdateExpression="SET UserId = :new",
            ConditionExpression="UserId = :old",
            ExpressionAttributeValues=serialize({":new": str(self.owners[old]), ":old": str(old)}),
        )


def _key(item: Item) -> Item:
    return serialize({"PK": item["PK"], "SK": item["SK"]})
