"""The envelope that lambda_resolver.js turns into AppSync's answer, and the one mapping of errors to GraphQL."""

from typing import Any, TypedDict

from domain.errors import DomainError

INTERNAL_ERROR = "InternalError"


class Fault(TypedDict):
    """A GraphQL error: errorType, message, errorInfo."""

    type: str
    message: str
    info: dict[str, Any] | None


class Answer(TypedDict, total=False):
    """`data` or `error`; for a subscription its filter as well."""

    data: Any
    error: Fault
    subscriptionFilter: dict[str, Any]


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
