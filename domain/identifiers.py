"""Task and user ids, and the client token that makes creation idempotent."""

import re
from dataclasses import dataclass
from typing import Self
from uuid import NAMESPACE_URL, UUID, uuid5

from domain.errors import ValidationError

# Ids become parts of keys that are joined by '#': what is allowed here cannot forge a key or hide a look-alike.
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_USER_ID = re.compile(r"[A-Za-z0-9._@+=,:|/-]{1,128}")
_CLIENT_TOKEN = re.compile(r"[!-~]{1,128}")
_TOKEN_NAMESPACE = uuid5(NAMESPACE_URL, "tasks-api:client-token")


@dataclass(frozen=True, slots=True)
class UserId:
    """Whose a task is. Raises ValidationError for anything that cannot be a user id."""

    value: str

    def __post_init__(self) -> None:
        if not _USER_ID.fullmatch(self.value):
            raise ValidationError("userId", "must be 1 to 128 letters, digits or any of . _ @ + = , : | / -")

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A caller's own name for one creation, so that a retry is recognised. 1 to 128 visible ASCII characters."""

    value: str

    def __post_init__(self) -> None:
        if not _CLIENT_TOKEN.fullmatch(self.value):
            raise ValidationError("clientToken", "must be 1 to 128 visible ASCII characters")


@dataclass(frozen=True, slots=True)
class TaskId:
    """A task's id. Raises ValidationError for anything that no task could ever be called."""

    value: str

    def __post_init__(self) -> None:
        if not _TASK_ID.fullmatch(self.value):
            raise ValidationError("id", "must be 1 to 100 letters, digits, '-' or '_'")

    @classmethod
    def of(cls, unique: UUID) -> Self:
        """The id made of a fresh UUID: `task-<uuid>`."""
        return cls(f"task-{unique}")

    @classmethod
    def derived(cls, user_id: UserId, token: ClientToken) -> Self:
        """The one id that this user's creation with this token has, however often it is tried."""
        return cls.of(uuid5(_TOKEN_NAMESPACE, f"{user_id}\n{token.value}"))

    def __str__(self) -> str:
        return self.value
