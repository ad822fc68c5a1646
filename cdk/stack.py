"""The stack of the product."""

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.api import TasksApi
from cdk.canary import Canary
from cdk.event_path import EventPath
from cdk.function import TasksFunction
from cdk.identity import Identity
from cdk.stages import ALL_AT_ONCE, Stage
from cdk.table import TasksTable


class TasksStack(Stack):
    """The product in one stage. The stack exposes `table`, `resolver`, `api` and `events`.

    `schema` is the SDL to deploy. `graphql_url` replaces the URL to which live updates are published; the local
    gateway, which stands in for AppSync, needs this.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        schema: str,
        env: Environment,
        graphql_url: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Tasks API, stage {stage.name}",
            termination_protection=stage.keeps_data,
        )
        self.table = TasksTable(self, "Table", stage=stage)
        identity = Identity(self, "Identity", stage=stage)
        self.resolver = TasksFunction(
            self,
            "Resolver",
            stage=stage,
            code=code,
            handler="resolvers.handler.handler",
            service="resolver",
            environment={
                "TABLE_NAME": self.table.table_name,
                "ACCEPTS_API_KEYS": "true" if stage.api_keys else "false",
            },
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if stage.snap_start else None,
        )
        self.table.grant_requests(self.resolver.own_role)
        self.api = TasksApi(self, "Api", stage=stage, identity=identity, schema=schema, resolver=self.resolver.live)
        self.events = EventPath(
            self,
            "EventPath",
            stage=stage,
            code=code,
            table=self.table,
            api=self.api,
            graphql_url=graphql_url or self.api.graphql_url,
        )
        if stage.traffic_shift != ALL_AT_ONCE:
            Canary(
                self,
                "Canary",
                stage=stage,
                resolver=self.resolver,
                relay=self.events.relay,
                processor=self.events.processor,
            )
        outputs = {
            "GraphqlUrl": self.api.graphql_url,
            "ApiId": self.api.api.api_id,
            "ApiKey": self.api.newest_key,
            "UserPoolId": identity.user_pool.user_pool_id,
            "UserPoolClientId": identity.client.user_pool_client_id,
            "TableName": self.table.table_name,
            "TopicArn": self.events.topic.topic_arn,
            "QueueUrl": self.events.queue.queue_url,
            "DeadLetterQueueUrl": self.events.dead_letters.queue_url,
            "UndeliveredQueueUrl": self.events.undelivered.queue_url,
            "UnrelayedQueueUrl": self.events.unrelayed.queue_url,
            "ResolverFunctionName": self.resolver.function_name,
            "RelayFunctionName": self.events.relay.function_name,
            "ProcessorFunctionName": self.events.processor.function_name,
        }
        for name, value in outputs.items():
            if value is not None:
                CfnOutput(self, name, value=value)
