"""Erases every recorded person again, for example after a table was restored from a backup.

A restored table lacks the erasures that were made after the moment of the backup. `--records-from` takes them from the
table that it replaces.
"""

import argparse

import boto3

from adapters.dynamodb_erasures import DynamoDBErasures, record_key
from adapters.items import Item
from domain.errors import ValidationError
from domain.identifiers import UserId
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.output import say
from operations.personal_items import PersonalItems, in_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--records-from", metavar="TABLE", help="the table that the stack's table replaces")
    parser.add_argument("--report-only", action="store_true", help="change nothing")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Delete the items of every recorded person. Returns UNFINISHED when `--report-only` finds items."""
    dynamodb = boto3.client("dynamodb")
    erasures = DynamoDBErasures(dynamodb, deployed.table)
    if options.records_from:
        records = DynamoDBErasures(dynamodb, options.records_from).all()
        erasures.put_all(records)
        say(f"Records: {max(len(records) - 1, 0)} taken from {options.records_from}.")
    recorded = {record["PK"] for record in erasures.all()}
    table = PersonalItems(dynamodb, deployed.table)

    def is_recorded(item: Item) -> bool:
        owner = item.get("UserId") or str(item["PK"]).removeprefix("USER#")
        try:
            digest = erasures.digest(UserId(owner))
        except (ValidationError, TypeError):  # no item of a person
            return False
        return digest is not None and record_key(digest)["PK"] in recorded

    persons_items = table.scan("attribute_exists(UserId) OR begins_with(PK, :statistics)", {":statistics": "USER#"})
    matches = (item for item in persons_items if is_recorded(item))
    if options.report_only:
        count = sum(1 for _ in matches)
        say(f"Items of erased persons: {count:,}")
        return ExitCode.UNFINISHED if count else ExitCode.DONE
    say(f"Erased: {in_words(table.delete(matches))}.")
    return ExitCode.DONE
