"""AWS clients that give up well before the Lambda that uses them does."""

from typing import TYPE_CHECKING, Literal, overload

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient

# Seconds. Three attempts of at most 1 + 2 s, and less than a second of backoff, stay below the functions' 10 s,
# which stay below AppSync's 30 s. "standard" retries throttles and passing faults with jitter.
CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})


class _OurServices(Loader):
    """Finds a service's model by its name.

    botocore's own first reads the folders of all its services, to say which there are if ours were not among them.
    May go when botocore no longer does (boto/botocore#3687).
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """The services that we make clients of; each has a model of every type that clients need."""
        return ["dynamodb", "sns"]


# botocore's own: boto3 makes the same clients, and loads its resources and S3 transfers first.
session = Session()
session.register_component("data_loader", _OurServices())


@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["sns"]) -> "SNSClient": ...
def client(service: Literal["dynamodb", "sns"]) -> object:
    """A client of the service in the Lambda's own region, with timeouts that fit."""
    return session.create_client(service, config=CONFIG)
