"""The AppSync API: its schema, its authorization modes and the resolver of each field."""

import hashlib
from datetime import UTC, datetime

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from cdk.acknowledge import acknowledge
from cdk.api_keys import add_keys
from cdk.bundling import ROOT
from cdk.fields import END_FIELD, HISTORY, LAMBDA_FIELDS, PUBLISH_FIELDS, SCHEMA
from cdk.identity import Identity
from cdk.log_group import StageLogGroup
from cdk.stages import Stage

HISTORY_BATCH = 100  # tasks; the size of the largest page


class TasksApi(Construct):
    """The AppSync API. It exposes `graphql_url`, `api` and `grant_publish`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        identity: Identity,
        schema: str,
        resolver: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self._schema_mark = f"// For the schema {hashlib.sha256(schema.encode()).hexdigest()[:16]}"
        self.api = appsync.GraphqlApi(
            self,
            "Api",
            name=f"tasks-{stage.name}",
            definition=appsync.Definition.from_file(str(SCHEMA)),
            authorization_config=appsync.AuthorizationConfig(
                default_authorization=appsync.AuthorizationMode(
                    authorization_type=appsync.AuthorizationType.USER_POOL,
                    user_pool_config=appsync.UserPoolConfig(
                        user_pool=identity.user_pool, app_id_client_regex=identity.client.user_pool_client_id
                    ),
                ),
                additional_authorization_modes=[
                    appsync.AuthorizationMode(authorization_type=appsync.AuthorizationType.IAM),
                    # Every stage has the mode, because directives of the schema name it. `stage.api_keys` names its
                    # keys.
                    appsync.AuthorizationMode(authorization_type=appsync.AuthorizationType.API_KEY),
                ],
            ),
            introspection_config=(
                appsync.IntrospectionConfig.ENABLED if stage.introspection else appsync.IntrospectionConfig.DISABLED
            ),
            query_depth_limit=stage.query_depth_limit,
            resolver_count_limit=stage.resolver_count_limit,
            xray_enabled=True,
        )
        add_keys(self, self.api, stage.api_keys, datetime.now(UTC).date())
        self._put_schema(schema, resolver)
        self._log_failures(stage)
        self._lambda_fields(resolver)
        self._publish_fields()

    @property
    def graphql_url(self) -> str:
        """The URL to which clients send operations."""
        return self.api.graphql_url

    def grant_publish(self, grantee: iam.IGrantable) -> None:
        """Allow the mutations that publish to subscribers, and no other field of the API."""
        self.api.grant(
            grantee,
            appsync.IamResource.custom(*(f"types/Mutation/fields/{field}" for field in PUBLISH_FIELDS)),
            "appsync:GraphQL",
        )

    def _put_schema(self, text: str, resolver: lambda_.IFunction) -> None:
        # The construct only reads a schema from a file, so that the text is set on the resource.
        resource = self.api.node.find_child("Schema")
        if not isinstance(resource, appsync.CfnGraphQLSchema):
            raise TypeError("GraphqlApi makes an AWS::AppSync::GraphQLSchema")
        resource.definition = text
        # A field without its resolver answers null without an error. The schema therefore changes after the code that
        # answers its fields, and resolvers are attached right after it. A field that is not served yet is an error.
        resource.add_resource_dependency(_resource(resolver))

    def _log_failures(self, stage: Stage) -> None:
        # Logging is set on the resource, because the construct's `log_config` adds a custom resource whose role may
        # change every log group of the account. AppSync writes to the group with this name.
        role = iam.Role(self, "LogRole", assumed_by=iam.ServicePrincipal("appsync.amazonaws.com"))
        resource = self.api.node.default_child
        if not isinstance(resource, appsync.CfnGraphQLApi):
            raise TypeError("GraphqlApi makes an AWS::AppSync::GraphQLApi")
        resource.log_config = appsync.CfnGraphQLApi.LogConfigProperty(
            cloud_watch_logs_role_arn=role.role_arn,
            field_log_level="ERROR",
            exclude_verbose_content=True,
        )
        acknowledge(
            self.api,
            "ASC3",
            "Requests are logged without verbose content, because headers and contexts hold tokens and users' texts.",
        )
        group = StageLogGroup(self, "Logs", stage=stage, name=f"/aws/appsync/apis/{self.api.api_id}")
        group.grant_write(role)

    def _lambda_fields(self, resolver: lambda_.IFunction) -> None:
        source = self.api.add_lambda_data_source("ResolverFunction", resolver)
        logical_id = Stack.of(self).get_logical_id(_resource(resolver))
        acknowledge(
            source,
            f"IAM5[Resource::<{logical_id}.Arn>:*]",
            "The wildcard covers versions and aliases of the one function that the data source may invoke.",
        )
        for type_name, fields in LAMBDA_FIELDS.items():
            for field in fields:
                self._add_resolver(source, type_name, field, "lambda_resolver.js")
        type_name, field = HISTORY
        self._add_resolver(source, type_name, field, "lambda_resolver.js", max_batch_size=HISTORY_BATCH)

    def _publish_fields(self) -> None:
        source = self.api.add_none_data_source("Publish")
        for field in PUBLISH_FIELDS:
            self._add_resolver(source, "Mutation", field, "publish_resolver.js")
        self._add_resolver(source, "Mutation", END_FIELD, "end_subscriptions_resolver.js")

    def _add_resolver(
        self,
        source: appsync.BaseDataSource,
        type_name: str,
        field: str,
        program: str,
        *,
        max_batch_size: int | None = None,
    ) -> None:
        text = (ROOT / "resolvers" / program).read_text()
        resolver = source.create_resolver(
            f"{type_name}{field}",
            type_name=type_name,
            field_name=field,
            max_batch_size=max_batch_size,
            runtime=appsync.FunctionRuntime.JS_1_0_0,
            # The template contains the code, so that `cdk diff` shows its changes and no second asset is needed. The
            # mark makes each change of the schema, and its rollback, also an update of each resolver. AppSync detaches
            # the resolver of a field that is removed and does not attach it again when the field returns
            # (aws-appsync-community#146).
            code=appsync.Code.from_inline(f"{text}{self._schema_mark}\n"),
        )
        # Local tools read from the metadata which file holds the code, as from `aws:asset:path` of a function.
        _resource(resolver).add_metadata("source", f"resolvers/{program}")


def _resource(construct: IConstruct) -> CfnResource:
    resource = construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is a resource of its template")
    return resource
