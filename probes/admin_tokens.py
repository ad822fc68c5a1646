"""Leaves the group of administrators out of the tokens of people who sign in without a second factor.

Cognito invokes it before it makes tokens (Amazon Cognito Developer Guide, "Pre token generation Lambda trigger", event
version 2). A token itself does not tell how its owner signed in. Cognito asks everybody who has activated an
authenticator app for a code at each sign-in, because the user pool remembers no devices (API reference,
SetUserMFAPreference).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Returns the event with the groups of both tokens. Raises nothing: a failure must not stop a sign-in."""
    admins = os.environ["ADMINS"]
    groups: Sequence[str] = event["request"]["groupConfiguration"].get("groupsToOverride") or []
    if admins not in groups:
        return event
    reason = _refusal(event, boto3.client("cognito-idp"))
    if reason is None:
        return event
    print(
        json.dumps({"level": "WARNING", "message": "not an admin", "reason": reason, "source": event["triggerSource"]})
    )
    event["response"] = {
        "claimsAndScopeOverrideDetails": {
            "groupOverrideDetails": {"groupsToOverride": [group for group in groups if group != admins]}
        }
    }
    return event


def _refusal(event: Mapping[str, Any], cognito: CognitoIdentityProviderClient) -> str | None:
    """Returns why the user's tokens must not name the group, or None."""
    try:
        user = cognito.admin_get_user(UserPoolId=event["userPoolId"], Username=event["userName"])
    except (BotoCoreError, ClientError) as fault:
        return f"{type(fault).__name__}: {fault}"
    return None if user.get("UserMFASettingList") else "no second factor"
