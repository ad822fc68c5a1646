"""Erases everything about a person: `python -m operations.erase_user --stack NAME --user ID`.

An operator's command, with the operator's own credentials (docs/runbook.md); no Lambda runs it. It may be interrupted
and repeated at any time: each run looks at everything anew, and deletes what is still there.
"""

import argparse
import sys
import time

import boto3

from domain.errors import DomainError
from domain.identifiers import UserId
from operations.account import Account
from operations.deployed import Deployed, NotDeployed
from operations.personal_items import PersonalItems, Tally
from operations.personal_messages import PersonalMessages

PASSES = 5  # the last one must find nothing
PATIENCE = 60.0  # seconds that the queue has to become empty, each time


def main() -> int:
    """Erase. 0 when nothing is left, 1 when the person is still at work, 2 for a person or a stack that cannot be."""
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
    """Erase everything about a person, telling what is done. Returns the exit code that `main` documents.

    The account is locked first and deleted last. Events that are on their way write history and statistics again after
    they were deleted, so passes follow each other, each after the queue is empty, until one finds nothing.
    """
    started = time.monotonic()
    table = PersonalItems(boto3.client("dynamodb"), deployed.table)
    messages = PersonalMessages(boto3.client("sqs"), deployed.queue, deployed.dead_letters)
    account = Account.find(boto3.client("cognito-idp"), deployed.user_pool, user_id)
    if account:
        account.lock()
    print(f"Account: {'locked and signed out' if account else 'none'}.")
    total, letters = Tally(), 0
    for number in range(1, PASSES + 1):
        waiting = messages.waiting(patience=patience)
        tally, found = table.erase(user_id), messages.erase(user_id)
        total, letters = total + tally, letters + found
        print(f"Pass {number}: {_told(tally, found)}.")
        if not waiting and not found and not tally.kinds:
            break
    else:
        print(
            f"Not finished: {waiting} messages wait in the queue, and the last pass still found {_told(tally, found)}. "
            "Somebody works with this person's tasks, or the event path stands still. Run this again."
        )
        return 1
    if account:
        account.delete()
        print("Account: deleted. Access tokens stay valid for an hour after they were issued: run this again after it.")
    print(f"Erased: {_told(total, letters)}.")
    print(
        f"It took {total.calls} calls of the table, {total.read_units:g} read units, "
        f"{total.write_units:g} write units, {time.monotonic() - started:.1f} s."
    )
    return 0


def _told(tally: Tally, letters: int) -> str:
    kinds = [f"{count} {kind}" for kind, count in sorted(tally.kinds.items())]
    return ", ".join([*kinds, *([f"{letters} dead letters"] if letters else [])]) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
