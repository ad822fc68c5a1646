"""The demo users of the local stack's user pool, and a record of all its users, by which a lost pool is replaced."""

import json
from hashlib import sha256
from pathlib import Path

import boto3
from pydantic import BaseModel, ConfigDict, Field

from local.clients import access
from local.errors import CannotRun
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
    """Returns Alice, Bob, and Ada (group `admins`), with the password of this run. Creates those that do not exist.

    Raises CannotRun if the user pool is gone.
    """
    cognito = boto3.client("cognito-idp", **access(settings))
    try:
        return (
            _ensure(settings, user_pool_id, "alice"),
            _ensure(settings, user_pool_id, "bob"),
            _ensure(settings, user_pool_id, "ada", ADMINS),
        )
    except cognito.exceptions.ResourceNotFoundException as fault:
        raise CannotRun(
            f"The user pool {user_pool_id} is gone, and with it the accounts. The tasks are kept: give the construct "
            '"Identity" in cdk/stack.py another id and start again, which says how the new accounts get them. '
            "`make reset` starts afresh, without the local data."
        ) from fault


def record_users(settings: Settings, user_pool_id: str) -> str | None:
    """Write the pool's users as the nightly export of a deployed stage does (probes/export_users.py).

    Returns how to go on if this pool has replaced another one, else None.
    """
    folder = settings.data / "users"
    folder.mkdir(exist_ok=True)
    file = folder / f"{user_pool_id}.jsonl"
    former = None if file.exists() else _latest(folder)
    pages = boto3.client("cognito-idp", **access(settings)).get_paginator("list_users")
    users = [user for page in pages.paginate(UserPoolId=user_pool_id) for user in page["Users"]]
    file.write_text(
        "".join(
            json.dumps(
                {
                    "username": user["Username"],
                    "attributes": {each["Name"]: each.get("Value", "") for each in user["Attributes"]},
                }
            )
            + "\n"
            for user in users
        )
    )
    if former is None:
        return None
    return (
        "The tasks belong to the accounts of a former user pool. Give them to those with the same usernames:\n"
        f"  .venv/bin/python -m local operations re-own --users-from {former}\n  make rebuild-projections"
    )


def _latest(folder: Path) -> Path | None:
    return max(folder.glob("*.jsonl"), key=lambda file: file.stat().st_mtime, default=None)


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
