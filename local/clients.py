"""How boto3 reaches the embedded cloud."""

from typing import TypedDict

from local.settings import REGION, ROOT_KEY_ID, Settings


class RootAccess(TypedDict):
    """The keyword arguments of `boto3.client` for the embedded cloud."""

    endpoint_url: str
    verify: str | None
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


def access(settings: Settings) -> RootAccess:
    """Returns the access of the account's root: `boto3.client("s3", **access(settings))`."""
    return {
        "endpoint_url": settings.aws_endpoint,
        "verify": str(settings.trusted) if settings.trusted else None,
        "region_name": REGION,
        "aws_access_key_id": ROOT_KEY_ID,
        "aws_secret_access_key": settings.secret,
    }
