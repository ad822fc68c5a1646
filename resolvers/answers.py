"""The forms in which AppSync gets answers, and the one mapping of errors to GraphQL."""

from typing import Any, TypedDict

from domain.errors import DomainError

INTERNAL_ERROR = "InternalError"


class Fault(TypedDict):
    """A GraphQL error: errorType, message, errorInfo."""

    type: str
    message: str
    info: dict[str, Any]


class Answer(TypedDict, total=False):
    """The envelope that lambda_resolver.js opens: `data` or `error`; for a subscription its filter as well."""

    data: Any
    error: Fault
    subscriptionFilter: dict[str, Any]


class BatchItem(TypedDict, total=False):
    """One item of a direct Lambda resolver's batch (AppSync Developer Guide, "Batching")."""

    data: Any
    errorType: str
    errorMessage: str


def refused(error: DomainError) -> Answer:
    """What the domain refuses, told whole."""
    return {"error": {"type": error.code, "message": error.message, "info": dict(error.info)}}


def failed(correlation_id: str | None) -> Answer:
    """Anything else: only an id to ask the operators about."""
    return {
        "error": {
            "type": INTERNAL_ERROR,
            "message": "The request could not be completed. Please try again.",
            "info": {"correlationId": correlation_id},
        }
    }


def batch_item(fault: Fault) -> BatchItem:
    """A fault as an item of a batch. There is no errorInfo in it, so a correlation id goes into the message."""
    correlation_id = fault["info"].get("correlationId")
    suffix = f" Correlation id: {correlation_id}" if correlation_id else ""
    return {"data": None, "errorType": fault["type"], "errorMessage": fault["message"] + suffix}
