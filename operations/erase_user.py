"""Erases all data about a person: `python -m operations.erase_user --stack NAME --user ID`.

An operator runs this command with their own credentials (docs/runbook.md). No Lambda runs it. The command may be
interrupted and repeated at any time, because each run searches again and deletes what remains.
"""

import argparse
import sys
import time
from datetime import datetime, timedelta

import boto3

from adapters.timestamps import now
from domain.errors import DomainError
from domain.identifiers import UserId
from operations.account import Account
from operations.deployed import Deployed, NotDeployed
from operations.personal_items import PersonalItems, Tally
from operations.personal_messages import PersonalMessages

PASSES = 5  # the last pass must find nothing
PATIENCE = 60.0  # seconds; the limit for the queue to become empty in each pass
TOKENS_LIVE = timedelta(hours=1)  # the life of an access token that was issued just before the lock
DELIVERED_WITHIN = timedelta(minutes=30)  # ten deliveries, three minutes apart; then a message is a dead letter


def main() -> int:
    """Erase the person.

    Returns the exit code: 0 when nothing is left, 1 when more may come, 2 for an invalid person or stack.
    """
    parser = argparse.ArgumentParser(prog="operations.erase_user")
    parser.add_argument("--stack", required=True, help="the product's stack, as TasksApi-production")
    parser.add_argument("--user", required=True, help="the person's userId: the sub of their account")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds to wait for the queue to be empty")
    options = parser.parse_args()
    try:
        user_id, deployed = UserId(options.user), Deployed.of(options.stack)
    except (DomainError, NotDeployed) as fault:
        print(fault, file=sys.stderr)
        return 2
    return erase(user_id, deployed, options.patience)


def erase(user_id: UserId, deployed: Deployed, patience: float) -> int:
    """Erase all data about a person and print each step. Returns the exit code that `main` documents.

    The account is locked first and deleted last. Events in transit may write history and statistics again after a pass
    has deleted them. Therefore passes repeat until one finds nothing and no event is in transit: the queue is empty, or
    the account was locked so long ago that all events have arrived, whatever the queue holds of other users.
    """
    started = time.monotonic()
    table = PersonalItems(boto3.client("dynamodb"), deployed.table)
    messages = PersonalMessages(boto3.client("sqs"), deployed.queue, deployed.dead_letters)
    account = Account.find(boto3.client("cognito-idp"), deployed.user_pool, user_id)
    locked_at = _lock(account)
    all_arrived_at = locked_at + TOKENS_LIVE + DELIVERED_WITHIN if locked_at else None
    has_all_arrived = all_arrived_at is not None and now() >= all_arrived_at
    total, letters = Tally(), 0
    for number in range(1, PASSES + 1):
        waiting = 0 if has_all_arrived else messages.waiting(patience=patience)
        tally, found = table.erase(user_id), messages.erase(user_id)
        total, letters = total + tally, letters + found
        print(f"Pass {number}: {_told(tally, found)}.")
        nothing_is_known = not account and not total.kinds and not letters
        if not found and not tally.kinds and (not waiting or nothing_is_known):
            break
    else:
        again = f"after {all_arrived_at:%H:%M} UTC" if all_arrived_at and not has_all_arrived else "in half an hour"
        print(
            f"Not finished: {waiting} messages wait in the queue, and the last pass still found {_told(tally, found)}. "
            "Somebody works with this person's tasks, or events of many people are on their way. "
            f"Run this again {again}."
        )
        return 1
    if account:
        account.delete()
        told = "" if has_all_arrived else " Access tokens stay valid for up to an hour: run this again after it."
        print(f"Account: deleted.{told}")
    print(f"Erased: {_told(total, letters)}.")
    print(
        f"It took {total.calls} calls of the table, {total.read_units:g} read units, "
        f"{total.write_units:g} write units, {time.monotonic() - started:.1f} s."
    )
    return 0


def _lock(account: Account | None) -> datetime | None:
    """Lock the account. Returns the time since which it is locked, or None when there is no account."""
    if account is None:
        print("Account: none.")
        return None
    if account.locked_at:
        print(f"Account: locked since {account.locked_at:%Y-%m-%d %H:%M} UTC.")
        return account.locked_at
    account.lock()
    print("Account: locked and signed out.")
    return now()


def _told(tally: Tally, letters: int) -> str:
    kinds = [f"{count} {kind}" for kind, count in sorted(tally.kinds.items())]
    return ", ".join([*kinds, *([f"{letters} dead letters"] if letters else [])]) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
