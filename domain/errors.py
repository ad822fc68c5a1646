"""What the domain refuses, as typed errors: a code for clients, a message for people, facts for programs."""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """A refusal that the caller may read whole.

    `code` is the GraphQL `errorType`, `info` the `errorInfo` (JSON values, camelCase keys).
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
    """There is no such task, or it is not the caller's: both answer the same."""

    code = "TaskNotFound"

    def __init__(self, task_id: str) -> None:
        super().__init__("There is no such task.", id=task_id)


class InvalidTransition(DomainError):
    """The task's status does not allow the change.

    `info` is {"currentStatus", "wantedStatus", "currentVersion"}; an edit wants no status. A client whose answer was
    lost reads from it what became of its change (docs/contract.md, "After a lost answer").
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
    """Somebody else's change came first, or a client token stands for something else."""

    code = "Conflict"


class Unauthorized(DomainError):
    """The caller may not do this. Says nothing of the data behind it."""

    code = "Unauthorized"
