"""A deployed stage, as the environment names it (`make smoke`).

SMOKE_URL, or SMOKE_STAGE whose CloudFormation outputs tell the URL. The caller: SMOKE_API_KEY (or the stage's own), or
SMOKE_TOKEN, a Cognito access token, or else the AWS credentials at hand, which sign.
"""

import os

import boto3
import jwt
import pytest
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)

from tests.e2e.clients import Endpoint

# Without a stage there is nothing to test.
collect_ignore = [] if os.environ.get("SMOKE_URL") or os.environ.get("SMOKE_STAGE") else ["test_deployed_stage.py"]


@pytest.fixture(scope="session")
def api() -> Endpoint:
    url, key, token = (os.environ.get(name, "") for name in ("SMOKE_URL", "SMOKE_API_KEY", "SMOKE_TOKEN"))
    if not url:
        stack = boto3.client("cloudformation").describe_stacks(StackName=f"TasksApi-{os.environ['SMOKE_STAGE']}")
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Stacks"][0].get("Outputs", [])}
        url, key = outputs["GraphqlUrl"], key or outputs.get("ApiKey", "")
    host = url.split("/")[2]
    if token:
        own_id = jwt.decode(token, options={"verify_signature": False})["sub"]
        return Endpoint(url, AppSyncJWTAuthentication(host=host, jwt=token), own_id)
    if key:
        return Endpoint(url, AppSyncApiKeyAuthentication(host=host, api_key=key))
    return Endpoint(url, AppSyncIAMAuthentication(host=host))
