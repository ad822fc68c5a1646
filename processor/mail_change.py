"""What the mailer does with a change: it sends the owner a mail, if they asked for it, and never a second one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_lambda_powertools.metrics import MetricUnit

from adapters.timestamps import now
from domain.changes import TaskChange
from domain.mail import Addresses, Mail, Mailer, MailKind, MailNotSent, MailRefused, SentMails, kind_of_mail
from domain.ports import Clock, Erasures, SettingsRepository
from processor.telemetry import logger, metrics

LATEST = timedelta(days=1)  # after which a mail would only confuse; replays send none


@dataclass(frozen=True, slots=True)
class MailChange:
    """Sends the mail of one change at most once (docs/decisions/0044)."""

    mailer: Mailer
    addresses: Addresses
    settings: SettingsRepository
    sent: SentMails
    erasures: Erasures
    clock: Clock = now

    def __call__(self, change: TaskChange, _correlation_id: str | None, _deliveries: int = 1) -> bool:
        """Send the mail. Returns False when nothing was to be sent.

        Raises MailNotSent, after which SQS delivers the message again, and any error of the reads before. A mail of
        which it is not known whether SES sent it counts as sent.
        """
        kind, at = kind_of_mail(change), self.clock()
        if kind is None or not self._is_wanted(change, kind, at):
            return False
        address = self.addresses.of(change.user_id)
        if address is None:
            return _not_sent("MailsWithoutAddress")
        if not self.sent.claim(change, at):
            return False
        try:
            self.mailer.send(Mail(kind, change.user_id, change.task.title, change.task.due), address)
        except MailNotSent:
            self.sent.release(change)
            raise
        except MailRefused as refusal:
            logger.warning("mail refused", extra={"reason": str(refusal)})
            return _not_sent("MailsRefused")
        except Exception as fault:  # noqa: BLE001 - whatever it was, a second attempt could send the mail twice
            logger.error("mail perhaps not sent", extra={"reason": type(fault).__name__})
            return _not_sent("MailsUnknown")
        metrics.add_metric("MailsSent", MetricUnit.Count, 1)
        return True

    def _is_wanted(self, change: TaskChange, kind: MailKind, at: datetime) -> bool:
        if change.timestamp < at - LATEST:
            return _not_sent("MailsTooOld")
        if self.erasures.includes(change.user_id):
            return _not_sent("ErasedChanges")
        return kind.is_wanted(self.settings.get(change.user_id).email)


def _not_sent(reason: str) -> bool:
    metrics.add_metric(reason, MetricUnit.Count, 1)
    return False
