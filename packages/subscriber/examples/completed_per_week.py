"""Counts completed tasks per user and ISO week: `completed_per_week.py QUEUE_URL DATABASE SECRET`.

A completion counts in the week in which it happened. Reopening a task takes it back; deleting one does not. The counts
are sums, so that the order of the changes does not matter.
"""

import sqlite3
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import boto3
from tasks_subscriber import Change, Inbox, poll

EVENT_TYPES = ("TaskCompleted", "TaskReopened")  # for the filter of the subscription; erasures come always


@dataclass(frozen=True, slots=True)
class CompletedPerWeek:
    """The counts, in the inbox's database."""

    database: sqlite3.Connection

    def __post_init__(self) -> None:
        self.database.execute(
            "create table if not exists completed (user_id text, week text, count integer, primary key (user_id, week))"
        )

    def apply(self, change: Change, *, is_newest: bool) -> None:  # noqa: ARG002 - a sum needs late changes too
        """Add what each event means for its week. A late change counts as much as a timely one."""
        for event in change.events:
            if event.type == "TaskCompleted":
                self._add(change.user_id, change.timestamp, +1)
            elif event.type == "TaskReopened" and (completed_at := event.moment("wasCompletedAt")):
                self._add(change.user_id, completed_at, -1)

    def erase(self, user_id: str) -> None:
        """Delete the person's counts."""
        self.database.execute("delete from completed where user_id = ?", [user_id])

    def of(self, user_id: str) -> dict[str, int]:
        """Returns the counts of a person by week, for example `2026-W48`."""
        rows = self.database.execute(
            "select week, count from completed where user_id = ? and count != 0 order by week", [user_id]
        )
        return dict(rows.fetchall())

    def _add(self, user_id: str, moment: datetime, amount: int) -> None:
        year, week, _ = moment.isocalendar()
        self.database.execute(
            "insert into completed values (?, ?, ?) on conflict do update set count = count + excluded.count",
            [user_id, f"{year}-W{week:02}", amount],
        )


def opened(file: Path) -> sqlite3.Connection:
    """Returns a connection as the inbox needs it, in which a stored transaction survives a crash."""
    database = sqlite3.connect(file, isolation_level=None, timeout=30)
    database.execute("pragma journal_mode = wal")
    return database


def main() -> None:
    """Read the queue until the process is ended. It may be killed at any point."""
    queue_url, file, secret = sys.argv[1:]
    database = opened(Path(file))
    inbox, counts = Inbox(database, secret.encode()), CompletedPerWeek(database)
    while True:
        poll(boto3.client("sqs"), queue_url, lambda body: inbox.receive(body, counts))


if __name__ == "__main__":
    main()
