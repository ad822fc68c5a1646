"""Rewrites items of earlier layouts into the present layout, without raising events.

The command may run beside traffic at any time after the deployment of a new layout, and again after an interruption.
"""

from __future__ import annotations

import argparse
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.earlier_layouts import in_present_layout
from adapters.indexes import TABLE_KEY
from adapters.items import Item, deserialize, serialize
from domain.errors import DomainError
from domain.identifiers import UserId
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.output import ProgressReport, say, warn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ScanInputTypeDef, UpdateItemInputTypeDef

DEFAULT_RATE = 100  # items a second
_PAGE = 100  # items; an interruption reads at most this many again


@dataclass(slots=True)
class Backfilled:
    """What a run has done. `position` is the key of the last item that is done.

    `refused` counts items that somebody changed or erased between the run's read and its write. They may still have an
    earlier layout. `erased` counts items of erased persons, which came back with a restored table and are left.
    """

    read: int = 0
    rewritten: int = 0
    refused: int = 0
    erased: int = 0
    position: Item | None = None

    def __str__(self) -> str:
        erased = f" Of erased persons: {self.erased} (run erase-again)." if self.erased else ""
        return f"Read: {self.read}. Rewritten: {self.rewritten}. Changed meanwhile: {self.refused}.{erased}"


class Pace:
    """Keeps the beginnings of steps apart, so that there are at most `rate` of them a second."""

    def __init__(
        self, rate: int, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._interval = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    def wait(self) -> None:
        """Sleep until the next step may begin."""
        now = self._clock()
        if self._next > now:
            self._sleep(self._next - now)
        self._next = max(self._next, now) + self._interval


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--rate", type=_rate, default=DEFAULT_RATE, help="items a second (default: %(default)s)")
    parser.add_argument("--after", type=_position, help="the position that an interrupted run printed")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Rewrite the items of the table.

    Returns UNFINISHED when a concurrent change refused a rewrite, or items of erased persons are left.
    """
    done = Backfilled(position=options.after)
    try:
        backfill(boto3.client("dynamodb"), deployed.table, done, Pace(options.rate))
    except BaseException:
        if done.position:
            warn(f"{done} To continue, add: --after {position_text(done.position)}")
        raise
    say(str(done))
    return ExitCode.UNFINISHED if done.refused or done.erased else ExitCode.DONE


def backfill(client: DynamoDBClient, table_name: str, done: Backfilled, pace: Pace) -> None:
    """Read the table from `done.position` on, and rewrite the items that are not in the present layout.

    `done` is current after each item, also when the function raises. A rewrite is one UpdateItem on the condition that
    the item still has the version that was read. It leaves the version and the outbox, so that the relay does not
    publish it.
    """
    progress = ProgressReport("items read")
    erasures = DynamoDBErasures(client, table_name)
    request: ScanInputTypeDef = {"TableName": table_name, "ConsistentRead": True, "Limit": _PAGE}
    if done.position:
        request["ExclusiveStartKey"] = serialize(done.position)
    while True:
        page = client.scan(**request)
        for item in map(deserialize, page["Items"]):
            pace.wait()
            _rewrite(client, table_name, item, done, erasures)
            done.read += 1
            done.position = {name: item[name] for name in TABLE_KEY}
            progress.advance()
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _rewrite(client: DynamoDBClient, table_name: str, item: Item, done: Backfilled, erasures: DynamoDBErasures) -> None:
    present = in_present_layout(item)
    stored = {name: value for name, value in present.items() if item.get(name) != value}
    removed = item.keys() - present.keys()
    if not stored and not removed:
        return
    if _is_of_an_erased_person(item, erasures):
        done.erased += 1
        return
    places = {name: str(number) for number, name in enumerate([*stored, *removed])}
    values = {f":{places[name]}": value for name, value in stored.items()}
    expression = [
        *(["SET " + ", ".join(f"#{places[name]} = :{places[name]}" for name in stored)] if stored else []),
        *(["REMOVE " + ", ".join(f"#{places[name]}" for name in removed)] if removed else []),
    ]
    request: UpdateItemInputTypeDef = {
        "TableName": table_name,
        "Key": serialize({name: item[name] for name in TABLE_KEY}),
        "UpdateExpression": " ".join(expression),
        "ExpressionAttributeNames": {f"#{place}": name for name, place in places.items()},
        # Without a condition, an UpdateItem would bring an erased item back.
        "ConditionExpression": "Version = :version" if "Version" in item else "attribute_exists(PK)",
    }
    if "Version" in item:
        values[":version"] = item["Version"]
    if values:
        request["ExpressionAttributeValues"] = serialize(values)
    try:
        client.update_item(**request)
    except client.exceptions.ConditionalCheckFailedException:
        done.refused += 1
    else:
        done.rewritten += 1


def _is_of_an_erased_person(item: Item, erasures: DynamoDBErasures) -> bool:
    try:
        return "UserId" in item and erasures.includes(UserId(item["UserId"]))
    except (DomainError, TypeError):  # a damaged owner, who was not erased
        return False


def position_text(position: Item) -> str:
    """Returns a position as text that needs no quotes in a shell."""
    return urlsafe_b64encode(json.dumps([position[name] for name in TABLE_KEY]).encode()).decode()


def _position(text: str) -> Item:
    try:
        values = json.loads(urlsafe_b64decode(text.encode()))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != [str, str]:
        raise argparse.ArgumentTypeError("no position that this command printed")
    return dict(zip(TABLE_KEY, values, strict=True))


def _rate(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"a rate is a whole number from 1 to 10000, unlike {text!r}")
    return int(text)
