"""Derives the secrets of webhooks from one master key, so that no table and no backup holds a secret."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.ports import WebhookSecrets
from domain.webhooks import WebhookId

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass(slots=True)
class DerivedSecrets(WebhookSecrets):
    """Secrets by HMAC-SHA256 of a webhook's id and a generation, with a master key of Secrets Manager.

    A process reads the master key once, when it first needs it (docs/decisions/0045-webhooks.md).
    """

    client: Callable[[], SecretsManagerClient]
    master_arn: str
    _master: bytes | None = field(default=None, init=False, repr=False)

    def secret(self, webhook_id: WebhookId, generation: int) -> str:
        """Returns the secret, 32 bytes in base64 (Standard Webhooks 1.0.0, "Signature scheme").

        Raises botocore's errors.
        """
        if self._master is None:
            self._master = self.client().get_secret_value(SecretId=self.master_arn)["SecretString"].encode()
        derived = hmac.new(self._master, f"{webhook_id}\n{generation}".encode(), "sha256").digest()
        return f"whsec_{b64encode(derived).decode()}"
