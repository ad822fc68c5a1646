"""Makes and reads the links by which the recipient of a mail switches off its kind without signing in."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.dynamodb_sent_mails import MAIL_PREFIX
from adapters.stored_secret import StoredSecret
from domain.errors import ValidationError
from domain.identifiers import UserId
from domain.mail import MailKind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"PK": f"{MAIL_PREFIX}KEY", "SK": "KEY"}
_LONGEST = 1000  # characters of a token


@dataclass(slots=True)
class UnsubscribeLinks:
    """Links that a key signs. The key is an item of the table, which the first link makes (docs/decisions/0044).

    A token names a user and a kind of mail, and does not expire: a mail may be old when its reader has had enough.
    """

    client: DynamoDBClient
    table_name: str
    page: str
    _secret: StoredSecret = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._secret = StoredSecret(self.client, self.table_name, _KEY)

    def link(self, user_id: UserId, kind: MailKind) -> str:
        """Returns the URL of the page with the token."""
        content = f"{kind}:{user_id}"
        secret = self._secret.read_or_make()
        signed = base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()
        return f"{self.page}?token={signed}.{_signature(secret, content)}"

    def read(self, token: str) -> tuple[UserId, MailKind] | None:
        """Returns what a token names, or None for a token that this product did not make."""
        signed, _, signature = token.partition(".")
        secret = self._secret.read()
        if secret is None or len(token) > _LONGEST or not token.isascii():
            return None
        try:
            content = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4)).decode()
            if not hmac.compare_digest(signature, _signature(secret, content)):
                return None
            kind, _, user_id = content.partition(":")
            return UserId(user_id), MailKind(kind)
        except (binascii.Error, ValueError, ValidationError):
            return None


def _signature(secret: bytes, content: str) -> str:
    return hmac.new(secret, content.encode(), "sha256").hexdigest()
