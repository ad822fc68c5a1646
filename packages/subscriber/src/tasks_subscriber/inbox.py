"""Applies each change once. What a subscriber stores and what it has seen are one transaction of one database."""

import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from tasks_subscriber.messages import Change, Erasure, read

_TABLES = """
create table if not exists seen_changes (task_id text, version integer, user_id text, primary key (task_id, version));
create index if not exists seen_changes_of_a_user on seen_changes (user_id);
create table if not exists erased_users (digest text primary key, erased_at text);
"""


class Outcome(Enum):
    """What became of a message. Each outcome but an exception lets the queue forget the message."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    ERASED = "erased"
    DROPPED = "dropped"  # a change of a person who was erased


class Subscriber(Protocol):
    """What a product does with the changes. Both methods write to the inbox's database and do not commit."""

    def apply(self, change: Change, *, is_newest: bool) -> None:
        """Handle a change. `is_newest` is False if a later version of the task was applied before."""

    def erase(self, user_id: str) -> None:
        """Delete everything about a person."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Drops duplicates and changes of erased persons, and tells the newest version from a late one.

    `database` needs the isolation level None, because the inbox begins and ends transactions itself. `secret` keys the
    hash by which the inbox remembers an erased person; it must stay the same as long as the database.
    """

    database: sqlite3.Connection
    secret: bytes

    def __post_init__(self) -> None:
        if self.database.isolation_level is not None:
            raise ValueError("the inbox needs a connection with isolation_level=None")
        self.database.executescript(_TABLES)

    def receive(self, body: str, subscriber: Subscriber) -> Outcome:
        """Apply the message, or do nothing at all.

        Raises Unreadable, and whatever the subscriber raises. The message must then stay in the queue.
        """
        message = read(body)
        with self._transaction():
            if isinstance(message, Erasure):
                return self._erase(message, subscriber)
            return self._apply(message, subscriber)

    def forget_erasures(self, before: datetime) -> None:
        """Delete the memory of erasures before a time, at least 400 days ago: nothing of them can be delivered."""
        with self._transaction():
            self.database.execute("delete from erased_users where erased_at < ?", [before.isoformat()])

    def _apply(self, change: Change, subscriber: Subscriber) -> Outcome:
        if self._one("select 1 from erased_users where digest = ?", self._digest(change.user_id)):
            return Outcome.DROPPED
        if self._one("select 1 from seen_changes where task_id = ? and version = ?", change.task_id, change.version):
            return Outcome.DUPLICATE
        later = self._one(
            "select 1 from seen_changes where task_id = ? and version > ?", change.task_id, change.version
        )
        self.database.execute(
            "insert into seen_changes values (?, ?, ?)", [change.task_id, change.version, change.user_id]
        )
        subscriber.apply(change, is_newest=not later)
        return Outcome.APPLIED

    def _erase(self, erasure: Erasure, subscriber: Subscriber) -> Outcome:
        subscriber.erase(erasure.user_id)
        self.database.execute("delete from seen_changes where user_id = ?", [erasure.user_id])
        self.database.execute(
            "insert or replace into erased_users values (?, ?)",
            [self._digest(erasure.user_id), erasure.timestamp.isoformat()],
        )
        return Outcome.ERASED

    def _one(self, query: str, *values: object) -> bool:
        return self.database.execute(query, values).fetchone() is not None

    def _digest(self, user_id: str) -> str:
        return hmac.new(self.secret, user_id.encode(), "sha256").hexdigest()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.database.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.database.execute("rollback")
            raise
        self.database.execute("commit")
