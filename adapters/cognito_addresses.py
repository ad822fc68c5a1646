"""Reads the addresses of users from the user pool, at the time of sending, so that no copy is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.identifiers import UserId
from domain.mail import Addresses

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


@dataclass(frozen=True, slots=True)
class CognitoAddresses(Addresses):
    """The addresses of a user pool's accounts."""

    client: CognitoIdentityProviderClient
    user_pool: str

    def of(self, user_id: UserId) -> str | None:
        """Makes one ListUsers by the `sub`, which is the user id. A disabled account has no address."""
        # The rule of user ids admits no quotation mark, which could end the filter's text.
        for user in self.client.list_users(UserPoolId=self.user_pool, Filter=f'sub = "{user_id}"')["Users"]:
            attributes = {named["Name"]: named.get("Value", "") for named in user.get("Attributes", [])}
            is_verified = attributes.get("email_verified") == "true"
            if attributes.get("sub") == str(user_id) and user.get("Enabled", False) and is_verified:
                return attributes.get("email") or None
        return None
