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
    """An account: who signs in with it, and what the pool keeps about them."""

    client: CognitoIdentityProviderClient
    user_pool: str
    username: str
    attributes: dict[str, str]
    locked_at: datetime | None

    @classmethod
    def find(cls, client: CognitoIdentityProviderClient, user_pool: str, user_id: UserId) -> Account | None:
        """The account whose `sub` is the user id; None for owners that services and API keys named."""
        found = client.list_users(UserPoolId=user_pool, Filter=f'sub = "{user_id}"')["Users"]
        for user in found:
            attributes = {named["Name"]: named.get("Value", "") for named in user.get("Attributes", [])}
            if attributes.get("sub") == str(user_id):
                # Locking is the last change to a locked account.
                locked_at = None if user["Enabled"] else user["UserLastModifiedDate"]
                return cls(client, user_pool, user["Username"], attributes, locked_at)
        return None

    def export(self) -> dict[str, Any]:
        """Username, attributes and groups."""
        groups = self.client.admin_list_groups_for_user(UserPoolId=self.user_pool, Username=self.username)["Groups"]
        return {
            "username": self.username,
            "attributes": self.attributes,
            "groups": [group["GroupName"] for group in groups],
        }

    def lock(self) -> None:
        """Let nobody sign in with it or refresh a token. Access tokens that were issued stay valid for an hour.

        An account that is locked already stays as it is, and so does `locked_at`.
        """
        if self.locked_at:
            return
        self.client.admin_disable_user(UserPoolId=self.user_pool, Username=self.username)
        self.client.admin_user_global_sign_out(UserPoolId=self.user_pool, Username=self.username)

    def delete(self) -> None:
        """Delete it for good."""
        self.client.admin_delete_user(UserPoolId=self.user_pool, Username=self.username)
