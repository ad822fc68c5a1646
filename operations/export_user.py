"""Exports all data about a person as JSON."""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import boto3

from adapters.dynamodb_projections import DynamoDBProjections
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.history_items import history_events_of
from adapters.items import Item
from adapters.task_items import task_of
from adapters.task_json import task_json
from adapters.timestamps import now, to_text
from adapters.webhook_items import webhooks_of
from domain.access import Actor
from domain.identifiers import UserId
from domain.services.read_tasks import ReadStatistics
from operations import person
from operations.account import Account
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.output import json_text, warn
from operations.personal_items import PersonalItems, kind_of
from operations.personal_messages import PersonalMessages
from resolvers import outputs

_OPERATOR = Actor(user_id=None, acts_for_anyone=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    person.add_arguments(parser)
    parser.add_argument("--output", help="a new file, which only its owner may read; standard output unless given")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Write the export. Raises CommandCannotRun when the file exists or cannot be written."""
    user_id = person.user_id_of(deployed, options)
    with _output(options.output) as file:
        export = export_of(user_id, deployed)
        file.write(json_text(export) + "\n")
    counts = [f"{len(export[name])} {name}" for name in ("tasks", "deletedTasks", "webhooks", "undeliveredMessages")]
    warn(f"Exported: {', '.join(counts)}.")
    return ExitCode.DONE


def export_of(user_id: UserId, deployed: Deployed) -> dict[str, Any]:
    """Returns all data about a person in the forms of the API. The lists are empty for an unknown person.

    `deletedTasks` are what a deletion keeps for a while: ids, times and histories, but no text.
    """
    dynamodb = boto3.client("dynamodb")
    account = Account.find(boto3.client("cognito-idp"), deployed.user_pool, user_id)
    stored = PersonalItems(dynamodb, deployed.table).all(user_id)
    messages = PersonalMessages(boto3.client("sqs"), deployed)
    tasks = {item["TaskId"]: item for item in stored if kind_of(item) == "tasks"}
    deleted = {item["TaskId"] for item in stored if kind_of(item) == "deleted tasks"}
    histories = _histories(stored)
    settings = DynamoDBSettings(dynamodb, deployed.table)
    read_statistics = ReadStatistics(DynamoDBProjections(dynamodb, deployed.table), settings, now)
    return {
        "userId": str(user_id),
        "exportedAt": to_text(now()),
        "account": account.export() if account else None,
        "tasks": [
            task_json(task_of(item).state) | {"history": histories.get(task_id, [])}
            for task_id, item in sorted(tasks.items(), key=lambda task: str(task[1]["CreatedAt"]), reverse=True)
        ],
        "deletedTasks": [
            {"id": task_id, "history": histories.get(task_id, [])}
            for task_id in sorted({*deleted, *histories} - tasks.keys())
        ],
        "statistics": outputs.task_statistics(read_statistics(_OPERATOR, user_id)),
        "webhooks": [
            outputs.webhook(webhook)
            for item in stored
            if kind_of(item) == "webhooks"
            for webhook in webhooks_of(item).webhooks
        ],
        "settings": outputs.user_settings(settings.get(user_id)),
        "undeliveredMessages": list(messages.all(user_id)),
    }


def _histories(stored: Sequence[Item]) -> dict[str, list[dict[str, Any]]]:
    histories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in sorted(stored, key=lambda item: (str(item["PK"]), str(item["SK"]))):
        if kind_of(item) == "history entries":
            histories[item["TaskId"]] += map(outputs.task_event, history_events_of(item))
    return histories


@contextmanager
def _output(path: str | None) -> Iterator[TextIO]:
    """Open the new file for its owner only, or standard output. A failed export leaves no file."""
    if path is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise CommandCannotRun(f"The file {path} cannot be written: {fault.strerror}.") from fault
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        Path(path).unlink()
        raise
