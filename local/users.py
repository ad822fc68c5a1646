"""The demo users of the local stack's user pool."""

from hashlib import sha256

import boto3
from pydantic import BaseModel, ConfigDict, Field

from local.clients import access
from local.settings import Settings
from resolvers.access import ADMINS


class DemoUser(BaseModel):
    """A demo user who can sign in."""

    model_config = ConfigDict(frozen=True)

    username: str
    sub: str
    groups: tuple[str, ...] = ()
    password: str = Field(repr=False)


def ensure_users(settings: Settings, user_pool_id: str) -> tuple[DemoUser, ...]:
    """Returns Alice, Bob, and Ada (group `admins`), with the password of this run. Creates those that do not exist."""
    return (
        _ensure(settings, user_pool_id, "alice"),
        _ensure(settings, user_pool_id, "bob"),
        _ensure(settings, user_pool_id, "ada", ADMINS),
    )


def _ensure(settings: Settings, pool: str, username: str, *groups: str) -> DemoUser:
    cognito = boto3.client("cognito-idp", **access(settings))
    try:
        user = cognito.admin_get_user(UserPoolId=pool, Username=username)
    except cognito.exceptions.UserNotFoundException:
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"{username}@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=username, GroupName=group)
        user = cognito.admin_get_user(UserPoolId=pool, Username=username)
    password = _password(settings)
    cognito.admin_set_user_password(UserPoolId=pool, Username=username, Password=password, Permanent=True)
    sub = next(
        attribute["Value"]
        for attribute in user["UserAttributes"]
        if attribute["Name"] == "sub" and "Value" in attribute
    )
    return DemoUser(username=username, sub=sub, groups=groups, password=password)


def _password(settings: Settings) -> str:
    """Returns the password of this run. Everyone on this machine may sign in, so that it must not be a known one."""
    return f"Local-1{sha256(f'demo users {settings.secret}'.encode()).hexdigest()[:16]}!"


def sign_in(settings: Settings, client_id: str, username: str, password: str) -> str:
    """Returns an access token. Raises botocore's ClientError if the user pool refuses."""
    answer = boto3.client("cognito-idp", **access(settings)).initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["AccessToken"]
