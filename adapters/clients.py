"""Creates AWS clients whose timeouts are well below the timeout of the Lambda function that uses them."""

from typing import TYPE_CHECKING, Literal, overload

import boto3
from botocore.config import Config

from adapters.time_budget import TimeBudget
from adapters.tracing import trace_calls

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from adapters.ses_mail import SendsMail

AwsService = Literal["cognito-idp", "dynamodb", "secretsmanager", "sesv2", "sns", "sqs"]
"""The services that have clients.

The Lambda bundle contains botocore's data of only these services (cdk/bundling.py).
"""

BUDGET = TimeBudget()
"""The time budget that all clients of this process share.

A Lambda that answers callers starts it for each invocation.
"""

# Timeouts are in seconds. A change makes two calls, and three attempts of both could take longer than the 10 s of the
# function; BUDGET stops the attempts in time. The mode "standard" retries throttles and temporary errors with jitter.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    # The User-Agent is fixed because botocore otherwise rebuilds it twice per call.
    user_agent=f"tasks-api Boto3/{boto3.__version__}",
)


# SES has no token that makes a request idempotent: an attempt whose answer is lost may have sent the mail.
_ONCE = CONFIG.merge(Config(read_timeout=5, retries={"mode": "standard", "total_max_attempts": 1}))


@overload
def client(service: Literal["cognito-idp"]) -> "CognitoIdentityProviderClient": ...
@overload
def client(service: Literal["sesv2"]) -> "SendsMail": ...
@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
@overload
def client(service: Literal["sns"]) -> "SNSClient": ...
@overload
def client(service: Literal["sqs"]) -> "SQSClient": ...
def client(service: AwsService) -> object:
    """Returns a client of the service in the Lambda's own region.

    It has the timeouts of CONFIG and the checks of BUDGET, and its calls are traced.
    """
    created = boto3.client(service, config=_ONCE if service == "sesv2" else CONFIG)
    created.meta.events.register("before-send", BUDGET.check)
    trace_calls(created.meta.events)
    return created
