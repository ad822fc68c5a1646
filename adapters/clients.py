"""AWS clients that give up well before the Lambda that uses them does."""

from typing import TYPE_CHECKING, Literal, overload

import boto3
from botocore.config import Config

from adapters.time_budget import TimeBudget

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

AwsService = Literal["dynamodb", "sns", "sqs"]
"""The services that there are clients of. The Lambda bundle holds botocore's data of these alone (cdk/bundling.py)."""

BUDGET = TimeBudget()
"""Of all clients of this process. Whoever answers a caller starts it with each invocation."""

# Seconds. A change is two calls, and three attempts of each would take longer than a function's 10 s; the budget ends
# them in time. "standard" retries throttles and passing faults with jitter.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Fixed: botocore otherwise rebuilds it twice per call.
    user_agent=f"tasks-api Boto3/{boto3.__version__}",
)


@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["sns"]) -> "SNSClient": ...
@overload
def client(service: Literal["sqs"]) -> "SQSClient": ...
def client(service: AwsService) -> object:
    """A client of the service in the Lambda's own region, with timeouts that fit."""
    made = boto3.client(service, config=CONFIG)
    made.meta.events.register("before-send", BUDGET.check)
    return made
