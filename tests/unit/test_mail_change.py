"""A user who asked for it gets one mail of a reminder and of a completion by somebody else, and nobody gets another."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from domain.changes import TaskChange
from domain.identifiers import UserId
from domain.mail import MailKind, MailNotSent, MailRefused, kind_of_mail
from domain.settings import UserSettings
from domain.task import Task
from processor.mail_change import LATEST, MailChange
from tests.builders import ANNA, NOON, a_task, changes_of, later
from tests.in_memory_mail import InMemoryAddresses, InMemorySentMails, Letterbox
from tests.in_memory_projections import InMemoryErasures, InMemorySettings


def change_of(task: Task, by: str = "OWNER") -> TaskChange:
    task.sign(by, None)
    return changes_of(task)[-1]


def a_reminder(**values: Any) -> TaskChange:
    task = a_task(remind_at=NOON, **values)
    task.remind(later())
    return change_of(task, "SERVICE")


def a_completion(by: str) -> TaskChange:
    task = a_task()
    task.complete(later())
    return change_of(task, by)


@dataclass
class Mailing:
    """A mailer of a user who asked for everything."""

    letterbox: Letterbox = field(default_factory=Letterbox)
    settings: InMemorySettings = field(default_factory=InMemorySettings)
    addresses: dict[UserId, str] = field(default_factory=lambda: {ANNA: "anna@example.com"})
    sent: InMemorySentMails = field(default_factory=InMemorySentMails)
    erased: set[UserId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.settings.save(UserSettings(ANNA).changed(NOON, reminders=True, completed_by_others=True))

    def __call__(self, change: TaskChange, *, minutes: float = 2) -> bool:
        mail_change = MailChange(
            self.letterbox,
            InMemoryAddresses(self.addresses),
            self.settings,
            self.sent,
            InMemoryErasures(self.erased),
            lambda: later(minutes),
        )
        return mail_change(change, None, 1)


def test_a_reminder_and_a_completion_by_somebody_else_are_told_to_the_owner() -> None:
    mailing = Mailing()

    assert mailing(a_reminder(title="Call"))
    assert mailing(a_completion("ADMIN"))

    assert [(address, mail.kind) for address, mail in mailing.letterbox.mails] == [
        ("anna@example.com", MailKind.REMINDERS),
        ("anna@example.com", MailKind.COMPLETED_BY_OTHERS),
    ]
    assert mailing.letterbox.mails[0][1].title == "Call"


@pytest.mark.parametrize("by", ["OWNER", None])
def test_a_completion_by_the_owner_or_by_nobody_knows_whom_is_told_to_nobody(by: Any) -> None:
    assert kind_of_mail(a_completion(by)) is None


def test_other_changes_are_told_to_nobody() -> None:
    task = a_task()
    task.start(later())
    task.cancel(later(2))
    task.reopen(later(3))
    task.delete(later(4))
    task.sign("ADMIN", None)

    assert [kind_of_mail(change) for change in changes_of(task)] == [None] * 4


def test_who_did_not_ask_for_a_kind_gets_none_of_it() -> None:
    mailing = Mailing()
    mailing.settings.save(UserSettings(ANNA).changed(NOON, reminders=False, completed_by_others=True))

    assert not mailing(a_reminder())
    assert mailing(a_completion("SERVICE"))

    assert [mail.kind for _, mail in mailing.letterbox.mails] == [MailKind.COMPLETED_BY_OTHERS]


def test_a_repeated_delivery_sends_nothing() -> None:
    mailing, change = Mailing(), a_reminder()

    assert [mailing(change) for _ in range(3)] == [True, False, False]
    assert len(mailing.letterbox.mails) == 1


def test_a_mail_that_was_certainly_not_sent_is_sent_later() -> None:
    mailing, change = Mailing(Letterbox(MailNotSent("TooManyRequestsException"))), a_reminder()
    with pytest.raises(MailNotSent):
        mailing(change)

    mailing.letterbox.fault = None

    assert mailing(change)


@pytest.mark.parametrize("fault", [TimeoutError(), MailRefused("MessageRejected")])
def test_a_mail_that_was_perhaps_sent_or_is_refused_is_not_tried_again(fault: Exception) -> None:
    mailing, change = Mailing(Letterbox(fault)), a_reminder()
    assert not mailing(change)

    mailing.letterbox.fault = None

    assert not mailing(change)
    assert mailing.letterbox.mails == []


def test_an_erased_person_and_a_user_without_an_address_get_none_and_leave_no_record() -> None:
    erased, without = Mailing(erased={ANNA}), Mailing(addresses={})

    assert not erased(a_reminder())
    assert not without(a_reminder())

    assert erased.letterbox.mails == without.letterbox.mails == []
    assert erased.sent.claimed == without.sent.claimed == set()


@pytest.mark.parametrize(("age", "sent"), [(LATEST, True), (LATEST + timedelta(minutes=1), False)])
def test_a_replay_of_old_changes_sends_nothing(age: timedelta, sent: bool) -> None:
    assert Mailing()(a_reminder(), minutes=1 + age.total_seconds() / 60) is sent
