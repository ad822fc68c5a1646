"""Typed errors for everything that the domain refuses: a type for clients, a message for people, facts for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from types import TracebackType

    from domain.snapshot import TaskSnapshot


class Code(StrEnum):
    """The kind of a refusal, by which a program chooses its reaction or its own words. Values may be added."""

    # A field of the input
    REQUIRED = "REQUIRED"  # a value that is missing
    TYPE = "TYPE"  # a value of another type
    UNKNOWN = "UNKNOWN"  # an argument that the field does not have
    ONE_OF = "ONE_OF"  # a value that is not in the list of allowed values
    FORMAT = "FORMAT"  # a text of another form, or with characters that are not allowed
    LENGTH = "LENGTH"  # a text with fewer than `min` or more than `max` code points
    RANGE = "RANGE"  # a number, time or position outside of a range
    LIMIT = "LIMIT"  # fewer than `min` or more than `max` entries
    DUPLICATE = "DUPLICATE"  # an entry that is named twice
    EXCLUSIVE = "EXCLUSIVE"  # values that exclude each other
    REFERENCE = "REFERENCE"  # something that does not exist or belongs to another owner or list
    # A conflict
    VERSION = "VERSION"  # another change was first
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"  # perhaps the change was stored
    OTHER_CONTENT = "OTHER_CONTENT"  # the client token was used for other content
    DELETED = "DELETED"  # the task of the client token was deleted
    EXPIRED = "EXPIRED"  # the webhook of the client token exists too long to show its secret again
    # A transition
    SAME_STATUS = "SAME_STATUS"  # the task has the wanted status already
    TRANSITION = "TRANSITION"  # the status cannot become the wanted one
    CLOSED = "CLOSED"  # the details of a closed task cannot be edited


class DomainError(Exception):
    """A refusal whose whole content may be shown to the caller.

    `error_type` becomes the GraphQL `errorType` and `info` becomes the `errorInfo` (JSON values, keys in camelCase).
    `current` is the task as it is now, if the caller may see it and needs it to decide again.
    """

    error_type: ClassVar[str]

    def __init__(
        self, message: str, info: Mapping[str, Any] = MappingProxyType({}), current: TaskSnapshot | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.info = info
        self.current = current


class ValidationError(DomainError):
    """Fields break rules.

    `info` is {"field", "rule", "code"} of the first field, the bounds `min` and `max` of its rule, if any, and
    `errors`: a list of the same for each broken field.
    """

    error_type = "ValidationError"

    def __init__(self, field: str, rule: str, code: Code, **bounds: int) -> None:
        error = {"field": field, "rule": rule, "code": str(code), **bounds}
        super().__init__(f"{field} {rule}", info={**error, "errors": [error]})

    @property
    def errors(self) -> Sequence[Mapping[str, str | int]]:
        """The broken rules of all fields: their field, rule, code and bounds."""
        errors: Sequence[Mapping[str, str | int]] = self.info["errors"]
        return errors


class ValidationErrors(ValidationError):
    """The broken rules of several errors as one error."""

    def __init__(self, parts: Sequence[ValidationError]) -> None:
        errors = [error for part in parts for error in part.errors]
        DomainError.__init__(self, "; ".join(part.message for part in parts), info={**errors[0], "errors": errors})


class Problems:
    """Collects the rules that several fields break, so that a caller learns of all of them at once.

    Each `with problems:` block ends at the first rule that it finds broken; `report` then raises all of them.
    """

    def __init__(self) -> None:
        self._errors: list[ValidationError] = []

    def __enter__(self) -> None:
        """Start a block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Keep a broken rule. Other errors are raised."""
        if isinstance(error, ValidationError):
            self._errors.append(error)
            return True
        return False

    def report(self) -> None:
        """Raise one ValidationError of all broken rules, if there are any."""
        if self._errors:
            raise ValidationErrors(self._errors)


class TaskNotFound(DomainError):
    """The task does not exist, or it belongs to another user. The error is the same in both cases."""

    error_type = "TaskNotFound"

    def __init__(self, task_id: str) -> None:
        super().__init__("There is no such task.", {"id": task_id})


class WebhookNotFound(DomainError):
    """The webhook does not exist, or it belongs to another user. The error is the same in both cases."""

    error_type = "WebhookNotFound"

    def __init__(self, webhook_id: str) -> None:
        super().__init__("There is no such webhook.", {"id": webhook_id})


class InvalidTransition(DomainError):
    """The task's status does not allow the change.

    `info` is {"code", "currentStatus", "wantedStatus", "currentVersion"}; `wantedStatus` is None for an edit. A client
    that received no answer can tell from these values whether its change was stored (docs/contract.md, "After a lost
    answer").
    """

    error_type = "InvalidTransition"

    def __init__(self, task: TaskSnapshot, wanted: str | None) -> None:
        status, code = task.status, Code.TRANSITION
        message = f"A task that is {status} cannot become {wanted}."
        if wanted is None:
            message, code = f"The details of a task that is {status} cannot be edited.", Code.CLOSED
        elif wanted == status:
            message, code = f"The task is {status} already.", Code.SAME_STATUS
        facts = {"currentStatus": str(status), "wantedStatus": wanted, "currentVersion": task.version}
        super().__init__(message, {"code": str(code), **facts}, task)


class Conflict(DomainError):
    """Another change was stored first, or the client token was used before for a different creation."""

    error_type = "Conflict"


class KeyUsed(Conflict):
    """The client token or the id was used before.

    `info` is {"code": OTHER_CONTENT, DELETED or EXPIRED, "field": "clientToken" or "id"}.
    """

    _MESSAGES: ClassVar[Mapping[Code, str]] = {
        Code.OTHER_CONTENT: "This {field} was used for other content.",
        Code.DELETED: "The task created with this {field} was deleted.",
        Code.EXPIRED: "This {field} was used to create a webhook, whose secret is not shown again.",
    }

    def __init__(self, field: str, code: Literal[Code.OTHER_CONTENT, Code.DELETED, Code.EXPIRED]) -> None:
        super().__init__(self._MESSAGES[code].format(field=field), {"code": str(code), "field": field})


class TooManyRequests(DomainError):
    """The caller's budget of changes is spent. Nothing was stored. `info` is {"retryAfter"}, in seconds."""

    error_type = "TooManyRequests"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many changes. Please try again later.", {"retryAfter": retry_after})


class Unauthorized(DomainError):
    """The caller may not perform the operation. The error reveals nothing about the data that it protects."""

    error_type = "Unauthorized"
