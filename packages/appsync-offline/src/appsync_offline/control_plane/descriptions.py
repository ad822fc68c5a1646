"""Builds the model of an API from AppSync's descriptions, in the camelCase members of the AppSync API reference."""

from collections.abc import Iterator, Mapping
from typing import Any

from appsync_offline.control_plane.deployed_api import (
    AuthMode,
    AuthProvider,
    DataSource,
    PipelineFunction,
    Resolver,
    Signing,
)

Description = Mapping[str, Any]


def data_source(description: Description) -> DataSource:
    """Returns the data source of a `DataSource` description."""
    http = description.get("httpConfig") or {}
    iam = (http.get("authorizationConfig") or {}).get("awsIamConfig") or {}
    return DataSource(
        name=description["name"],
        type=description["type"],
        lambda_arn=(description.get("lambdaConfig") or {}).get("lambdaFunctionArn"),
        table_name=(description.get("dynamodbConfig") or {}).get("tableName"),
        endpoint=http.get("endpoint"),
        signing=Signing(iam["signingRegion"], iam["signingServiceName"]) if iam else None,
    )


def pipeline_function(description: Description, *, missing: str = "") -> PipelineFunction:
    """Returns the function of a `FunctionConfiguration` description. `missing` says what the reader has lost of it."""
    return PipelineFunction(
        id=description["functionId"],
        name=description["name"],
        data_source=description["dataSourceName"],
        code=description.get("code"),
        has_templates=_has_templates(description),
        max_batch_size=int(description.get("maxBatchSize") or 0),
        missing=missing,
    )


def resolver(type_name: str, description: Description, *, missing: str = "") -> Resolver:
    """Returns the resolver of a `Resolver` description. `missing` says what the reader has lost of it."""
    return Resolver(
        type_name=type_name,
        field_name=description["fieldName"],
        kind=description.get("kind", "UNIT"),
        data_source=description.get("dataSourceName"),
        code=description.get("code"),
        has_templates=_has_templates(description),
        functions=tuple((description.get("pipelineConfig") or {}).get("functions", ())),
        max_batch_size=int(description.get("maxBatchSize") or 0),
        missing=missing,
    )


def providers(api: Description) -> Iterator[AuthProvider]:
    """Yields the authorization modes of a `GraphqlApi` description, the default one first."""
    for provider in (api, *(api.get("additionalAuthenticationProviders") or ())):
        pool = provider.get("userPoolConfig") or {}
        oidc = provider.get("openIDConnectConfig") or {}
        authorizer = provider.get("lambdaAuthorizerConfig") or {}
        yield AuthProvider(
            mode=AuthMode(provider["authenticationType"]),
            user_pool_id=pool.get("userPoolId"),
            user_pool_region=pool.get("awsRegion"),
            app_id_client_regex=pool.get("appIdClientRegex"),
            default_action=pool.get("defaultAction", "ALLOW"),
            issuer=oidc.get("issuer"),
            client_id=oidc.get("clientId"),
            auth_ttl=int(oidc.get("authTTL", 0)),
            iat_ttl=int(oidc.get("iatTTL", 0)),
            authorizer_uri=authorizer.get("authorizerUri"),
            authorizer_result_ttl=int(authorizer.get("authorizerResultTtlInSeconds", 300)),
            identity_validation_expression=authorizer.get("identityValidationExpression"),
        )


def _has_templates(step: Description) -> bool:
    return bool(step.get("requestMappingTemplate") or step.get("responseMappingTemplate"))
