"""Sends mails by Amazon SES, as plain text and HTML, with one-click unsubscription (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Any, Protocol

from botocore.exceptions import ClientError

from adapters.timestamps import to_text
from adapters.unsubscribe_links import UnsubscribeLinks
from domain.identifiers import UserId
from domain.mail import Mail, Mailer, MailKind, MailNotSent, MailRefused
from domain.planning import TaskDue

_SUBJECTS: Mapping[MailKind, Template] = {
    MailKind.REMINDERS: Template("Reminder: $title"),
    MailKind.COMPLETED_BY_OTHERS: Template("Completed: $title"),
}
_SENTENCES: Mapping[MailKind, str] = {
    MailKind.REMINDERS: "You wanted to be reminded of this task.",
    MailKind.COMPLETED_BY_OTHERS: "Somebody else completed this task of yours.",
}
_TEXT = Template("$sentence\n\n$title\n$due\n--\nYou asked for these mails. To stop them:\n$link\n")
_HTML = Template(
    "<!doctype html><html><body><p>$sentence</p><p><strong>$title</strong></p><p>$due</p><hr>"
    '<p><small>You asked for these mails. <a href="$link">Stop them</a></small></p></body></html>'
)
# Errors of SendEmail after which nothing was sent (Amazon SES API v2 reference, "SendEmail"). The first pass by
# themselves or by an operator's hand; the others concern this mail.
_LATER = {
    *("TooManyRequestsException", "LimitExceededException", "SendingPausedException", "AccountSuspendedException"),
    *("MailFromDomainNotVerifiedException", "NotFoundException", "AccessDeniedException", "ThrottlingException"),
}
_NEVER = {"MessageRejected", "BadRequestException"}


class SendsMail(Protocol):
    """The part of the client `sesv2` that this module uses."""

    def send_email(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as botocore takes them
        """Send a mail."""


@dataclass(frozen=True, slots=True)
class SesMailer(Mailer):
    """Sends from one address with a configuration set, which reports bounces and complaints with the tag `user`."""

    client: SendsMail
    sender: str
    configuration_set: str
    links: UnsubscribeLinks

    def send(self, mail: Mail, address: str) -> None:
        """Send with one call, which is not repeated. Raises MailRefused, MailNotSent, or botocore's error."""
        link = self.links.link(mail.user_id, mail.kind)
        try:
            self.client.send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [address]},
                ConfigurationSetName=self.configuration_set,
                EmailTags=[{"Name": "user", "Value": tag_of(mail.user_id)}],
                Content={"Simple": _content(mail, link)},
            )
        except ClientError as fault:
            code = fault.response["Error"]["Code"]
            # SES's words may contain the address.
            if code in _NEVER:
                raise MailRefused(code) from None
            if code in _LATER:
                raise MailNotSent(code) from None
            raise


def tag_of(user_id: UserId) -> str:
    """Returns the user id as the value of a tag, which takes only letters, digits, `_`, `-`, `.` and `@`."""
    return str(user_id).encode().hex()


def user_of(tag: str) -> UserId:
    """Returns the user id of a tag's value. Raises ValueError or ValidationError for another text."""
    return UserId(bytes.fromhex(tag).decode())


def _content(mail: Mail, link: str) -> Mapping[str, Any]:
    values = {"sentence": _SENTENCES[mail.kind], "title": mail.title, "due": _due(mail.due), "link": link}
    escaped = {name: escape(value) for name, value in values.items()}
    texts = {
        "Subject": _SUBJECTS[mail.kind].substitute(title=mail.title),
        "Text": _TEXT.substitute(values),
        "Html": _HTML.substitute(escaped),
    }
    data = {name: {"Data": text, "Charset": "UTF-8"} for name, text in texts.items()}
    return {
        "Subject": data["Subject"],
        "Body": {"Text": data["Text"], "Html": data["Html"]},
        # RFC 8058, section 3.1: both headers, and an HTTPS URI that takes a POST.
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": f"<{link}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ],
    }


def _due(due: TaskDue | None) -> str:
    if due is None:
        return ""
    return f"Due: {due.day.isoformat()}" + (f" ({to_text(due.at)}, {due.time_zone})" if due.at else "")
