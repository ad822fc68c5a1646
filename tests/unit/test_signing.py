"""The keys that the console's page holds sign requests to AppSync as the credentials themselves do."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from local.pages.signing import Credentials, signing_keys

SUBJECT = "AWS4-HMAC-SHA256\n20261130T120000Z\n20261130/eu-west-1/appsync/aws4_request\n" + 64 * "0"


def expected(service: str, timestamp: str) -> str:
    request = AWSRequest()
    request.context["timestamp"] = timestamp
    signature: str = SigV4Auth(BotocoreCredentials("AKIA", "secret"), service, "eu-west-1").signature(SUBJECT, request)
    return signature


@pytest.fixture
def keys() -> dict[str, str]:
    by_day = signing_keys(Credentials("AKIA", "secret"), "eu-west-1", days=2)["keysByDay"]
    assert isinstance(by_day, dict)
    return by_day


def test_a_key_signs_as_the_secret_does_on_its_day_for_appsync(keys: dict[str, str]) -> None:
    day = f"{datetime.now(UTC):%Y%m%d}"

    signature = hmac.new(bytes.fromhex(keys[day]), SUBJECT.encode(), sha256).hexdigest()

    assert signature == expected("appsync", f"{day}T120000Z")
    assert signature != expected("lambda", f"{day}T120000Z")


def test_there_is_a_key_for_each_day_and_the_secret_is_not_among_them(keys: dict[str, str]) -> None:
    assert len(keys) == 2
    assert len(set(keys.values())) == 2
    assert "secret" not in str(signing_keys(Credentials("AKIA", "secret"), "eu-west-1", days=2))


def test_credentials_of_a_session_are_presented_with_their_token() -> None:
    session = signing_keys(Credentials("ASIA", "secret", "token"), "eu-west-1", days=1)

    assert session["sessionToken"] == "token"
    assert "sessionToken" not in signing_keys(Credentials("AKIA", "secret"), "eu-west-1", days=1)
