"""The first user of a deployed stage is created and signs in as docs/first-deployment.md describes."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local.description import StackDescription
from probes import admin_tokens
from resolvers.access import ADMINS
from tests.e2e.clients import Api
from tests.e2e.javascript import node

TEMPORARY, OWN = "Mailed-to-erin-2026!", "Chosen-by-erin-2026!"


@pytest.fixture
def erin(api: Api) -> Iterator[str]:
    """Yields the username of a user whom an operator created with a temporary password."""
    named: Any = {"UserPoolId": api.stack.user_pool_id, "Username": "erin"}
    cognito = api.cognito()
    attributes: Any = [{"Name": "email", "Value": "erin@example.com"}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(**named, UserAttributes=attributes, TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS")
    cognito.admin_add_user_to_group(**named, GroupName=ADMINS)
    yield named["Username"]
    cognito.admin_delete_user(**named)


def token(stack: StackDescription, **environment: str) -> str:
    """Returns what the guide's command prints."""
    return node.output(
        "sign_in.mjs",
        USER_POOL_ID=stack.user_pool_id,
        USER_POOL_CLIENT_ID=stack.user_pool_client_id,
        USER_POOL_ENDPOINT=stack.aws_endpoint_url,
        within=node.PATIENCE,
        NODE_EXTRA_CA_CERTS=stack.certificate_authority,
        **environment,
    ).strip()


def code_of(secret: str) -> str:
    """Returns what an authenticator app shows now (RFC 6238, with its usual 30 seconds and six digits)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, int(time.time() // 30).to_bytes(8), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def groups(stack: StackDescription, api: Api, monkeypatch: pytest.MonkeyPatch, user: str) -> list[str]:
    """Returns the groups that the trigger of deployed stages leaves in the tokens of an admin."""
    cognito = api.cognito()
    event = {
        "userPoolId": stack.user_pool_id,
        "userName": user,
        "triggerSource": "TokenGeneration_Authentication",
        "request": {"groupConfiguration": {"groupsToOverride": [ADMINS, "readers"]}},
        "response": {"claimsAndScopeOverrideDetails": None},
    }
    with monkeypatch.context() as trigger:
        trigger.setenv("ADMINS", ADMINS)
        trigger.setattr(boto3, "client", lambda _: cognito)
        details = admin_tokens.handler(event, None)["response"]["claimsAndScopeOverrideDetails"]
    return details["groupOverrideDetails"]["groupsToOverride"] if details else [ADMINS, "readers"]


def test_an_admin_is_one_in_tokens_only_with_an_authenticator_app(
    stack: StackDescription, api: Api, erin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cognito = api.cognito()
    access = token(stack, USERNAME=erin, PASSWORD=TEMPORARY, NEW_PASSWORD=OWN)
    without = groups(stack, api, monkeypatch, erin)

    secret = cognito.associate_software_token(AccessToken=access)["SecretCode"]
    cognito.verify_software_token(AccessToken=access, UserCode=code_of(secret))
    wanted: Any = {"Enabled": True, "PreferredMfa": True}
    cognito.set_user_mfa_preference(AccessToken=access, SoftwareTokenMfaSettings=wanted)

    assert without == ["readers"]
    assert groups(stack, api, monkeypatch, erin) == [ADMINS, "readers"]
    with pytest.raises(AssertionError, match="CONFIRM_SIGN_IN_WITH_TOTP_CODE"):
        token(stack, USERNAME=erin, PASSWORD=OWN)
    assert token(stack, USERNAME=erin, PASSWORD=OWN, CODE=code_of(secret))


async def test_the_first_user_chooses_a_password_signs_in_by_srp_and_is_an_admin(
    stack: StackDescription, api: Api, erin: str
) -> None:
    first = token(stack, USERNAME=erin, PASSWORD=TEMPORARY, NEW_PASSWORD=OWN)
    later = token(stack, USERNAME=erin, PASSWORD=OWN)

    for granted in (first, later):
        async with api.http(api.with_token(granted)) as http:
            answer = await http("query($of: ID) { taskStatistics(userId: $of) { userId } }", of=api.sub("alice"))
        assert answer == {"taskStatistics": {"userId": api.sub("alice")}}


@pytest.mark.parametrize("password", ["Wrong-for-erin-2026!", TEMPORARY])
def test_a_wrong_password_and_a_temporary_one_that_was_used_sign_nobody_in(
    stack: StackDescription, erin: str, password: str
) -> None:
    token(stack, USERNAME=erin, PASSWORD=TEMPORARY, NEW_PASSWORD=OWN)

    with pytest.raises(AssertionError, match="NotAuthorizedException"):
        token(stack, USERNAME=erin, PASSWORD=password)
