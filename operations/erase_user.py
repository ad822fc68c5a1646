"""Erases all data about a person, and records that, so that nothing comes back.

The command may be interrupted and repeated at any time, because each run searches again and deletes what remains.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import boto3

from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.erasure_messages import UserErased
from adapters.sns_events import EventTopic
from adapters.timestamps import from_text, now
from domain.identifiers import UserId
from operations import person
from operations.account import Account
from operations.contents import Content
from operations.deployed import Deployed
from operations.errors import ExitCode
from operations.live_access import LiveAccess
from operations.output import ProgressReport, say
from operations.personal_items import PersonalItems, Tally, Unrecorded, in_words, unrecorded
from operations.personal_messages import PersonalMessages, is_about, wait_until

PATIENCE = 60.0  # seconds; the limit for the changes in transit to be recorded
# Seconds until every invocation of the processor has ended that began before the record (the Lambda's timeout is 30 s).
GRACE = 35.0
PASSES = 3  # the last pass must find nothing
IN_TRANSIT = timedelta(hours=24)  # the stream's retention; older changes without history are lost
_SHOWN = 5  # changes that a line names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    person.add_arguments(parser)
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help="seconds to wait for this person's changes in transit"
    )
    parser.add_argument(
        "--grace", type=float, default=GRACE, help="seconds until invocations of the processor that run now have ended"
    )


def run(deployed: Deployed, options: argparse.Namespace) -> ExitCode:
    """Erase the person. Returns DONE when nothing is left and nothing can come back, otherwise UNFINISHED."""
    return Erasing(
        person.user_id_of(deployed, options),
        deployed,
        PersonalItems(boto3.client("dynamodb"), deployed.table),
        PersonalMessages(boto3.client("sqs"), deployed),
        DynamoDBErasures(boto3.client("dynamodb"), deployed.table),
        options.patience,
        options.grace,
        LiveAccess(deployed, boto3.client("dynamodb"), options.grace),
    ).erase()


@dataclass(frozen=True, slots=True)
class Erasing:
    """One run of the erasure of a person."""

    user_id: UserId
    deployed: Deployed
    table: PersonalItems
    messages: PersonalMessages
    erasures: DynamoDBErasures
    patience: float
    grace: float
    live_access: LiveAccess

    def erase(self) -> ExitCode:
        """Erase all data about the person and print each step.

        The account is locked first, its subscriptions are ended, and it is deleted last. Changes in transit would write
        history and statistics after the deletion. Therefore the run first waits until the history holds every version
        of the person's tasks, then stores the record of the erasure, from which on the processor drops the person's
        changes, and then deletes.
        """
        held = self.messages.held_failures()
        account = Account.find(boto3.client("cognito-idp"), self.deployed.user_pool, self.user_id)
        _lock(account)
        if account:
            self.live_access.end(self.user_id)
            say("Subscriptions: ended.")
        left = self._wait_for_changes()
        if left:
            shown = "; ".join(map(str, left[:_SHOWN]))
            say(f"Not finished: {len(left)} changes are in transit and not recorded yet: {shown}.")
            say("The relay or the processor is behind or stopped. Run this again when they have caught up.")
            return ExitCode.UNFINISHED
        self.erasures.add(self.user_id, now(), boto3.client("sts").get_caller_identity()["Arn"])
        total, letters, is_quiet = self._delete()
        if not is_quiet:
            say("Not finished: somebody still writes tasks of this person. Run this again when they have stopped.")
            return ExitCode.UNFINISHED
        if held:
            shown = ", ".join(f"{count} of {name}" for name, count in held.items())
            say(f"Not finished: other readers (a console, a redrive, a killed run) hold messages: {shown}.")
            say("Run this again in five minutes, when the messages can be read.")
            return ExitCode.UNFINISHED
        topic = EventTopic(boto3.client("sns"), self.deployed.topic)
        if not topic.publish([UserErased(self.user_id, now()).message()]).published:
            say("Not finished: the topic did not take the announcement for subscribers. Run this again.")
            return ExitCode.UNFINISHED
        say("Subscribers: told by the event UserErased.")
        if account:
            account.delete()
            say("Account: deleted. Access tokens stay valid for up to an hour: run this again after it.")
        say(f"Erased: {in_words(total)}{f', {letters} dead letters' if letters else ''}.")
        return ExitCode.DONE

    def _wait_for_changes(self) -> Sequence[Unrecorded]:
        """Wait until the person's changes are recorded. Returns those that are not, after `patience` seconds."""
        if self.erasures.includes(self.user_id):
            return []  # An earlier run waited. Since its record, the processor drops the person's changes.
        oldest = now() - IN_TRANSIT
        left = [change for change in unrecorded(self.table.all(self.user_id)) if from_text(change.written_at) > oldest]
        progress = ProgressReport("seconds of waiting for changes in transit")

        def all_are_recorded() -> bool:
            nonlocal left
            if left:
                dead = {(content.task, content.version) for content in self._letters()}
                left = [
                    change
                    for change in left
                    if (change.task_id, change.version) not in dead and not self.table.is_recorded(change)
                ]
                progress.advance()
            return not left

        wait_until(all_are_recorded, patience=self.patience)
        return left

    def _letters(self) -> Sequence[Content]:
        """Returns what the person's letters are about. Their changes will not be recorded, because they are deleted."""
        return [Content.of(body) for body in self.messages.all(self.user_id)]

    def _delete(self) -> tuple[Tally, int, bool]:
        """Delete items, then letters, until a pass finds nothing.

        Returns what was deleted, the number of letters, and whether the last pass found nothing. Items go first: an
        interrupted run leaves the letter, by which the next run knows that its change is not in transit.
        """
        total, letters = Tally(), 0
        for number in range(1, PASSES + 1):
            tally = self.table.delete(self.table.all(self.user_id))
            count = self.messages.erase(lambda body: is_about(body, self.user_id))
            total, letters = total + tally, letters + count
            say(f"Pass {number}: {in_words(tally)}{f', {count} dead letters' if count else ''}.")
            if not tally and not count:
                return total, letters, True
            # Invocations that began before the record may still write.
            wait_until(lambda: False, patience=self.grace)
        return total, letters, False


def _lock(account: Account | None) -> None:
    if account is None:
        say("Account: none.")
    elif account.locked_at:
        say(f"Account: locked since {account.locked_at:%Y-%m-%d %H:%M} UTC.")
    else:
        account.lock()
        say("Account: locked and signed out.")
