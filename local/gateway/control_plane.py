"""Reads a deployed API from AppSync's control plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from graphql import GraphQLObjectType, build_schema

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


def read_api(api_id: str, aws_endpoint: str) -> DeployedApi:
    """The API as it is deployed now. Raises what boto3 raises when there is no such API or no control plane."""
    client: AppSyncClient = boto3.client("appsync", endpoint_url=aws_endpoint)
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
                # The list leaves the code out; the resolver itself has it.
                resolver: Mapping[str, Any] = client.get_resolver(
                    apiId=api_id, typeName=type_name, fieldName=listed["fieldName"]
                )["resolver"]
                yield Resolver(
                    type_name=type_name,
                    field_name=resolver["fieldName"],
                    kind=resolver.get("kind", "UNIT"),
                    data_source=resolver.get("dataSourceName"),
                    code=resolver.get("code"),
                    functions=tuple(resolver.get("pipelineConfig", {}).get("functions", ())),
                    max_batch_size=resolver.get("maxBatchSize", 0),
                )


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
