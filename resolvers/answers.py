"""The answers that AppSync receives, and the only mapping of errors to GraphQL errors."""

from typing import Any, NotRequired, TypedDict

from adapters.task_json import TaskJson
from domain.errors import DomainError
from domain.status import TaskStatus
from resolvers.outputs import shown

INTERNAL_ERROR = "InternalError"


class Fault(TypedDict):
    """A GraphQL error. `type` becomes errorType and `info` becomes errorInfo.

    `data` is the current task, of which AppSync returns the fields that the operation selects (AppSync Developer Guide,
    "util.error").
    """

    type: str
    message: str
    data: NotRequired[TaskJson]
    info: dict[str, Any]


class Answer(TypedDict, total=False):
    """The envelope that lambda_resolver.js opens: either `data` or `error`, and the two filters of a subscription.

    The answer to a batch is a list with one envelope for each context.
    """

    data: Any
    error: Fault
    subscriptionFilter: dict[str, Any]
    invalidationFilter: dict[str, Any]


def refused(error: DomainError) -> Answer:
    """Returns the answer for a refusal of the domain, which the caller may read in full."""
    fault: Fault = {"type": error.error_type, "message": error.message, "info": dict(error.info)}
    if error.current and isinstance(error.current.status, TaskStatus):  # the schema cannot name an unknown status
        fault["data"] = shown(error.current)
    return {"error": fault}


def failed(correlation_id: str | None) -> Answer:
    """Returns the answer for any other error. It holds only an id that the caller can give to the operators."""
    return {
        "error": {
            "type": INTERNAL_ERROR,
            "message": "The request could not be completed. Please try again.",
            "info": {"correlationId": correlation_id},
        }
    }
