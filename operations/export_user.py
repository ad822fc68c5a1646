"""Exports all data about a person: `python -m operations.export_user --stack NAME --user ID [--output FILE]`.

An operator runs this command with their own credentials (docs/runbook.md). No Lambda runs it.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import boto3

from adapters import items
from adapters.dynamodb_projections import DynamoDBProjections
from adapters.items import Item
from adapters.timestamps import now, to_text
from domain.access import Actor
from domain.errors import DomainError
from domain.identifiers import UserId
from domain.services.read_tasks import ReadStatistics
from operations.account import Account
from operations.deployed import Deployed, NotDeployed
from operations.personal_items import PersonalItems, kind_of
from operations.personal_messages import PersonalMessages
from resolvers import outputs

_OPERATOR = Actor(user_id=None, acts_for_anyone=True)


def main() -> int:
    """Write the export. Returns the exit code: 0 when the export is complete, 2 when it cannot be made."""
    parser = argparse.ArgumentParser(prog="operations.export_user")
    parser.add_argument("--stack", required=True, help="the product's stack, as TasksApi-production")
    parser.add_argument("--user", required=True, help="the person's userId: the sub of their account")
    parser.add_argument("--output", help="a new file, which only its owner may read; standard output unless given")
    options = parser.parse_args()
    try:
        export = export_of(UserId(options.user), Deployed.of(options.stack))
        _write(json.dumps(export, indent=2, ensure_ascii=False), options.output)
    except (DomainError, NotDeployed, FileExistsError) as fault:
        print(fault, file=sys.stderr)
        return 2
    counts = [f"{len(export[name])} {name}" for name in ("tasks", "deletedTasks", "undeliveredMessages")]
    print(f"Exported: {', '.join(counts)}.", file=sys.stderr)
    return 0


def export_of(user_id: UserId, deployed: Deployed) -> dict[str, Any]:
    """Returns all data about a person in the forms of the API. The lists are empty for an unknown person.

    `deletedTasks` are what a deletion keeps for a while: ids, times and histories, but no text.
    """
    dynamodb = boto3.client("dynamodb")
    account = Account.find(boto3.client("cognito-idp"), deployed.user_pool, user_id)
    found = PersonalItems(dynamodb, deployed.table).all(user_id)
    messages = PersonalMessages(boto3.client("sqs"), deployed.queue, deployed.dead_letters)
    tasks = {item["TaskId"]: item for item in found if kind_of(item) == "tasks"}
    histories = _histories(found)
    read_statistics = ReadStatistics(DynamoDBProjections(dynamodb, deployed.table), now)
    return {
        "userId": str(user_id),
        "exportedAt": to_text(now()),
        "account": account.export() if account else None,
        "tasks": [
            outputs.task(items.task_of(item)) | {"history": histories.get(task_id, [])}
            for task_id, item in sorted(tasks.items(), key=lambda task: str(task[1]["CreatedAt"]), reverse=True)
        ],
        "deletedTasks": [
            {"id": task_id, "history": history} for task_id, history in histories.items() if task_id not in tasks
        ],
        "statistics": outputs.task_statistics(read_statistics(_OPERATOR, user_id)),
        "undeliveredMessages": list(messages.all(user_id)),
    }


def _histories(found: Sequence[Item]) -> dict[str, list[dict[str, Any]]]:
    histories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in sorted(found, key=lambda item: (str(item["PK"]), str(item["SK"]))):
        if kind_of(item) == "history entries":
            histories[item["TaskId"]] += map(outputs.task_event, items.history_events_of(item))
    return histories


def _write(text: str, output: str | None) -> None:
    if output is None:
        print(text)
        return
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
