"""A person's account in the user pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.identifiers import UserId

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its username, its attributes and its groups."""

    client: CognitoIdentityProviderClient
    user_pool: str
    username: str
    attributes: dict[str, str]
    locked_at: datetime | None

    @classmethod
    def find(cls, client: CognitoIdentityProviderClient, user_pool: str, user_id: UserId) -> Account | None:
        """Returns the account whose `sub` is the user id, or None for an owner that a service or an API key named."""
        for user in client.list_users(UserPoolId=user_pool, Filter=f'sub = "{user_id}"')["Users"]:
            attributes = {named["Name"]: named.get("Value", "") for named in user.get("Attributes", [])}
            if attributes.get("sub") == str(user_id):
                # The lock is the last change of a locked account.
                locked_at = None if user["Enabled"] else user["UserLastModifiedDate"]
                return cls(client, user_pool, user["Username"], attributes, locked_at)
        return None

    @classmethod
    def named(cls, client: CognitoIdentityProviderClient, user_pool: str, username: str) -> Account | None:
        """Returns the account with the username, or None."""
        try:
            user = client.admin_get_user(UserPoolId=user_pool, Username=username)
        except client.exceptions.UserNotFoundException:
            return None
        attributes = {named["Name"]: named.get("Value", "") for named in user["UserAttributes"]}
        locked_at = None if user["Enabled"] else user["UserLastModifiedDate"]
        return cls(client, user_pool, user["Username"], attributes, locked_at)

    def export(self) -> dict[str, Any]:
        """Returns username, attributes and groups."""
        groups = self.client.admin_list_groups_for_user(UserPoolId=self.user_pool, Username=self.username)["Groups"]
        return {
            "username": self.username,
            "attributes": self.attributes,
            "groups": [group["GroupName"] for group in groups],
        }

    def lock(self) -> None:
        """Disable the account, so that nobody can sign in or refresh a token.

        Issued access tokens stay valid for an hour. An account that is already locked stays unchanged, including
        `locked_at`.
        """
        if self.locked_at:
            return
        self.client.admin_disable_user(UserPoolId=self.user_pool, Username=self.username)
        self.sign_out()

    def sign_out(self) -> None:
        """Revoke the account's refresh tokens. Issued access tokens stay valid for an hour."""
        self.client.admin_user_global_sign_out(UserPoolId=self.user_pool, Username=self.username)

    def delete(self) -> None:
        """Delete the account permanently."""
        self.client.admin_delete_user(UserPoolId=self.user_pool, Username=self.username)
