"""Summarizes all dead letters, moves changes back to their consumer's queue, or deletes chosen messages.

Without `--inspect` and `--delete`, the changes of this product go back, and other messages stay unless `--unreadable`
is given. Letters about erased persons are deleted and never go back. The command moves the messages itself, because the
local cloud (MiniStack 1.5) does not support StartMessageMoveTask, which has no filters either.
"""

from __future__ import annotations

import argparse
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import boto3
from botocore.config import Config

from adapters.dynamodb_erasures import DynamoDBErasures
from domain.errors import ValidationError
from domain.identifiers import UserId
from operations.contents import Content
from operations.deployed import Deployed
from operations.errors import CommandCannotRun, ExitCode
from operations.output import say
from operations.queues import Decision, Letter, Queue

_QUEUES = 8  # read at the same time
_READERS = 8  # threads of a queue, each with one call at a time
_SHOWN = 10  # users and messages that a summary names
_AGES = (("under an hour", timedelta(hours=1)), ("under a day", timedelta(days=1)), ("older", timedelta.max))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--inspect", action="store_true", help="only summarize what is there")
    parser.add_argument("--delete", action="store_true", help="delete the chosen messages instead of moving them")
    parser.add_argument("--unreadable", action="store_true", help="choose what is no change of ours, and only that")
    parser.add_argument("--consumer", help="only the letters of this consumer")
    parser.add_argument("--message", action="append", default=[], metavar="ID", help="choose the message with this id")
    parser.add_argument("--user", metavar="ID", help="choose the changes of this user")
    parser.add_argument("--task", metavar="ID", help="choose the changes of this task")
    parser.add_argument("--type", metavar="EVENT", help="choose the changes with this event type")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Read every dead letter and print a summary. Returns UNFINISHED when chosen messages are held by other readers."""
    choice = Choice(frozenset(options.message), options.user, options.task, options.type, options.unreadable)
    if options.delete and not choice.is_narrow:
        raise CommandCannotRun("--delete needs a choice: --message, --user, --task, --type or --unreadable.")
    consumers = [consumer for consumer in deployed.workers if options.consumer in {None, consumer.name}]
    if not consumers:
        names = ", ".join(consumer.name for consumer in deployed.workers)
        raise CommandCannotRun(f"There is no consumer {options.consumer}: name one of {names}.")
    sqs = boto3.client("sqs", config=Config(max_pool_connections=_QUEUES * _READERS))
    erasures = DynamoDBErasures(boto3.client("dynamodb"), deployed.table)
    chosen = Decision.STAYS if options.inspect else Decision.GOES if options.delete else Decision.MOVES
    stopped = threading.Event()

    def read(source: tuple[Queue, str]) -> tuple[Summary, int]:
        queue, destination = source
        held, summary = queue.counts().held, Summary(choice, chosen, erasures)
        queue.each(summary.decide, move_to=destination, readers=_READERS, stopped=stopped)
        return summary, held

    sources = [(Queue(sqs, url), consumer.queue) for consumer in consumers for url in consumer.failures]
    is_held = False
    # The queues are read at the same time, because a poll of an empty one takes a second.
    with ThreadPoolExecutor(_QUEUES) as pool:
        try:
            for (queue, _), (summary, held) in zip(sources, pool.map(read, sources), strict=True):
                summary.print(queue.name)
                if held:
                    is_held = True
                    say(f"  {held} more are held by another reader (a console, another run): run again soon.")
        finally:
            stopped.set()
    return ExitCode.UNFINISHED if is_held else ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages a run moves or deletes."""

    message_ids: frozenset[str]
    user: str | None
    task: str | None
    event_type: str | None
    unreadable: bool

    @property
    def is_narrow(self) -> bool:
        """Whether the operator chose anything."""
        return bool(self.message_ids or self.user or self.task or self.event_type or self.unreadable)

    def includes(self, message_id: str, content: Content) -> bool:
        """Returns whether the message is chosen. Unreadable messages are chosen only by id or by `unreadable`."""
        if self.message_ids:
            return message_id in self.message_ids
        if content.reason or self.unreadable:
            return bool(content.reason) and self.unreadable
        return (
            self.user in {None, content.user}
            and self.task in {None, content.task}
            and (self.event_type is None or self.event_type in content.event_types)
        )


@dataclass(slots=True)
class Summary:
    """Decides about the letters of one queue and counts them. `decide` may run in several threads."""

    choice: Choice
    chosen: Decision
    erasures: DynamoDBErasures
    erased: dict[str, bool] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    total: int = 0
    decisions: Counter[Decision] = field(default_factory=Counter)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def decide(self, letter: Letter) -> Decision:
        """Returns what happens to the letter."""
        content = Content.of(letter.body)
        is_erased = not content.announces_an_erasure and self._is_erased(content.user)
        decision = Decision.STAYS
        if is_erased and self.chosen is not Decision.STAYS:
            decision = Decision.GOES
        elif self.choice.includes(letter.message_id, content):
            decision = self.chosen
        age = next(name for name, limit in _AGES if self.started - letter.sent_at < limit)
        with self.lock:
            self.total += 1
            self.decisions[decision] += 1
            for kind, value in (
                ("type", "+".join(content.event_types) or "none"),
                ("reason", content.reason or "the consumer failed: its log has the reason under the correlation id"),
                ("age", age),
                ("user", "erased" if is_erased else content.user or "none"),
            ):
                self.counts.setdefault(kind, Counter())[value] += 1
            if len(self.examples) < _SHOWN:
                self.examples.append(f"{letter.message_id}: {content}")
        return decision

    def print(self, name: str) -> None:
        """Print the counts by type, reason, age and user, some messages, and what happened."""
        say(f"{name}: {self.total:,} messages")
        for kind, counts in self.counts.items():
            shown = ", ".join(f"{value} {count:,}" for value, count in counts.most_common(_SHOWN))
            more = f", and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else ""
            say(f"  by {kind}: {shown}{more}")
        for example in self.examples:
            say(f"  {example}")
        if self.total > len(self.examples):
            say(f"  … and {self.total - len(self.examples):,} more")
        if self.chosen is not Decision.STAYS:
            moved, deleted, stayed = (
                self.decisions[decision] for decision in (Decision.MOVES, Decision.GOES, Decision.STAYS)
            )
            say(f"  Moved: {moved:,}. Deleted: {deleted:,}. Left: {stayed:,}.")

    def _is_erased(self, user: str | None) -> bool:
        """Returns whether the person was erased, asked once in a run: the processor asks again before it records."""
        if user is None:
            return False
        if user not in self.erased:
            try:
                self.erased[user] = self.erasures.includes(UserId(user))
            except ValidationError:  # no userId of ours
                self.erased[user] = False
        return self.erased[user]
