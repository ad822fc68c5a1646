"""Erases all data about a person.

The command may be interrupted and repeated at any time, because each run searches again and deletes what remains.
"""

import argparse
import time
from datetime import datetime, timedelta

import boto3

from adapters.timestamps import now
from domain.identifiers import UserId
from operations import person
from operations.account import Account
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.output import say
from operations.personal_items import PersonalItems, Tally
from operations.personal_messages import PersonalMessages

PASSES = 5  # the last pass must find nothing
PATIENCE = 60.0  # seconds; the limit for the queue to become empty in each pass
TOKENS_LIVE = timedelta(hours=1)  # the life of an access token that was issued just before the lock
DELIVERED_WITHIN = timedelta(minutes=30)  # ten deliveries, three minutes apart; then a message is a dead letter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    person.add_arguments(parser)
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds to wait for the queue to be empty")


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Erase the person. Returns DONE when nothing is left, and UNFINISHED when more may come."""
    return erase(person.user_id_of(deployed, options), deployed, options.patience)


def erase(user_id: UserId, deployed: Deployed, patience: float) -> ExitCode:
    """Erase all data about a person and print each step. Returns the exit code that `run` documents.

    The account is locked first and deleted last. Events in transit may write history and statistics again after a pass
    has deleted them. Therefore passes repeat until one finds nothing and no event is in transit: the queue is empty, or
    the account was locked so long ago that all events have arrived, whatever the queue holds of other users.
    """
    started = time.monotonic()
    table = PersonalItems(boto3.client("dynamodb"), deployed.table)
    messages = PersonalMessages(boto3.client("sqs"), deployed)
    account = Account.find(boto3.client("cognito-idp"), deployed.user_pool, user_id)
    locked_at = _lock(account)
    all_arrived_at = locked_at + TOKENS_LIVE + DELIVERED_WITHIN if locked_at else None
    has_all_arrived = all_arrived_at is not None and now() >= all_arrived_at
    total, letters = Tally(), 0
    for number in range(1, PASSES + 1):
        waiting = 0 if has_all_arrived else messages.waiting(patience=patience)
        tally, found = table.erase(user_id), messages.erase(user_id)
        total, letters = total + tally, letters + found
        say(f"Pass {number}: {_told(tally, found)}.")
        nothing_is_known = not account and not total.kinds and not letters
        if not found and not tally.kinds and (not waiting or nothing_is_known):
            break
    else:
        again = f"after {all_arrived_at:%H:%M} UTC" if all_arrived_at and not has_all_arrived else "in half an hour"
        say(
            f"Not finished: {waiting} messages wait in the queue, and the last pass still found {_told(tally, found)}. "
            "Somebody works with this person's tasks, or events of many people are on their way. "
            f"Run this again {again}."
        )
        return ExitCode.UNFINISHED
    if account:
        account.delete()
        told = "" if has_all_arrived else " Access tokens stay valid for up to an hour: run this again after it."
        say(f"Account: deleted.{told}")
    say(f"Erased: {_told(total, letters)}.")
    say(
        f"It took {total.calls} calls of the table, {total.read_units:g} read units, "
        f"{total.write_units:g} write units, {time.monotonic() - started:.1f} s."
    )
    return ExitCode.DONE


def _lock(account: Account | None) -> datetime | None:
    """Lock the account. Returns the time since which it is locked, or None when there is no account."""
    if account is None:
        say("Account: none.")
        return None
    if account.locked_at:
        say(f"Account: locked since {account.locked_at:%Y-%m-%d %H:%M} UTC.")
        return account.locked_at
    account.lock()
    say("Account: locked and signed out.")
    return now()


def _told(tally: Tally, letters: int) -> str:
    kinds = [f"{count} {kind}" for kind, count in sorted(tally.kinds.items())]
    return ", ".join([*kinds, *([f"{letters} dead letters"] if letters else [])]) or "nothing"
