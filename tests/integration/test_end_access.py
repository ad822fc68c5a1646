"""`end-access` locks the account, records that, and ends the subscriptions, twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3

from adapters.dynamodb_ended_access import LIFETIME, DynamoDBEndedAccess
from domain.identifiers import UserId
from operations.command_line import main
from operations.deployed import Deployed
from tests.builders import ANNA, NOON
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

URL = "https://api.example.com/graphql"
ADA = UserId("ada-sub")
ATTRIBUTES = [{"Name": "sub", "Value": str(ADA)}]


class Api:
    """AppSync as the command sees it. It keeps the signed requests."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answer: tuple[int, bytes] = (200, b'{"data": {"endSubscriptions": true}}')

    def request(self, method: str, url: str, *, body: bytes, headers: dict[str, str], **_: object) -> Any:
        assert (method, url) == ("POST", URL)
        assert "appsync" in headers["Authorization"]
        self.requests.append(json.loads(body)["variables"])
        status, data = self.answer
        return urllib3.HTTPResponse(body=data, status=status)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    api = Api()
    monkeypatch.setattr(urllib3, "request", api.request)
    return api


@dataclass
class UserPool:
    """The one account of a user pool, Ada's. (tests/e2e has a whole user pool.)"""

    enabled: bool = True
    did: list[str] = field(default_factory=list)

    class exceptions:  # noqa: N801 - boto3's name
        class UserNotFoundException(Exception):
            """There is no such user."""

    def admin_get_user(self, UserPoolId: str, Username: str) -> dict[str, Any]:
        assert (UserPoolId, Username) == ("pool", "ada")
        return {"UserAttributes": ATTRIBUTES, **self._user()}

    def list_users(self, UserPoolId: str, Filter: str) -> dict[str, Any]:
        exists = Filter == f'sub = "{ADA}"'
        return {"Users": [{"Attributes": ATTRIBUTES, **self._user()}] if exists else []}

    def admin_disable_user(self, UserPoolId: str, Username: str) -> None:
        self.did.append("disabled")

    def admin_user_global_sign_out(self, UserPoolId: str, Username: str) -> None:
        self.did.append("signed out")

    def _user(self) -> dict[str, Any]:
        return {"Username": "ada", "Enabled": self.enabled, "UserLastModifiedDate": NOON}


@pytest.fixture
def user_pool(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> UserPool:
    pool, client = UserPool(), boto3.client
    monkeypatch.setattr(boto3, "client", lambda service: pool if service == "cognito-idp" else client(service))
    deployed = Deployed(TABLE_NAME, "topic", "pool", "unrelayed", [], URL)
    monkeypatch.setattr(Deployed, "of", lambda _: deployed)
    return pool


def end(*arguments: str) -> int:
    return main(["end-access", "--stack", "s", "--grace", "0", *arguments])


@pytest.mark.parametrize(
    ("arguments", "did"), [((), ["disabled", "signed out"]), (("--keep-account",), ["signed out"])]
)
def test_a_persons_access_ends(
    arguments: tuple[str, ...], did: list[str], user_pool: UserPool, dynamodb: DynamoDBClient, api: Api
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)

    assert end("--username", "ada", *arguments) == 0

    assert user_pool.did == did
    ended_at = DynamoDBEndedAccess(dynamodb, TABLE_NAME).ended_at(ADA)
    assert ended_at is not None
    assert ended_at > before
    each = [{"field": name, "userId": str(ADA)} for name in ("onTaskChanged", "onTaskCompleted")]
    assert api.requests == each * 2, "a subscription that was beginning is ended by the second round"


def test_everyones_subscriptions_end_and_no_account(user_pool: UserPool, api: Api) -> None:
    assert end("--everyone") == 0

    assert user_pool.did == []
    assert api.requests == [{"field": name, "userId": None} for name in ("onTaskChanged", "onTaskCompleted")]


@pytest.mark.usefixtures("user_pool")
@pytest.mark.parametrize("answer", [(403, b"Forbidden"), (200, b'{"errors": [{"message": "no such field"}]}')])
def test_a_refusal_is_shown_and_nothing_is_claimed(
    answer: tuple[int, bytes], api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer = answer

    assert end("--username", "ada") == 2

    printed = capsys.readouterr()
    assert "The API refused to end subscriptions" in printed.err
    assert "Subscriptions: ended" not in printed.out


@pytest.mark.usefixtures("user_pool")
def test_a_person_without_an_account_is_named(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    assert end("--user", "nobody") == 2

    assert "There is no account with the userId nobody." in capsys.readouterr().err
    assert api.requests == []


def test_the_record_expires_after_the_tokens_that_it_voids(dynamodb: DynamoDBClient) -> None:
    DynamoDBEndedAccess(dynamodb, TABLE_NAME).end(ANNA, NOON)

    (item,) = dynamodb.scan(TableName=TABLE_NAME)["Items"]
    assert timedelta(hours=1) < LIFETIME, "Cognito's tokens"
    assert item["ExpiresAt"] == {"N": str(int((NOON + LIFETIME).timestamp()))}
    assert str(ANNA) not in json.dumps(item), "an erasure leaves the record"
