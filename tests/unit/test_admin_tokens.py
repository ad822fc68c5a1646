"""Tokens name the group of administrators only for people with a second factor."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from probes import admin_tokens
from resolvers.access import ADMINS

COGNITO = boto3.client(
    "cognito-idp", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("ADMINS", ADMINS)
    monkeypatch.setattr(boto3, "client", lambda _service: COGNITO)
    with Stubber(COGNITO) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def an_event(*groups: str) -> dict[str, Any]:
    """Returns the event of AWS's documentation with the given groups."""
    return {
        "version": "2",
        "triggerSource": "TokenGeneration_Authentication",
        "userPoolId": "us-east-1_a",
        "userName": "ada",
        "request": {"userAttributes": {"sub": "1"}, "groupConfiguration": {"groupsToOverride": [*groups]}},
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def test_nobody_else_costs_a_call(stub: Stubber) -> None:
    assert admin_tokens.handler(an_event("readers"), None) == an_event("readers")
    assert admin_tokens.handler(an_event(), None) == an_event()


def test_an_admin_with_a_second_factor_stays_one(stub: Stubber) -> None:
    parameters = {"UserPoolId": "us-east-1_a", "Username": "ada"}
    stub.add_response("admin_get_user", {"Username": "ada", "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]}, parameters)

    assert admin_tokens.handler(an_event(ADMINS), None) == an_event(ADMINS)


@pytest.mark.parametrize("settings", [{}, {"UserMFASettingList": []}])
def test_an_admin_without_one_keeps_the_other_groups(
    stub: Stubber, capsys: pytest.CaptureFixture[str], settings: dict[str, Any]
) -> None:
    stub.add_response("admin_get_user", {"Username": "ada", **settings})

    answer = admin_tokens.handler(an_event("readers", ADMINS), None)

    assert answer["response"]["claimsAndScopeOverrideDetails"] == {
        "groupOverrideDetails": {"groupsToOverride": ["readers"]}
    }
    assert json.loads(capsys.readouterr().out)["reason"] == "no second factor"


def test_a_failure_stops_no_sign_in_and_makes_nobody_an_admin(stub: Stubber) -> None:
    stub.add_client_error("admin_get_user", "TooManyRequestsException")

    answer = admin_tokens.handler(an_event(ADMINS), None)

    assert answer["response"]["claimsAndScopeOverrideDetails"]["groupOverrideDetails"] == {"groupsToOverride": []}
