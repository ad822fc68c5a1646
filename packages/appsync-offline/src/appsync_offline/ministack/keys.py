"""Finds the access keys that MiniStack gives out."""

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import quote

from appsync_offline.authentication.access_keys import AccessKey
from appsync_offline.control_plane.aws_api import AwsApi
from appsync_offline.text.json_text import parse_json

_ACCOUNT = re.compile(r"\d{12}")
_DEFAULT_ACCOUNT = "000000000000"


class MiniStackKeys:
    """MiniStack's access keys: those of account roots, and those of the role session of each Lambda function.

    Without AUTH a Lambda signs with its account id and the root secret. With AUTH it signs with a session whose key,
    secret and token derive from function and role (MiniStack 1.5, core/lambda_runtime.py, execution_credentials). The
    function's ARN ends with the version that runs or the alias that was called.
    """

    def __init__(self, aws_endpoint: str, *, root_key_id: str, root_secret: str) -> None:
        self._aws_endpoint = aws_endpoint
        self._root_key_id = root_key_id
        self._root_secret = root_secret
        self._sessions: dict[str, AccessKey] = {}

    async def find(self, access_key_id: str) -> AccessKey | None:
        """Returns the key with this id, or None."""
        if access_key_id == self._root_key_id or _ACCOUNT.fullmatch(access_key_id):
            account = access_key_id if _ACCOUNT.fullmatch(access_key_id) else _DEFAULT_ACCOUNT
            return AccessKey(self._root_secret, account, f"arn:aws:iam::{account}:root", account)
        if access_key_id.startswith("ASIA") and access_key_id not in self._sessions:
            self._sessions = dict(self._role_sessions())
        return self._sessions.get(access_key_id)

    def _role_sessions(self) -> Iterator[tuple[str, AccessKey]]:
        functions = AwsApi("lambda", self._aws_endpoint)
        marker: str | None = ""
        while marker is not None:
            page = parse_json(functions.get(f"/2015-03-31/functions?Marker={quote(marker)}"))
            marker = page.get("NextMarker") or None
            for function in page["Functions"]:
                role, arn, name = function["Role"], function["FunctionArn"], function["FunctionName"]
                of_it = f"/2015-03-31/functions/{quote(name)}"
                versions = parse_json(functions.get(f"{of_it}/versions"))["Versions"]
                aliases = parse_json(functions.get(f"{of_it}/aliases"))["Aliases"]
                qualifiers = [*(version["Version"] for version in versions), *(alias["Name"] for alias in aliases)]
                for called in (arn, *(f"{arn}:{qualifier}" for qualifier in qualifiers)):
                    yield role_session(called, role, name)


def role_session(function_arn: str, role: str, function_name: str) -> tuple[str, AccessKey]:
    """A session's key id, and its key."""
    account, role_name = function_arn.split(":")[4], role.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{function_arn}:{role}".encode()).hexdigest()
    return (
        f"ASIA{digest[:16].upper()}",
        AccessKey(
            secret=hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
            account_id=account,
            user_arn=f"arn:aws:sts::{account}:assumed-role/{role_name}/{function_name[:64]}",
            user_id=f"{role_name}:{function_name[:64]}",
            session_token=hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
            for_this_user=True,  # names are no secret
        ),
    )
