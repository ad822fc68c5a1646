"""Shows the mails that the embedded cloud's SES keeps instead of sending them."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.clients import access
from local.errors import CannotRun
from local.settings import REGION, ROOT_KEY_ID, Settings

Sent = Mapping[str, Any]
"""A mail as MiniStack lists it: `Timestamp` (epoch seconds), `Source`, `To`, `Subject`, `BodyText`, `BodyHtml`."""

_TIMEOUT = 10  # seconds


SENDER = "tasks@example.com"


def verify_sender(settings: Settings) -> None:
    """Verify the sender's domain, which the embedded cloud requires as SES does. May be repeated."""
    ses = boto3.client("sesv2", **access(settings))
    with contextlib.suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=SENDER.partition("@")[2])


def sent(settings: Settings) -> Sequence[Sent]:
    """Returns the mails of this run and of those before it, the oldest first. Raises CannotRun."""
    url = f"{settings.aws_endpoint}/_ministack/ses/messages"
    request = AWSRequest("GET", url, headers={"host": urlsplit(url).netloc})
    SigV4Auth(Credentials(ROOT_KEY_ID, settings.secret), "ses", REGION).add_auth(request)
    authorities = str(settings.trusted) if settings.trusted else None
    with urllib3.PoolManager(ca_certs=authorities, retries=False, timeout=_TIMEOUT) as pool:
        response = pool.request("GET", url, headers=dict(request.headers))
    if response.status != 200:
        raise CannotRun(f"The embedded cloud does not show its mails: {response.status}.")
    accounts = json.loads(response.data)["messages"]
    return sorted((mail for mails in accounts.values() for mail in mails), key=lambda mail: float(mail["Timestamp"]))


def shown(mails: Sequence[Sent]) -> Iterator[str]:
    """Yields the lines that show the mails to a person."""
    if not mails:
        yield "No mail was sent. A user asks for mails by updateSettings."
    for mail in mails:
        at = datetime.fromtimestamp(mail["Timestamp"], UTC)
        yield f"{at:%Y-%m-%d %H:%M:%S} UTC  {mail['Source']} -> {', '.join(mail['To'])}"
        yield f"Subject: {mail['Subject']}"
        yield from (f"  {line}" for line in mail["BodyText"].splitlines())
        yield ""
