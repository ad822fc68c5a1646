"""Stops mails: by the link in a mail, without signing in, and by SES's reports of bounces and complaints."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.clients import BUDGET
from adapters.ses_mail import user_of
from adapters.timestamps import now
from adapters.unsubscribe_links import UnsubscribeLinks
from domain.errors import ValidationError
from domain.identifiers import UserId
from domain.mail import MailKind
from domain.ports import Clock, Erasures, SettingsRepository
from processor.telemetry import logger, metrics

_ATTEMPTS = 3  # of a change of settings that another one overtakes
_WORDS: Mapping[MailKind, str] = {
    MailKind.REMINDERS: "reminders of your tasks",
    MailKind.COMPLETED_BY_OTHERS: "mails about tasks that others completed",
}

HttpHandler = Callable[..., dict[str, Any]]
SnsHandler = Callable[..., None]


class SettingsBusy(Exception):
    """Other changes of the settings were first three times in a row."""


@dataclass(frozen=True, slots=True)
class StopMails:
    """Switches kinds of mail off. Nothing is stored for a person who was erased or never changed a setting."""

    settings: SettingsRepository
    erasures: Erasures
    clock: Clock = now

    def __call__(self, user_id: UserId, *kinds: MailKind) -> None:
        """Switch off the kinds that are on. Raises SettingsBusy."""
        if self.erasures.includes(user_id):
            return
        for _ in range(_ATTEMPTS):
            before = self.settings.get(user_id)
            if not before.version or not any(kind.is_wanted(before.email) for kind in kinds):
                return
            after = before.changed(
                self.clock(),
                reminders=False if MailKind.REMINDERS in kinds else None,
                completed_by_others=False if MailKind.COMPLETED_BY_OTHERS in kinds else None,
            )
            if self.settings.save(after):
                metrics.add_metric("MailsStopped", MetricUnit.Count, 1)
                return
        raise SettingsBusy


def unsubscribe_page(links: UnsubscribeLinks, stop_mails: StopMails) -> HttpHandler:
    """Returns the handler of the page behind the link (API Gateway's payload format 2.0).

    A GET only shows a button, because scanners of mail open links. A POST stops the mails, whether the button or a mail
    program sends it (RFC 8058, section 3.2). The answer to an altered link says so, and nothing changes.
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        BUDGET.start(context.get_remaining_time_in_millis())
        token = (event.get("queryStringParameters") or {}).get("token", "")
        named = links.read(token)
        if named is None:
            metrics.add_metric("UnsubscribeRefused", MetricUnit.Count, 1)
            return _page(
                400, "This link is not complete.", "Nothing was changed. Please use the whole link of the mail."
            )
        user_id, kind = named
        if event["requestContext"]["http"]["method"] != "POST":
            button = f'<form method="post" action="?token={quote(token)}"><button>Stop them</button></form>'
            return _page(200, f"Stop {_WORDS[kind]}?", button)
        stop_mails(user_id, kind)
        return _page(200, "Done.", f"You will receive no more {_WORDS[kind]}. You can ask for them again at any time.")

    return handler


def _page(status: int, heading: str, body: str) -> dict[str, Any]:
    """Returns the answer. All texts are the product's own."""
    return {
        "statusCode": status,
        "headers": {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        },
        "body": "<!doctype html><html lang=en><meta name=viewport content='width=device-width'>"
        f"<title>{heading}</title><h1>{heading}</h1><p>{body}</p></html>",
    }


def feedback(stop_mails: StopMails) -> SnsHandler:
    """Returns the handler of SES's reports, which stops all mails to a user after a permanent bounce or a complaint.

    A report of something else is ignored (Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes
    to Amazon SNS").
    """

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    def handler(event: dict[str, Any], context: LambdaContext) -> None:
        BUDGET.start(context.get_remaining_time_in_millis())
        for record in event["Records"]:
            for user_id in _undeliverable(record["Sns"]["Message"]):
                stop_mails(user_id, *MailKind)

    return handler


def _undeliverable(text: str) -> Iterator[UserId]:
    """Yields the users to whom nothing more may be sent."""
    try:
        report = json.loads(text)
        is_final = report.get("eventType") == "Complaint" or (
            report.get("eventType") == "Bounce" and report["bounce"]["bounceType"] == "Permanent"
        )
        if not is_final:
            return
        metrics.add_metric(f"Mail{report['eventType']}s", MetricUnit.Count, 1)
        for tag in report["mail"]["tags"]["user"]:
            yield user_of(tag)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as fault:
        # Lambda would repeat it in vain, and the text holds an address.
        logger.error("unreadable report", extra={"reason": type(fault).__name__})
        metrics.add_metric("UnreadableReports", MetricUnit.Count, 1)
