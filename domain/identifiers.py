"""The ids of tasks and users, and the client token that makes a creation idempotent."""

import re
from dataclasses import dataclass
from typing import Self
from uuid import NAMESPACE_URL, UUID, uuid5

from domain.errors import Code, ValidationError

# Ids become parts of DynamoDB keys that are joined by '#'. The allowed characters cannot forge a key, and there are no
# non-ASCII look-alikes among them.
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_CHOSEN_ID = re.compile(r"task-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_USER_ID = re.compile(r"[A-Za-z0-9._@+=,:|/-]{1,128}")
_CLIENT_TOKEN = re.compile(r"[!-~]{1,128}")
_TOKEN_NAMESPACE = uuid5(NAMESPACE_URL, "tasks-api:client-token")


@dataclass(frozen=True, slots=True)
class UserId:
    """The id of a user, who owns tasks. Raises ValidationError for a malformed id."""

    value: str

    def __post_init__(self) -> None:
        if not _USER_ID.fullmatch(self.value):
            raise ValidationError(
                "userId", "must be 1 to 128 letters, digits or any of . _ @ + = , : | / -", Code.FORMAT
            )

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A caller's own name for one creation, by which a retry is recognized.

    A token has 1 to 128 visible ASCII characters. Raises ValidationError for any other text.
    """

    value: str

    def __post_init__(self) -> None:
        if not _CLIENT_TOKEN.fullmatch(self.value):
            raise ValidationError("clientToken", "must be 1 to 128 visible ASCII characters", Code.FORMAT)


def valid_mutation_id(text: str) -> str:
    """Returns a caller's own name for a mutation. Raises ValidationError."""
    if not _CLIENT_TOKEN.fullmatch(text):
        raise ValidationError("mutationId", "must be 1 to 128 visible ASCII characters", Code.FORMAT)
    return text


@dataclass(frozen=True, slots=True)
class TaskId:
    """The id of a task. Raises ValidationError for a malformed id."""

    value: str

    def __post_init__(self) -> None:
        self.check(self.value)

    @staticmethod
    def check(value: str, *, field: str = "id") -> None:
        """Raise ValidationError, which names `field`, for a text that is no id of a task."""
        if not _TASK_ID.fullmatch(value):
            raise ValidationError(field, "must be 1 to 100 letters, digits, '-' or '_'", Code.FORMAT)

    @classmethod
    def of(cls, unique: UUID) -> Self:
        """Returns the id `task-<uuid>` for a new UUID."""
        return cls(f"task-{unique}")

    @classmethod
    def chosen(cls, text: str) -> Self:
        """Returns the id that a client made for a new task. Raises ValidationError unless it is `task-<uuid>`."""
        if not _CHOSEN_ID.fullmatch(text):
            raise ValidationError("id", "must be task- and a UUID in lower case", Code.FORMAT)
        return cls(text)

    @classmethod
    def derived(cls, user_id: UserId, token: ClientToken) -> Self:
        """Returns the id of this user's creation with this token. Every attempt of the creation gets the same id."""
        return cls.of(uuid5(_TOKEN_NAMESPACE, f"{user_id}\n{token.value}"))

    def __str__(self) -> str:
        return self.value
