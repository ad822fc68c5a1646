"""Tells failures that callers can cause by their use, which are conflicts and throttles, from all others."""

from botocore.exceptions import ClientError

from adapters.time_budget import OutOfTime

# Error codes of DynamoDB and SNS, and the codes that DynamoDB gives for each write of a canceled transaction (API
# references of both, "Errors").
_CONTENTION = frozenset(
    {
        *("ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "RequestLimitExceeded"),
        *("ThrottlingException", "ThrottlingError", "Throttling", "Throttled", "ThrottledException"),
        *("TransactionConflict", "TransactionConflictException", "TransactionInProgressException"),
    }
)


def is_contention(fault: Exception) -> bool:
    """Returns whether an AWS call failed only because of other calls: a throttle, or a conflict of transactions.

    One user can cause it by writing fast, so it says nothing about the code that made the call. The pauses after
    throttles can also use up the time of an invocation.
    """
    if not isinstance(fault, ClientError):
        return isinstance(fault, OutOfTime)
    error = fault.response.get("Error", {})
    if error.get("Code") == "TransactionCanceledException":
        codes = {reason.get("Code", "None") for reason in fault.response.get("CancellationReasons", [])} - {"None"}
        return bool(codes) and codes <= _CONTENTION
    return error.get("Code") in _CONTENTION
