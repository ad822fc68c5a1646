"""Mails, addresses and the record of mails in memory, for tests of the mailer."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.changes import TaskChange
from domain.identifiers import UserId
from domain.mail import Addresses, Mail, Mailer, SentMails


@dataclass(slots=True)
class Letterbox(Mailer):
    """Keeps the mails that are sent, or raises `fault` instead."""

    fault: Exception | None = None
    mails: list[tuple[str, Mail]] = field(default_factory=list)

    def send(self, mail: Mail, address: str) -> None:
        """Keep the mail."""
        if self.fault:
            raise self.fault
        self.mails.append((address, mail))


@dataclass(slots=True)
class InMemoryAddresses(Addresses):
    """Addresses by the ids of users."""

    addresses: dict[UserId, str] = field(default_factory=dict)

    def of(self, user_id: UserId) -> str | None:
        """Returns the address, if any."""
        return self.addresses.get(user_id)


@dataclass(slots=True)
class InMemorySentMails(SentMails):
    """The changes that mails tell of."""

    claimed: set[tuple[str, int]] = field(default_factory=set)

    def claim(self, change: TaskChange, at: datetime) -> bool:
        """Record the change's mail, once."""
        key = str(change.task_id), change.version
        if key in self.claimed:
            return False
        self.claimed.add(key)
        return True

    def release(self, change: TaskChange) -> None:
        """Forget the change's mail."""
        self.claimed.remove((str(change.task_id), change.version))
