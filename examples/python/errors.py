"""The errors of the API as types: one class for each `errorType`, with the shape of its `errorInfo`.

`make python-client` copies this module into `tasks_api`. docs/contract.md says what a client does about each error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, NotRequired, TypedDict, TypeVar

from gql.transport.exceptions import TransportQueryError


class BrokenRule(TypedDict):
    """A field and the rule that it breaks. `code` is for programs; show `rule` for a code that you do not know."""

    field: str
    rule: str
    code: str
    min: NotRequired[int]
    max: NotRequired[int]


class BrokenRules(BrokenRule):
    """The first broken rule, and all of them in `errors`."""

    errors: list[BrokenRule]


class Missing(TypedDict):
    """The id that names no task or webhook which the caller may see."""

    id: str


class Transition(TypedDict):
    """`code` is SAME_STATUS, TRANSITION or CLOSED. `wantedStatus` is None for an edit."""

    code: str
    currentStatus: str
    wantedStatus: str | None
    currentVersion: int


class Versions(TypedDict):
    """`code` is VERSION, UNKNOWN_OUTCOME, or, for a `clientToken`, OTHER_CONTENT, DELETED or EXPIRED."""

    code: str
    currentVersion: NotRequired[int | None]
    currentStatus: NotRequired[str | None]
    field: NotRequired[str]


class Wait(TypedDict):
    """After how many seconds the same request may succeed."""

    retryAfter: int


class Failure(TypedDict):
    """The id by which the operators find the failed request."""

    correlationId: str | None


InfoT = TypeVar("InfoT")


@dataclass
class ApiError(Exception, Generic[InfoT]):
    """An error of the API. `current` is the task as it is now, with the fields that the operation selected, if any."""

    error_type: str
    message: str
    info: InfoT
    current: Mapping[str, Any] | None = None


class ValidationError(ApiError[BrokenRules]):
    """The input breaks rules."""


class TaskNotFound(ApiError[Missing]):
    """The task does not exist, was deleted, or belongs to another user."""


class WebhookNotFound(ApiError[Missing]):
    """The webhook does not exist, was deleted, or belongs to another user."""


class InvalidTransition(ApiError[Transition]):
    """The task's status does not allow the change."""


class Conflict(ApiError[Versions]):
    """The task is no longer the expected version, or the client token was used before."""


class Unauthorized(ApiError[None]):
    """The caller may not do this."""


class TooManyRequests(ApiError[Wait]):
    """The user's budget of changes is spent. Nothing was stored."""


class InternalError(ApiError[Failure]):
    """Something failed on the API's side. It is not known whether the change was stored."""


class UnknownApiError(ApiError[Any]):
    """An `errorType` that this client does not know."""


_TYPES: Mapping[str, type[ApiError[Any]]] = {
    kind.__name__: kind
    for kind in (
        ValidationError,
        TaskNotFound,
        WebhookNotFound,
        InvalidTransition,
        Conflict,
        Unauthorized,
        TooManyRequests,
        InternalError,
    )
}


def error_of(refusal: TransportQueryError) -> ApiError[Any]:
    """Returns the first error of a response as a type."""
    error = (refusal.errors or [{}])[0]
    name = str(error.get("errorType"))
    kind = _TYPES.get(name, UnknownApiError)
    return kind(name, str(error.get("message", "")), error.get("errorInfo"), error.get("data"))
