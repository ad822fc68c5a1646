"""Typed model of a deployed AppSync API, as the control plane describes it.

Names follow the AppSync API reference (GetGraphqlApi, ListDataSources, ListResolvers, ListFunctions, ListApiKeys).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class AuthMode(StrEnum):
    """AppSync's authentication types. Values are the control plane's."""

    API_KEY = "API_KEY"
    COGNITO = "AMAZON_COGNITO_USER_POOLS"
    OIDC = "OPENID_CONNECT"
    IAM = "AWS_IAM"
    LAMBDA = "AWS_LAMBDA"


@dataclass(frozen=True)
class ApiKey:
    """An API key. Its id is the secret that callers send. `expires` is in epoch seconds."""

    id: str
    expires: int


@dataclass(frozen=True)
class AuthProvider:
    """One authorization mode of an API, default or additional. Only the fields of its mode are set."""

    mode: AuthMode
    # AMAZON_COGNITO_USER_POOLS
    user_pool_id: str | None = None
    user_pool_region: str | None = None
    app_id_client_regex: str | None = None
    default_action: str = "ALLOW"  # ALLOW or DENY; applies to the default provider only
    # OPENID_CONNECT: lifetimes in milliseconds, 0 = not checked
    issuer: str | None = None
    client_id: str | None = None
    auth_ttl: int = 0
    iat_ttl: int = 0
    # AWS_LAMBDA (the TTL is in seconds)
    authorizer_uri: str | None = None
    authorizer_result_ttl: int = 300
    identity_validation_expression: str | None = None


@dataclass(frozen=True)
class Signing:
    """The region and the service for which the requests of an HTTP data source are signed."""

    region: str
    service: str


@dataclass(frozen=True)
class DataSource:
    """A data source.

    `lambda_arn` is set for type AWS_LAMBDA only, `table_name` for AMAZON_DYNAMODB only, `endpoint` (URL) and `signing`
    for HTTP only.

    `missing` says why its function, table or address is not known; it is empty if it is.
    """

    name: str
    type: str
    lambda_arn: str | None = None
    missing: str = ""
    table_name: str | None = None
    endpoint: str | None = None
    signing: Signing | None = None


@dataclass(frozen=True)
class PipelineFunction:
    """One function of a pipeline resolver: its data source and, optionally, APPSYNC_JS code or VTL templates.

    `missing` says what the source of the description has lost of it, such as code in S3; it is empty if nothing is.
    """

    id: str
    name: str
    data_source: str
    code: str | None = None
    has_templates: bool = False
    max_batch_size: int = 0
    missing: str = ""


@dataclass(frozen=True)
class Resolver:
    """A field's resolver. A UNIT resolver has a data source; a PIPELINE resolver lists functions.

    A UNIT resolver without code and without VTL templates is a direct Lambda resolver, unless something is `missing`.
    """

    type_name: str
    field_name: str
    kind: str = "UNIT"
    data_source: str | None = None
    code: str | None = None
    has_templates: bool = False
    functions: Sequence[str] = ()
    max_batch_size: int = 0
    missing: str = ""


@dataclass(frozen=True)
class DeployedApi:
    """An API as deployed. `auth[0]` is the default authorization mode."""

    id: str
    arn: str
    name: str
    region: str
    account_id: str
    sdl: str
    auth: Sequence[AuthProvider]
    api_keys: Sequence[ApiKey] = ()
    data_sources: Mapping[str, DataSource] = field(default_factory=dict)
    functions: Mapping[str, PipelineFunction] = field(default_factory=dict)
    resolvers: Mapping[tuple[str, str], Resolver] = field(default_factory=dict)
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    introspection_enabled: bool = True
    query_depth_limit: int = 0  # 0 = no limit
    resolver_count_limit: int = 0  # 0 = AppSync's default, 10,000
