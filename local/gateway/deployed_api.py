"""What the gateway knows of a deployed AppSync API: a typed reading of its control plane.

Names follow the AppSync API reference (GetGraphqlApi, ListDataSources, ListResolvers, ListFunctions, ListApiKeys).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class AuthMode(StrEnum):
    """AppSync's authentication types, spelled as the control plane does."""

    API_KEY = "API_KEY"
    COGNITO = "AMAZON_COGNITO_USER_POOLS"
    OIDC = "OPENID_CONNECT"
    IAM = "AWS_IAM"
    LAMBDA = "AWS_LAMBDA"


@dataclass(frozen=True)
class ApiKey:
    """An API key: its id is the secret that callers send. `expires` is in epoch seconds."""

    id: str
    expires: int


@dataclass(frozen=True)
class AuthProvider:
    """One way in, default or additional. Only the fields of its own mode are set."""

    mode: AuthMode
    # AMAZON_COGNITO_USER_POOLS
    user_pool_id: str | None = None
    user_pool_region: str | None = None
    app_id_client_regex: str | None = None
    default_action: str = "ALLOW"  # meaningful for the default provider only: ALLOW or DENY
    # OPENID_CONNECT; lifetimes in milliseconds, 0 = not checked
    issuer: str | None = None
    client_id: str | None = None
    auth_ttl: int = 0
    iat_ttl: int = 0
    # AWS_LAMBDA; ttl in seconds
    authorizer_uri: str | None = None
    authorizer_result_ttl: int = 300
    identity_validation_expression: str | None = None


@dataclass(frozen=True)
class DataSource:
    """A data source. `lambda_arn` is set for type AWS_LAMBDA; type NONE has nothing more."""

    name: str
    type: str
    lambda_arn: str | None = None


@dataclass(frozen=True)
class PipelineFunction:
    """One function of a pipeline resolver: its data source, and its APPSYNC_JS code or VTL templates if it has some."""

    id: str
    name: str
    data_source: str
    code: str | None = None
    has_templates: bool = False
    max_batch_size: int = 0


@dataclass(frozen=True)
class Resolver:
    """A field's resolver. UNIT has a data source, PIPELINE lists functions.

    Without code and templates (VTL), UNIT is a direct Lambda.
    """

    type_name: str
    field_name: str
    kind: str = "UNIT"
    data_source: str | None = None
    code: str | None = None
    has_templates: bool = False
    functions: Sequence[str] = ()
    max_batch_size: int = 0


@dataclass(frozen=True)
class DeployedApi:
    """An API as deployed. `auth[0]` is the default mode."""

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
    resolver_count_limit: int = 0  # 0 = AppSync's own 10,000
