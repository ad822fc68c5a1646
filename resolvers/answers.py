"""The answers that AppSync receives, and the only mapping of errors to GraphQL errors."""

from typing import Any, TypedDict

from domain.errors import DomainError

INTERNAL_ERROR = "InternalError"


class Fault(TypedDict):
    """A GraphQL error. `type` becomes errorType and `info` becomes errorInfo."""

    type: str
    message: str
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
    return {"error": {"type": error.code, "message": error.message, "info": dict(error.info)}}


def failed(correlation_id: str | None) -> Answer:
    """Returns the answer for any other error. It holds only an id that the caller can give to the operators."""
    return {
        "error": {
            "type": INTERNAL_ERROR,
            "message": "The request could not be completed. Please try again.",
            "info": {"correlationId": correlation_id},
        }
    }
