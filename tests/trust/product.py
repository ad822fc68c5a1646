"""The whole product in one process: the real schema and resolvers behind the gateway, configured as a stage."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider, DeployedApi, Resolver
from appsync_offline.schema.executable import PRELUDE
from appsync_offline.testing.apis import ACCESS_KEY, REGION, Function, an_api
from appsync_offline.testing.identity_provider import POOL, IdentityProvider
from appsync_offline.testing.serving import Server, served
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from graphql import GraphQLObjectType, build_schema

from cdk.api import HISTORY_BATCH
from cdk.fields import END_FIELD, PUBLISH_FIELDS
from cdk.stages import stage_named
from tests.integration.lambda_events import LambdaContext
from tests.integration.resolver_lambda import handler

ROOT = Path(__file__).parents[2]
SDL = (ROOT / "schema.graphql").read_text()
CLIENT = "app"
Answer = tuple[int, Any]
"""An HTTP status and a decoded body."""


def api_of(stage_name: str, root: Path = ROOT) -> DeployedApi:
    """Returns the API of a stage. The API of production has the API key mode but no key.

    `root` is the folder of the repository, or of a copy with another version of the product.
    """
    stage = stage_named(stage_name)
    pool = AuthProvider(AuthMode.COGNITO, user_pool_id=POOL, user_pool_region=REGION, app_id_client_regex=CLIENT)
    api = an_api(
        (root / "schema.graphql").read_text(),
        *_resolvers(root),
        auth=(pool, AuthProvider(AuthMode.IAM), AuthProvider(AuthMode.API_KEY)),
        introspection_enabled=stage.introspection,
        query_depth_limit=stage.query_depth_limit,
        resolver_count_limit=stage.resolver_count_limit,
    )
    return api if stage.api_keys else replace(api, api_keys=())


def root_fields(sdl: str = SDL) -> list[tuple[str, str]]:
    """Returns every field of Query, Mutation and Subscription."""
    schema = build_schema(PRELUDE + sdl)
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return [(root.name, field) for root in roots if isinstance(root, GraphQLObjectType) for field in root.fields]


def _resolvers(root: Path) -> list[Resolver]:
    lambda_code, publish_code, end_code = (
        (root / "resolvers" / f"{name}_resolver.js").read_text() for name in ("lambda", "publish", "end_subscriptions")
    )
    without_lambda = {END_FIELD: end_code} | dict.fromkeys(PUBLISH_FIELDS, publish_code)
    return [
        Resolver(kind, field, data_source="NONE", code=without_lambda[field])
        if field in without_lambda
        else Resolver(kind, field, data_source="LAMBDA", code=lambda_code)
        for kind, field in root_fields((root / "schema.graphql").read_text())
    ] + [Resolver("Task", "history", data_source="LAMBDA", code=lambda_code, max_batch_size=HISTORY_BATCH)]


class Product:
    """The product on a port, its Lambda's invocations and the issuer of its tokens."""

    def __init__(self, server: Server, resolver: Function, issuer: IdentityProvider) -> None:
        self.server = server
        self.resolver = resolver
        self.issuer = issuer

    def token(self, sub: str, **claims: Any) -> str:
        """Returns an access token of an ordinary user."""
        return self.issuer.pool_token(**({"sub": sub, "username": sub, "cognito:groups": None} | claims))

    async def post(self, headers: Mapping[str, str], query: str, **variables: Any) -> Answer:
        """Returns the answer to an operation."""
        return await self.send(headers, json.dumps({"query": query, "variables": variables}).encode())

    async def send(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Returns the answer to any body."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)) as session,
            session.post(self.server.url, data=body, headers={"content-type": "application/json", **headers}) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    def signed(self, body: bytes, *, secret: str = ACCESS_KEY.secret, path: str = "") -> dict[str, str]:
        """Returns the headers of a service's request, whose signature covers the body."""
        request = AWSRequest("POST", self.server.url + path, {"content-type": "application/json"}, body)
        SigV4Auth(Credentials("AKIAANNA", secret), "appsync", REGION).add_auth(request)
        return {name.lower(): str(value) for name, value in request.headers.items()}


@asynccontextmanager
async def a_product(issuer: IdentityProvider, stage: str = "dev") -> AsyncIterator[Product]:
    """Yields a stage of the product on AWS in memory."""
    resolver = Function(lambda event: json.loads(json.dumps(handler(event, LambdaContext()))))
    async with served(api_of(stage), resolver, aws_endpoint=issuer.url) as server:
        yield Product(server, resolver, issuer)
