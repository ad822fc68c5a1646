"""Derives keys that sign requests to AppSync and nothing else (AWS IAM User Guide, "Create a signed AWS API request").

A key that Signature Version 4 derives for a day, a region and a service signs nothing for another day, region or
service, and the secret cannot be computed from it. A page may hold such a key; it never holds the secret.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256


@dataclass(frozen=True)
class Credentials:
    """Credentials of an AWS identity."""

    access_key_id: str
    secret: str
    session_token: str | None = None


def signing_keys(credentials: Credentials, region: str, *, days: int) -> Mapping[str, object]:
    """Returns the keys of today (UTC) and the days after it, in the form of the console's `config.json`."""
    today = datetime.now(UTC)
    dates = [f"{today + timedelta(days=after):%Y%m%d}" for after in range(days)]
    return {
        "accessKeyId": credentials.access_key_id,
        **({"sessionToken": credentials.session_token} if credentials.session_token else {}),
        "keysByDay": {date: _derived(credentials.secret, date, region) for date in dates},
    }


def _derived(secret: str, date: str, region: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (date, region, "appsync", "aws4_request"):
        key = hmac.digest(key, part.encode(), sha256)
    return key.hex()
