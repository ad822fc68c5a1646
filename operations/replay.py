"""Publishes changes again that the relay did not publish.

`--since` takes a time and reads the stream, which keeps records for 24 hours; `--shard`, `--first` and `--last` name
records of it. `--task` publishes the last change of a task from its outbox. The outbox of a deleted task has no title
and description; both are empty in the message. `--parked` publishes the records that the relay parked because it could
not read them, and deletes those that are readable now. Publishing a change twice is harmless, because the projections
count it once. Changes of erased persons are never published.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import boto3

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.items import serialize
from adapters.outbox_messages import UnreadableImage, message_of
from adapters.sns_events import EventTopic
from adapters.task_items import task_key
from domain.errors import ValidationError
from domain.identifiers import TaskId, UserId
from operations import tolerant_json
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.output import ProgressReport, say
from operations.queues import Decision, Letter, Queue
from operations.stream import Stream

_BATCH = 100  # records, published in ten calls
_SHOWN = 10  # users and tasks that a summary names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--since", type=_time, metavar="TIME", help="for example 2026-11-30T09:00Z, within 24 hours")
    source.add_argument("--shard", help="a shard of the table's stream, with --first and --last")
    source.add_argument("--task", type=_task_id, help="a task's id")
    source.add_argument("--parked", action="store_true", help="the records that the relay parked")
    parser.add_argument("--until", type=_time, metavar="TIME", help="with --since; now unless given")
    parser.add_argument("--first", type=_sequence_number, help="sequence number of the first record")
    parser.add_argument("--last", type=_sequence_number, help="sequence number of the last record")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Publish the changes and say whose they are. Returns UNFINISHED when one was not published.

    Raises CommandCannotRun when a requested record or task is missing.
    """
    replay = Replay(
        EventTopic(boto3.client("sns"), deployed.topic), DynamoDBErasures(boto3.client("dynamodb"), deployed.table)
    )
    if options.parked:
        queue = Queue(boto3.client("sqs"), deployed.unrelayed)
        held = queue.counts().held
        queue.each(replay.decide)
        replay.left += held
        if held:
            say(f"{held} parked records are held by another reader (a console, another run): run again in minutes.")
    elif options.task:
        replay.publish([{"dynamodb": {"NewImage": _item(deployed.table, options.task)}}])
    else:
        stream = _stream(deployed.table)
        if options.since:
            replay.publish(stream.since(options.since, options.until or datetime.now(UTC)))
        elif options.first and options.last:
            replay.publish(list(stream.between(options.shard, options.first, options.last)))
        else:
            raise CommandCannotRun("A shard needs --first and --last.")
    replay.print()
    return ExitCode.UNFINISHED if replay.left else ExitCode.DONE


@dataclass(slots=True)
class Replay:
    """Publishes stream records and counts them. `left` were not published, although their persons are not erased."""

    topic: EventTopic
    erasures: DynamoDBErasures
    published: int = 0
    left: int = 0
    erased: int = 0
    users: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)

    def publish(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Publish the changes in order, each batch after the other. A record that cannot be read is named and left."""
        progress, waiting = ProgressReport("records"), iter(records)
        while batch := list(islice(waiting, _BATCH)):
            messages = []
            for record in batch:
                try:
                    if not self._is_erased(record["dynamodb"]):
                        messages.append((message_of(record["dynamodb"]), record["dynamodb"]["NewImage"]))
                except UnreadableImage as fault:
                    self.left += 1
                    say(f"Left: {_place(record)}: {fault}")
            publication = self.topic.publish([message for message, _ in messages])
            for position, (_, image) in enumerate(messages[: publication.done]):
                if code := publication.refused.get(position):
                    say(f"Left: {tolerant_json.field(image, 'TaskId', 'S')}: SNS refuses it ({code})")
                else:
                    self._count(image)
            self.left += len(messages) - publication.published
            progress.advance(len(batch))

    def decide(self, letter: Letter) -> Decision:
        """Publish a parked record. Returns whether its message goes."""
        try:
            images = _images(letter.body)
            if self._is_erased(images):
                return Decision.GOES
            if self.topic.publish([message_of(images)]).published:
                self._count(images["NewImage"])
                return Decision.GOES
            say(f"{letter.message_id}: SNS did not take it")
        except (tolerant_json.Unreadable, UnreadableImage) as fault:
            say(f"{letter.message_id}: {fault}")
        self.left += 1
        return Decision.STAYS

    def print(self) -> None:
        """Print how many changes were published and whose they are."""
        for kind, counts in (("users", self.users), ("tasks", self.tasks)):
            shown = ", ".join(f"{name} {count:,}" for name, count in counts.most_common(_SHOWN))
            if counts:
                say(f"Changes of {len(counts):,} {kind}: {shown}{' …' if len(counts) > _SHOWN else ''}")
        say(f"Published: {self.published:,}. Of erased persons, not published: {self.erased:,}. Left: {self.left:,}.")

    def _count(self, image: object) -> None:
        self.published += 1
        self.users[str(tolerant_json.field(image, "UserId", "S"))] += 1
        self.tasks[str(tolerant_json.field(image, "TaskId", "S"))] += 1

    def _is_erased(self, images: Mapping[str, Any]) -> bool:
        try:
            is_erased = self.erasures.includes(UserId(str(tolerant_json.field(images, "NewImage", "UserId", "S"))))
        except ValidationError:
            return False
        self.erased += is_erased
        return is_erased


def _images(body: str) -> Mapping[str, Any]:
    """Returns the images of a parked record. Raises Unreadable or UnreadableImage."""
    images = tolerant_json.field(tolerant_json.read(body), "dynamodb")
    if not isinstance(images, dict):
        # Lambda's own record of the position of records that it gave up has none.
        raise UnreadableImage("no stream record: publish its range with --shard, --first and --last")
    return images


def _place(record: Mapping[str, Any]) -> str:
    number = record["dynamodb"].get("SequenceNumber")
    return f"the record {number}" if number else "the task's item"


def _stream(table: str) -> Stream:
    arn = boto3.client("dynamodb").describe_table(TableName=table)["Table"].get("LatestStreamArn")
    if arn is None:
        raise CommandCannotRun(f"The table {table} has no stream.")
    return Stream(boto3.client("dynamodbstreams"), arn)


def _item(table: str, task_id: TaskId) -> Mapping[str, Any]:
    response = boto3.client("dynamodb").get_item(TableName=table, Key=serialize(task_key(task_id)), ConsistentRead=True)
    if "Item" not in response:
        raise CommandCannotRun(f"The table {table} has no task {task_id}. Nothing was published.")
    return response["Item"]


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"a time has a date, a time and a zone, as 2026-11-30T09:00Z, unlike {text!r}")
    return moment


def _sequence_number(text: str) -> str:
    if not re.fullmatch(r"[0-9]{21,40}", text):
        raise argparse.ArgumentTypeError(f"a sequence number has 21 to 40 digits, unlike {text!r}")
    return text


def _task_id(text: str) -> TaskId:
    try:
        return TaskId(text)
    except ValidationError as fault:
        raise argparse.ArgumentTypeError(fault.message) from fault
