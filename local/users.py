"""The demo users of the local stack's user pool."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from local.clients import client
from local.settings import Settings
from resolvers.access import ADMINS

PASSWORD = "Local-demo-2026!"  # noqa: S105 - of demo users that exist only on this machine


@dataclass(frozen=True)
class DemoUser:
    """A demo user who can sign in."""

    username: str
    sub: str
    groups: Sequence[str] = field(default_factory=list)
    password: str = PASSWORD


def ensure_users(settings: Settings, user_pool_id: str) -> Sequence[DemoUser]:
    """Returns Alice, Bob, and Ada (group `admins`), and creates those that do not exist."""
    return [
        _ensure(settings, user_pool_id, "alice", []),
        _ensure(settings, user_pool_id, "bob", []),
        _ensure(settings, user_pool_id, "ada", [ADMINS]),
    ]


def _ensure(settings: Settings, pool: str, username: str, groups: Sequence[str]) -> DemoUser:
    cognito = client("cognito-idp", settings)
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
        cognito.admin_set_user_password(UserPoolId=pool, Username=username, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=username, GroupName=group)
        user = cognito.admin_get_user(UserPoolId=pool, Username=username)
    sub = next(
        attribute["Value"]
        for attribute in user["UserAttributes"]
        if attribute["Name"] == "sub" and "Value" in attribute
    )
    return DemoUser(username, sub, groups)


def sign_in(settings: Settings, client_id: str, username: str, password: str) -> str:
    """Returns an access token. Raises botocore's ClientError if the user pool refuses."""
    answer = client("cognito-idp", settings).initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["AccessToken"]
