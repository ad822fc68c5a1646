"""Which changes are sent to a task's owner by e-mail, and what such a mail says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.access import ActorKind
from domain.changes import TaskChange
from domain.events import TaskReminded
from domain.identifiers import UserId
from domain.planning import TaskDue
from domain.settings import EmailSettings


class MailKind(StrEnum):
    """A kind of mail, by the name of its setting in the schema's `EmailSettings`."""

    REMINDERS = "reminders"
    COMPLETED_BY_OTHERS = "completedByOthers"

    def is_wanted(self, email: EmailSettings) -> bool:
        """Returns whether the settings ask for this kind."""
        return email.reminders if self is MailKind.REMINDERS else email.completed_by_others


def kind_of_mail(change: TaskChange) -> MailKind | None:
    """Returns the kind of mail that tells of a change, or None for a change that no mail tells of."""
    if any(isinstance(event, TaskReminded) for event in change.events):
        return MailKind.REMINDERS
    if change.completes_the_task and change.by not in {None, ActorKind.OWNER}:
        return MailKind.COMPLETED_BY_OTHERS
    return None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of one change to the owner of its task."""

    kind: MailKind
    user_id: UserId
    title: str
    due: TaskDue | None


class MailRefused(Exception):
    """The mail cannot be sent, now or later: its address or its sender is refused. Nothing was sent."""


class MailNotSent(Exception):
    """The mail was not sent and can be sent later: too many mails, or sending is paused."""


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail, address: str) -> None:
        """Send the mail. Raises MailRefused, MailNotSent, and anything else if it may or may not have been sent."""


class Addresses(Protocol):
    """Knows the addresses of users."""

    def of(self, user_id: UserId) -> str | None:
        """Returns the user's verified address, or None for a user without one or without an account."""


class SentMails(Protocol):
    """The record of the changes that mails tell of, by which none is told of twice."""

    def claim(self, change: TaskChange, at: datetime) -> bool:
        """Record that the change's mail is being sent. Returns False if that was recorded before."""

    def release(self, change: TaskChange) -> None:
        """Delete the record of a mail that was certainly not sent, so that it can be sent later."""
