"""Mails hold no markup of users, and their links stop them; bounces and complaints do so too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from adapters import clients
from adapters.cognito_addresses import CognitoAddresses
from adapters.dynamodb_erasures import DynamoDBErasures
from adapters.dynamodb_sent_mails import DynamoDBSentMails
from adapters.dynamodb_settings import DynamoDBSettings
from adapters.items import serialize
from adapters.outbox_messages import message_of
from adapters.ses_mail import SesMailer, tag_of, user_of
from adapters.task_items import task_item
from adapters.unsubscribe_links import UnsubscribeLinks
from domain.identifiers import UserId
from domain.mail import Mail, MailKind, MailNotSent, MailRefused
from domain.planning import TaskDue
from domain.settings import EmailSettings, UserSettings
from operations.personal_items import PersonalItems, kind_of
from processor.stop_mails import StopMails, feedback, unsubscribe_page
from tests.builders import ANNA, BORIS, NOON, a_task, changes_of, later
from tests.integration.conftest import TABLE_NAME
from tests.integration.lambda_events import LambdaContext

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = "https://api.example.com/mail/unsubscribe"


class Ses:
    """Keeps the requests, or raises a fault."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.requests: list[Mapping[str, Any]] = []
        self.fault = fault

    def send_email(self, **request: Any) -> Mapping[str, Any]:
        self.requests.append(request)
        if self.fault:
            raise self.fault
        return {"MessageId": "1"}


@pytest.fixture
def links(dynamodb: DynamoDBClient) -> UnsubscribeLinks:
    return UnsubscribeLinks(dynamodb, TABLE_NAME, PAGE)


@pytest.fixture
def settings(dynamodb: DynamoDBClient) -> DynamoDBSettings:
    stored = DynamoDBSettings(dynamodb, TABLE_NAME)
    stored.save(UserSettings(ANNA).changed(NOON, reminders=True, completed_by_others=True))
    return stored


@pytest.fixture
def erasures(dynamodb: DynamoDBClient) -> DynamoDBErasures:
    return DynamoDBErasures(dynamodb, TABLE_NAME)


@pytest.fixture
def open_link(
    links: UnsubscribeLinks, settings: DynamoDBSettings, erasures: DynamoDBErasures
) -> Callable[[str, str], dict[str, Any]]:
    """Opens a link in a browser (GET) or as a mail program does for one click (POST)."""
    handler = unsubscribe_page(links, StopMails(settings, erasures, later))

    def opened(method: str, link: str) -> dict[str, Any]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        event = {"queryStringParameters": query or None, "requestContext": {"http": {"method": method}}}
        return handler(event, LambdaContext())

    return opened


TITLE = "<script>alert('&')</script> \U0001f389"


def a_mail(title: str = TITLE, kind: MailKind = MailKind.REMINDERS) -> Mail:
    return Mail(kind, ANNA, title, TaskDue.of(None, "2026-12-24T08:30:00Z", "Europe/Berlin"))


def test_a_mail_is_text_and_escaped_markup_and_can_be_stopped_by_one_click(links: UnsubscribeLinks) -> None:
    ses = Ses()

    SesMailer(ses, "tasks@example.com", "set", links).send(a_mail(), "anna@example.com")

    (request,) = ses.requests
    content = request["Content"]["Simple"]
    link = links.link(ANNA, MailKind.REMINDERS)
    text, html = (content["Body"][form]["Data"] for form in ("Text", "Html"))
    assert content["Subject"]["Data"] == f"Reminder: {TITLE}"
    assert TITLE in text
    assert "Due: 2026-12-24 (2026-12-24T08:30:00.000Z, Europe/Berlin)" in text
    assert link in text
    assert "<script>" not in html
    assert unescape(re.findall("<strong>(.*)</strong>", html)[0]) == TITLE
    assert content["Headers"] == [
        {"Name": "List-Unsubscribe", "Value": f"<{link}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]
    assert user_of(request["EmailTags"][0]["Value"]) == ANNA
    assert (request["FromEmailAddress"], request["ConfigurationSetName"]) == ("tasks@example.com", "set")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "anna@example.com"}}, "SendEmail")


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("TooManyRequestsException", MailNotSent),
        ("SendingPausedException", MailNotSent),
        ("MessageRejected", MailRefused),
    ],
)
def test_what_SES_refuses_is_told_without_an_address(
    links: UnsubscribeLinks, code: str, raised: type[Exception]
) -> None:
    with pytest.raises(raised, match=f"^{code}$"):
        SesMailer(Ses(refusal(code)), "tasks@example.com", "set", links).send(a_mail(), "anna@example.com")


def test_an_attempt_without_an_answer_is_not_repeated(links: UnsubscribeLinks, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = clients.client("sesv2")
    attempts = []

    def lose(request: object, **_: object) -> None:
        attempts.append(request)
        raise ReadTimeoutError(endpoint_url="https://email.us-east-1.amazonaws.com")

    client.meta.events.register("before-send", lose)

    with pytest.raises(ReadTimeoutError):
        SesMailer(client, "tasks@example.com", "set", links).send(a_mail(), "anna@example.com")

    assert len(attempts) == 1


@pytest.mark.parametrize("user", [ANNA, UserId("a" * 128), UserId("service:billing/eu,1|2=3+4@x.y")])
@pytest.mark.parametrize("kind", MailKind)
def test_a_link_names_its_user_and_kind(
    dynamodb: DynamoDBClient, links: UnsubscribeLinks, user: UserId, kind: MailKind
) -> None:
    token = parse_qs(urlsplit(links.link(user, kind)).query)["token"][0]

    assert UnsubscribeLinks(dynamodb, TABLE_NAME, "").read(token) == (user, kind), "the key is stored"


def test_a_link_that_was_altered_or_made_elsewhere_is_refused_and_nothing_changes(
    links: UnsubscribeLinks, settings: DynamoDBSettings, open_link: Callable[[str, str], dict[str, Any]]
) -> None:
    link = links.link(ANNA, MailKind.REMINDERS)
    body, signature = link.rsplit(".", 1)
    other = links.link(BORIS, MailKind.REMINDERS).rsplit(".", 1)[1]
    wrong = [
        PAGE,
        f"{PAGE}?token=",
        link[:-1],
        f"{link}0",
        f"{body}.{other}",
        f"{body}x.{signature}",
        f"{PAGE}?token=.{signature}",
        f"{PAGE}?token=ä.{signature}",
        f"{PAGE}?token={'a' * 5000}.{signature}",
    ]

    assert {open_link("POST", each)["statusCode"] for each in wrong} == {400}

    assert settings.get(ANNA).email == EmailSettings(reminders=True, completed_by_others=True)


def test_a_link_stops_its_kind_by_a_POST_and_a_GET_only_asks(
    links: UnsubscribeLinks, settings: DynamoDBSettings, open_link: Callable[[str, str], dict[str, Any]]
) -> None:
    link = links.link(ANNA, MailKind.REMINDERS)

    response = open_link("GET", link)
    assert settings.get(ANNA).email.reminders, "scanners of mail open links"
    assert (response["statusCode"], '<form method="post"' in response["body"]) == (200, True)

    done = [open_link("POST", link)["statusCode"] for _ in range(2)]

    assert done == [200, 200]
    assert settings.get(ANNA).email == EmailSettings(reminders=False, completed_by_others=True)


def test_a_link_and_a_bounce_of_an_erased_person_bring_nothing_back(
    dynamodb: DynamoDBClient,
    links: UnsubscribeLinks,
    settings: DynamoDBSettings,
    erasures: DynamoDBErasures,
    open_link: Callable[[str, str], dict[str, Any]],
) -> None:
    table = PersonalItems(dynamodb, TABLE_NAME, pause=lambda _: None)
    table.delete(table.all(ANNA))
    link = links.link(ANNA, MailKind.REMINDERS)

    assert open_link("POST", link)["statusCode"] == 200, "before the record of the erasure"
    erasures.add(ANNA, NOON, "arn:operator")
    assert open_link("POST", link)["statusCode"] == 200
    feedback(StopMails(settings, erasures, later))(a_report("Complaint"), LambdaContext())

    assert table.all(ANNA) == []


def a_report(kind: str, user: UserId = ANNA, **details: Any) -> dict[str, Any]:
    message = {"eventType": kind, "mail": {"tags": {"user": [tag_of(user)]}}, **details}
    return {"Records": [{"Sns": {"Message": json.dumps(message)}}]}


@pytest.mark.parametrize(
    ("report", "stopped"),
    [
        (a_report("Complaint", complaint={}), True),
        (a_report("Bounce", bounce={"bounceType": "Permanent"}), True),
        (a_report("Bounce", bounce={"bounceType": "Transient"}), False),
        (a_report("Delivery"), False),
        (a_report("Bounce"), False),
        ({"Records": [{"Sns": {"Message": "no JSON of anna@example.com"}}]}, False),
        ({"Records": [{"Sns": {"Message": '{"eventType": "Complaint", "mail": {"tags": {"user": ["zz"]}}}'}}]}, False),
    ],
)
def test_a_complaint_and_a_permanent_bounce_stop_all_mails(
    settings: DynamoDBSettings,
    erasures: DynamoDBErasures,
    capsys: pytest.CaptureFixture[str],
    report: dict[str, Any],
    stopped: bool,
) -> None:
    feedback(StopMails(settings, erasures, later))(report, LambdaContext())

    assert settings.get(ANNA).email == (EmailSettings() if stopped else EmailSettings(True, True))
    assert "anna@example.com" not in capsys.readouterr().out


def test_a_mail_is_claimed_once_and_an_erasure_finds_the_record(dynamodb: DynamoDBClient) -> None:
    sent = DynamoDBSentMails(dynamodb, TABLE_NAME)
    task = a_task()
    task.start(later())
    (change,) = changes_of(task)

    assert [sent.claim(change, later()) for _ in range(2)] == [True, False]
    (item,) = PersonalItems(dynamodb, TABLE_NAME).all(ANNA)
    assert kind_of(item) == "sent mails"
    sent.release(change)

    assert sent.claim(change, later())


@pytest.mark.parametrize(
    ("verified", "enabled", "address"),
    [("true", True, "anna@example.com"), ("false", True, None), ("true", False, None)],
)
def test_an_address_is_that_of_an_enabled_account_with_a_verified_address(
    verified: str, enabled: bool, address: str | None
) -> None:
    cognito = boto3.client("cognito-idp")
    attributes = {"sub": "anna", "email": "anna@example.com", "email_verified": verified}
    user = {"Attributes": [{"Name": name, "Value": value} for name, value in attributes.items()], "Enabled": enabled}
    with Stubber(cognito) as answers:
        answers.add_response(
            "list_users", {"Users": [user]}, {"UserPoolId": "eu-west-1_Pool", "Filter": 'sub = "anna"'}
        )
        answers.add_response("list_users", {"Users": []})

        assert CognitoAddresses(cognito, "eu-west-1_Pool").of(ANNA) == address
        assert CognitoAddresses(cognito, "eu-west-1_Pool").of(UserId("service")) is None


@pytest.mark.parametrize(("by", "named"), [("ADMIN", True), ("SERVICE", True), ("OWNER", False)])
def test_only_completions_by_others_reach_the_mailer(by: str, named: bool) -> None:
    task = a_task()
    task.complete(later())
    task.sign(by, None)

    message = message_of({"NewImage": serialize(task_item(task, write_id="w", correlation_id=None))})

    assert ("CompletedByOther" in message.event_types) is named
