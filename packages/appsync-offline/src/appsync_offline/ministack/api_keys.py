"""Gives the API keys of MiniStack the strength of AppSync's.

CloudFormation in MiniStack makes keys of eight hexadecimal digits, which a program of this machine can guess.
"""

import base64
import hmac
from dataclasses import replace

from appsync_offline.control_plane.deployed_api import DeployedApi

VARIABLE = "APPSYNC_OFFLINE_API_KEY_SECRET"
"""The environment variable of the secret from which keys derive; without it, MiniStack's own are accepted."""


def derived(key_id: str, secret: str) -> str:
    """Returns the key that stands for MiniStack's: the same for the same secret, with 130 bits."""
    digest = hmac.digest(secret.encode(), key_id.encode(), "sha256")
    return f"da2-{base64.b32encode(digest).decode().lower()[:26]}"


def with_derived_keys(api: DeployedApi, secret: str) -> DeployedApi:
    """Returns the API with derived keys in the place of its own."""
    return replace(api, api_keys=tuple(replace(key, id=derived(key.id, secret)) for key in api.api_keys))
