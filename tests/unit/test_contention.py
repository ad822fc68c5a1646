"""Failures that one user's use causes are told from faults of the code and of AWS."""

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from adapters.contention import is_contention
from adapters.time_budget import OutOfTime


def refusal(code: str, *reasons: str) -> ClientError:
    response = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fault",
    [
        refusal("ProvisionedThroughputExceededException"),
        refusal("ThrottlingException"),
        refusal("RequestLimitExceeded"),
        refusal("Throttled"),
        refusal("TransactionConflictException"),
        refusal("TransactionCanceledException", "None", "TransactionConflict"),
        refusal("TransactionCanceledException", "TransactionConflict", "ThrottlingError"),
        OutOfTime("after pauses"),
    ],
)
def test_throttles_and_conflicts_are_caused_by_use(fault: Exception) -> None:
    assert is_contention(fault)


@pytest.mark.parametrize(
    "fault",
    [
        refusal("AccessDeniedException"),
        refusal("ValidationException"),
        refusal("InternalServerError"),
        refusal("TransactionCanceledException", "ValidationError", "TransactionConflict"),
        refusal("TransactionCanceledException", "None", "None"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
        KeyError("Title"),
    ],
)
def test_every_other_failure_is_a_fault(fault: Exception) -> None:
    assert not is_contention(fault)
