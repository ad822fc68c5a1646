"""Reads a deployed API from AppSync's control plane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from graphql import GraphQLError, GraphQLObjectType, build_schema

from local.gateway.deployed_api import (
    ApiKey,
    AuthMode,
    AuthProvider,
    DataSource,
    DeployedApi,
    PipelineFunction,
    Resolver,
)
from local.gateway.schema import PRELUDE

if TYPE_CHECKING:
    from mypy_boto3_appsync import AppSyncClient


class CannotRead(Exception):
    """There is no such API, or no control plane; the message is a sentence that says which."""


class ControlPlane:
    """AppSync's control plane at an endpoint."""

    def __init__(self, aws_endpoint: str) -> None:
        """Raises CannotRead for an environment without region."""
        self._endpoint = aws_endpoint
        try:
            # botocore's own client: boto3 adds 50 ms to a start, and nothing that is needed here.
            client = botocore.session.get_session().create_client("appsync", endpoint_url=aws_endpoint)
        except BotoCoreError as fault:
            raise CannotRead(f"AppSync at {aws_endpoint} cannot be asked: {fault}") from fault
        self._client = cast("AppSyncClient", client)

    def api_id(self, name: str) -> str:
        """The id of the only API of this name. Raises CannotRead."""
        with self._asking():
            pages = self._client.get_paginator("list_graphql_apis").paginate()
            apis: list[Mapping[str, Any]] = [api for page in pages for api in page["graphqlApis"]]
        found = [api["apiId"] for api in apis if api["name"] == name]
        if len(found) == 1:
            return str(found[0])
        if found:
            raise CannotRead(f"{len(found)} APIs are called {name}: choose one by its id, of {', '.join(found)}.")
        others = ", ".join(sorted(api["name"] for api in apis)) or "none at all"
        raise CannotRead(f"There is no API called {name} at {self._endpoint}; there is {others}.")

    def read(self, api_id: str) -> DeployedApi:
        """The API as it is deployed now. Raises CannotRead."""
        with self._asking(api_id):
            return _api(self._client, api_id)

    @contextmanager
    def _asking(self, api_id: str = "") -> Iterator[None]:
        try:
            yield
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "NotFoundException":
                raise CannotRead(f"There is no API {api_id} at {self._endpoint}.") from fault
            raise CannotRead(f"AppSync at {self._endpoint} refuses: {fault}") from fault
        except BotoCoreError as fault:
            raise CannotRead(f"AppSync at {self._endpoint} cannot be asked: {fault}") from fault
        except (GraphQLError, TypeError) as fault:
            raise CannotRead(f"The schema of API {api_id} cannot be used: {fault}") from fault


def _api(client: AppSyncClient, api_id: str) -> DeployedApi:
    api: Mapping[str, Any] = client.get_graphql_api(apiId=api_id)["graphqlApi"]
    sdl = client.get_introspection_schema(apiId=api_id, format="SDL", includeDirectives=True)["schema"].read().decode()
    _, _, _, region, account_id, *_ = api["arn"].split(":")
    return DeployedApi(
        id=api_id,
        arn=api["arn"],
        name=api["name"],
        region=region,
        account_id=account_id,
        sdl=sdl,
        auth=tuple(_providers(api)),
        api_keys=tuple(
            ApiKey(key["id"], key["expires"])
            for page in client.get_paginator("list_api_keys").paginate(apiId=api_id)
            for key in page["apiKeys"]
        ),
        data_sources={
            source["name"]: DataSource(
                source["name"], source["type"], source.get("lambdaConfig", {}).get("lambdaFunctionArn")
            )
            for page in client.get_paginator("list_data_sources").paginate(apiId=api_id)
            for source in page["dataSources"]
        },
        functions={
            function["functionId"]: PipelineFunction(
                id=function["functionId"],
                name=function["name"],
                data_source=function["dataSourceName"],
                code=function.get("code"),
                has_templates=_has_templates(function),
                max_batch_size=function.get("maxBatchSize", 0),
            )
            for page in client.get_paginator("list_functions").paginate(apiId=api_id)
            for function in page["functions"]
        },
        resolvers={(r.type_name, r.field_name): r for r in _resolvers(client, api_id, sdl)},
        environment_variables=client.get_graphql_api_environment_variables(apiId=api_id).get(
            "environmentVariables", {}
        ),
        introspection_enabled=api.get("introspectionConfig", "ENABLED") == "ENABLED",
        query_depth_limit=api.get("queryDepthLimit", 0),
        resolver_count_limit=api.get("resolverCountLimit", 0),
    )


def _resolvers(client: AppSyncClient, api_id: str, sdl: str) -> Iterable[Resolver]:
    types = build_schema(PRELUDE + sdl, assume_valid=True).type_map
    for type_name in (name for name, kind in types.items() if isinstance(kind, GraphQLObjectType)):
        for page in client.get_paginator("list_resolvers").paginate(apiId=api_id, typeName=type_name):
            for listed in page["resolvers"]:
                resolver: Mapping[str, Any] = listed
                if "runtime" in listed and "code" not in listed:  # a list may leave it out
                    asked = client.get_resolver(apiId=api_id, typeName=type_name, fieldName=listed["fieldName"])
                    resolver = asked["resolver"]
                yield Resolver(
                    type_name=type_name,
                    field_name=resolver["fieldName"],
                    kind=resolver.get("kind", "UNIT"),
                    data_source=resolver.get("dataSourceName"),
                    code=resolver.get("code"),
                    has_templates=_has_templates(resolver),
                    functions=tuple(resolver.get("pipelineConfig", {}).get("functions", ())),
                    max_batch_size=resolver.get("maxBatchSize", 0),
                )


def _has_templates(step: Mapping[str, Any]) -> bool:
    return bool(step.get("requestMappingTemplate") or step.get("responseMappingTemplate"))


def _providers(api: Mapping[str, Any]) -> Iterable[AuthProvider]:
    for provider in (api, *api.get("additionalAuthenticationProviders", ())):
        pool = provider.get("userPoolConfig", {})
        oidc = provider.get("openIDConnectConfig", {})
        authorizer = provider.get("lambdaAuthorizerConfig", {})
        yield AuthProvider(
            mode=AuthMode(provider["authenticationType"]),
            user_pool_id=pool.get("userPoolId"),
            user_pool_region=pool.get("awsRegion"),
            app_id_client_regex=pool.get("appIdClientRegex"),
            default_action=pool.get("defaultAction", "ALLOW"),
            issuer=oidc.get("issuer"),
            client_id=oidc.get("clientId"),
            auth_ttl=oidc.get("authTTL", 0),
            iat_ttl=oidc.get("iatTTL", 0),
            authorizer_uri=authorizer.get("authorizerUri"),
            authorizer_result_ttl=authorizer.get("authorizerResultTtlInSeconds", 300),
            identity_validation_expression=authorizer.get("identityValidationExpression"),
        )
