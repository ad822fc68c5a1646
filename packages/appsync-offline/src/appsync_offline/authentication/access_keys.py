"""The access keys that sign requests, as IAM would hold them in AWS."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class AccessKey:
    """An access key's secret and owner.

    `session_token` is set for a role session; requests must then present it. A key whose secret everyone on this
    machine can compute is valid only `for_this_user`: on connections of the gateway's own user.
    """

    secret: str
    account_id: str
    user_arn: str
    user_id: str
    session_token: str | None = None
    for_this_user: bool = False


FindKey = Callable[[str], Awaitable[AccessKey | None]]
"""(access key id) → the key, or None if it is unknown."""
