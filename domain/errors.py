"""Typed errors for everything that the domain refuses: a code for clients, a message for people, facts for programs."""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """A refusal whose whole content may be shown to the caller.

    `code` becomes the GraphQL `errorType` and `info` becomes the `errorInfo` (JSON values, keys in camelCase).
    """

    code: ClassVar[str]

    def __init__(self, message: str, **info: str | int | None) -> None:
        super().__init__(message)
        self.message = message
        self.info: Mapping[str, str | int | None] = info


class ValidationError(DomainError):
    """A field breaks a rule. `info` is {"field", "rule"}."""

    code = "ValidationError"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}", field=field, rule=rule)


class TaskNotFound(DomainError):
    """The task does not exist, or it belongs to another user. The error is the same in both cases."""

    code = "TaskNotFound"

    def __init__(self, task_id: str) -> None:
        super().__init__("There is no such task.", id=task_id)


class InvalidTransition(DomainError):
    """The task's status does not allow the change.

    `info` is {"currentStatus", "wantedStatus", "currentVersion"}; `wantedStatus` is None for an edit. A client that
    received no answer can tell from these values whether its change was stored (docs/contract.md, "After a lost
    answer").
    """

    code = "InvalidTransition"

    def __init__(self, *, current: str, wanted: str | None, version: int) -> None:
        if wanted is None:
            message = f"The details of a task that is {current} cannot be edited."
        elif wanted == current:
            message = f"The task is {current} already."
        else:
            message = f"A task that is {current} cannot become {wanted}."
        super().__init__(message, currentStatus=current, wantedStatus=wanted, currentVersion=version)


class Conflict(DomainError):
    """Another change was stored first, or the client token was used before for a different creation."""

    code = "Conflict"


class Unauthorized(DomainError):
    """The caller may not perform the operation. The error reveals nothing about the data that it protects."""

    code = "Unauthorized"
