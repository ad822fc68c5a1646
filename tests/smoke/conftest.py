"""Connects the tests to a deployed stage, which the environment names (`make smoke`).

SMOKE_URL is the stage's URL. Without it, SMOKE_STAGE names the stage whose CloudFormation outputs in SMOKE_REGION hold
the URL. The caller uses SMOKE_API_KEY, or SMOKE_TOKEN, a Cognito access token, or else signs with the current AWS
credentials. Those of the role `tasks-api-smoke` act for the user of that name alone.

The tests only read a stage that keeps its data. In other stages the tests delete the tasks that they created.
"""

import asyncio
import os
from collections.abc import Iterator
from uuid import uuid4

import boto3
import jwt
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.exceptions import TransportQueryError

from cdk.stages import STAGES, InvalidSetting, stage_named
from resolvers.access import CONFINED_ROLE
from tests.e2e.clients import Endpoint

PATIENCE = 300  # seconds; the mapping of a new queue or stream takes minutes to start polling (Lambda Developer Guide)
DELETE = "mutation($id: ID!) { deleteTask(id: $id) { id } }"

stage, url, key, token = (os.environ.get(f"SMOKE_{name}", "") for name in ("STAGE", "URL", "API_KEY", "TOKEN"))
region = os.environ.get("SMOKE_REGION") or None

collect_ignore: list[str] = []
if not url and not stage:
    collect_ignore = ["test_deployed_stage.py", "test_reads.py"]
elif stage in STAGES and STAGES[stage].keeps_data:
    collect_ignore = ["test_deployed_stage.py"]


def pytest_configure() -> None:
    """Refuse an unknown stage in one sentence."""
    try:
        if stage:
            stage_named(stage)
    except InvalidSetting as fault:
        raise pytest.UsageError(str(fault)) from fault


@pytest.fixture(scope="session")
def api() -> Iterator[Endpoint]:
    endpoint = _endpoint()
    yield endpoint
    asyncio.run(_delete_tasks(endpoint))


def _endpoint() -> Endpoint:
    graphql_url = url
    if not graphql_url:
        try:
            response = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=STAGES[stage].stack)
        except (BotoCoreError, ClientError) as fault:
            pytest.exit(f"The outputs of the stack {STAGES[stage].stack} cannot be read: {fault}", returncode=1)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in response["Stacks"][0].get("Outputs", [])}
        graphql_url = outputs["GraphqlUrl"]
    host, own_id = graphql_url.split("/")[2], None
    auth: AppSyncAuthentication
    if token:
        own_id = jwt.decode(token, options={"verify_signature": False})["sub"]
        auth = AppSyncJWTAuthentication(host=host, jwt=token)
    elif key:
        auth = AppSyncApiKeyAuthentication(host=host, api_key=key)
    else:
        signer = boto3.client("sts", region_name=region).get_caller_identity()["Arn"]
        own_id = CONFINED_ROLE if f":assumed-role/{CONFINED_ROLE}/" in signer else None
        auth = AppSyncIAMAuthentication(host=host, region_name=region)
    return Endpoint(graphql_url, auth, own_id, patience=PATIENCE, user_prefix=f"smoke-{uuid4()}-")


async def _delete_tasks(endpoint: Endpoint) -> None:
    async with endpoint.http(endpoint.caller()) as http:
        for id_ in endpoint.created:
            try:
                await http(DELETE, id=id_)
            except TransportQueryError as refused:
                if [error.get("errorType") for error in refused.errors or ()] != ["TaskNotFound"]:
                    raise  # TaskNotFound: a test deleted it
