"""`end-access` locks the account, records that, and ends the subscriptions, twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3
from moto import mock_aws

from adapters.dynamodb_ended_access import KEPT, DynamoDBEndedAccess
from domain.identifiers import UserId
from operations import live_access
from operations.command_line import main
from operations.deployed import Deployed
from tests.builders import ANNA, NOON
from tests.integration.conftest import TABLE_NAME

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

URL = "https://api.example.com/graphql"


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
    monkeypatch.setattr(live_access.urllib3, "request", api.request)
    return api


@pytest.fixture
def user_pool(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """Yields Cognito and the id of a pool with the user ada, in the same account as the table."""
    with mock_aws():
        cognito: CognitoIdentityProviderClient = boto3.client("cognito-idp")
        pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
        cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
        deployed = Deployed(TABLE_NAME, "topic", pool, "unrelayed", [], URL)
        monkeypatch.setattr(Deployed, "of", lambda _: deployed)
        yield cognito, pool


def end(*arguments: str) -> int:
    return main(["end-access", "--stack", "s", "--grace", "0", *arguments])


def of_ada(user_pool: tuple[CognitoIdentityProviderClient, str]) -> tuple[UserId, bool]:
    cognito, pool = user_pool
    user = cognito.admin_get_user(UserPoolId=pool, Username="ada")
    sub = next(each["Value"] for each in user["UserAttributes"] if each["Name"] == "sub")
    return UserId(sub), user["Enabled"]


@pytest.mark.parametrize(("arguments", "is_enabled"), [((), False), (("--keep-account",), True)])
def test_a_persons_access_ends(
    arguments: tuple[str, ...], is_enabled: bool, user_pool: tuple[Any, str], dynamodb: DynamoDBClient, api: Api
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)

    assert end("--username", "ada", *arguments) == 0

    ada, enabled = of_ada(user_pool)
    assert enabled is is_enabled
    ended_at = DynamoDBEndedAccess(dynamodb, TABLE_NAME).ended_at(ada)
    assert ended_at is not None
    assert ended_at > before
    each = [{"field": name, "userId": str(ada)} for name in ("onTaskChanged", "onTaskCompleted")]
    assert api.requests == each * 2, "a subscription that was beginning is ended by the second round"


def test_everyones_subscriptions_end_and_no_account(user_pool: tuple[Any, str], api: Api) -> None:
    assert end("--everyone") == 0

    assert of_ada(user_pool)[1] is True
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
    assert timedelta(hours=1) < KEPT, "Cognito's tokens"
    assert item["ExpiresAt"] == {"N": str(int((NOON + KEPT).timestamp()))}
    assert str(ANNA) not in json.dumps(item), "an erasure leaves the record"
