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
    """The envelope that lambda_resolver.js opens: either `data` or `error`, and the filter of a subscription."""

    data: Any
    error: Fault
    subscriptionFilter: dict[str, Any]


class BatchItem(TypedDict, total=False):
    """One item of a direct Lambda resolver's batch (AppSync Developer Guide, "Batching")."""

    data: Any
    errorType: str
    errorMessage: str


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


def batch_item(fault: Fault) -> BatchItem:
    """Returns an error as an item of a batch.

    An item has no errorInfo, so that the message holds the correlation id.
    """
    correlation_id = fault["info"].get("correlationId")
    suffix = f" Correlation id: {correlation_id}" if correlation_id else ""
    return {"data": None, "errorType": fault["type"], "errorMessage": fault["message"] + suffix}
