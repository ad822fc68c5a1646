"""AWS clients that give up well before the Lambda that uses them does."""

from typing import TYPE_CHECKING, Literal, overload

import botocore
from botocore.config import Config
from botocore.session import Session

from adapters.service_models import service_models

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient

# Seconds. Three attempts of at most 1 + 2 s, and less than a second of backoff, stay below the functions' 10 s,
# which stay below AppSync's 30 s. "standard" retries throttles and passing faults with jitter.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Said here once: botocore puts its own words about itself together anew, twice, for every call.
    user_agent=f"tasks-api Botocore/{botocore.__version__}",
)

# botocore's own: boto3 makes the same clients, and loads its resources and S3 transfers first.
session = Session()
session.register_component("data_loader", service_models())


@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["sns"]) -> "SNSClient": ...
def client(service: Literal["dynamodb", "sns"]) -> object:
    """A client of the service in the Lambda's own region, with timeouts that fit."""
    return session.create_client(service, config=CONFIG)
