"""The stack of the product."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.api import TasksApi
from cdk.canary import Canary, move_before
from cdk.consumer import Consumer, Worker
from cdk.function import TasksFunction
from cdk.identity import Identity
from cdk.mail import MailService, changes_to_mail
from cdk.outbox import Outbox
from cdk.reminders import ReminderSweep
from cdk.shared_parts import SharedParts
from cdk.stages import ALL_AT_ONCE, Stage
from cdk.table import TasksTable
from cdk.webhooks import WITHOUT_WEBHOOKS, Webhooks

MAILERS = 2  # concurrent invocations, the minimum of a queue: SES sends 14 mails a second, in its sandbox one


class TasksStack(Stack):
    """The product in one stage. The stack exposes `table`, `identity`, `resolver`, `api`, `outbox`, `reminders`,
    `webhooks`, `mail` (None in a stage without `mail_from`) and `consumers`.

    `schema` is the SDL to deploy. `graphql_url` replaces the URL to which live updates are published; the local
    gateway, which stands in for AppSync, needs this. `apis_url` replaces the beginning of API Gateway's URLs. With
    `loopback_authority`, webhooks may name servers of this machine, whose certificates are of the authority in this
    file.
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
        apis_url: str | None = None,
        loopback_authority: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Tasks API, stage {stage.name}",
            termination_protection=stage.keeps_data,
        )
        canary = Canary(self, "Canary", stage=stage) if stage.traffic_shift != ALL_AT_ONCE else None
        self.table = TasksTable(self, "Table", stage=stage)
        self._parts = parts = SharedParts(stage, code, self.table, canary)
        self.identity = identity = Identity(self, "Identity", stage=stage)
        self.webhooks = Webhooks(self, "WebhookDelivery", parts, loopback_authority=loopback_authority)
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
                "CHANGES_PER_MINUTE": str(stage.changes_per_minute),
                **self.webhooks.environment,
                "CHANGES_PER_DAY": str(stage.changes_per_day),
                "READS_PER_DAY": str(stage.reads_per_day),
                "SUBSCRIPTIONS_PER_DAY": str(stage.subscriptions_per_day),
            },
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if stage.snap_start else None,
            reserved_concurrency=stage.resolver_concurrency,
        )
        self.table.grant_requests(self.resolver.own_role)
        self.webhooks.grant_secrets(self.resolver.own_role)
        self.webhooks.grant_deliveries(self.resolver.own_role)
        self.api = TasksApi(self, "Api", stage=stage, identity=identity, schema=schema, resolver=self.resolver.live)
        parts.shift("Resolver", self.resolver, ["Failed"], recorded="resolver.json")
        self.outbox = Outbox(self, "Outbox", parts)
        # A change goes from the resolver to the relay to the consumers. Code that reads takes over before code that
        # writes what it reads (docs/decisions/0020-order-of-a-deployment.md).
        move_before(self.outbox.relay, self.resolver)
        self.consumers: list[Consumer] = []
        processor = self.add_consumer(
            "Processor",
            handler="processor.consumer_handler.handler",
            environment={
                "TABLE_NAME": self.table.table_name,
                "GRAPHQL_URL": graphql_url or self.api.graphql_url,
                "PUBLISHES_ALWAYS": "true" if stage.publishes_always else "false",
            },
            concurrency=stage.processor_concurrency,
            failures={"LiveUpdatesFailed": ("LiveUpdatesRefused", "LiveUpdatesThrottled")},
        )
        self.reminders = ReminderSweep(self, "Reminders", parts)
        # The sweep writes what the relay and the consumers read, as the resolver does.
        move_before(self.outbox.relay, self.reminders.function)
        self.table.grant_projections(processor.function.own_role)
        fan_out = self.add_consumer(
            "Webhooks",
            handler="webhooks.fan_out_handler.handler",
            environment={
                "TABLE_NAME": self.table.table_name,
                "DELIVERY_QUEUE_URL": self.webhooks.deliveries.queue.queue_url,
            },
            concurrency=stage.webhook_concurrency,
            filter_policy=WITHOUT_WEBHOOKS,
        )
        self.table.grant_reads_of_webhooks(fan_out.function.own_role)
        self.webhooks.grant_deliveries(fan_out.function.own_role)
        move_before(self.webhooks.deliveries.function, fan_out.function, self.resolver)
        self.api.grant_publish(processor.function)
        self.mail = self._add_mail(apis_url) if stage.mail_from else None
        outputs = {
            "GraphqlUrl": graphql_url or self.api.graphql_url,
            "ApiId": self.api.api.api_id,
            "UserPoolId": identity.user_pool.user_pool_id,
            "UserPoolClientId": identity.client.user_pool_client_id,
            "TableName": self.table.table_name,
            "TopicArn": self.outbox.topic.topic_arn,
            "QueueUrl": processor.queue.queue_url,
            "DeadLetterQueueUrl": processor.dead_letters.queue_url,
            "UndeliveredQueueUrl": processor.undelivered.queue_url,
            "UnrelayedQueueUrl": self.outbox.unrelayed.queue_url,
            "ResolverFunctionName": self.resolver.function_name,
            "RelayFunctionName": self.outbox.relay.function_name,
            "ProcessorFunctionName": processor.function.function_name,
            "RemindersFunctionName": self.reminders.function.function_name,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    @property
    def workers(self) -> Sequence[Worker]:
        """The consumers and the Lambda that delivers to webhooks."""
        return [*self.consumers, self.webhooks.deliveries]

    def _add_mail(self, apis_url: str | None) -> MailService:
        mail = MailService(self, "Mail", self._parts, user_pool=self.identity.user_pool, apis_url=apis_url)
        mailer = self.add_consumer(
            "Mailer",
            handler="processor.mail_handler.handler",
            environment=mail.environment,
            concurrency=MAILERS,
            filter_policy=changes_to_mail(),
        )
        mail.grant_sending(mailer.function.own_role)
        return mail

    def add_consumer(
        self,
        name: str,
        *,
        handler: str,
        environment: Mapping[str, str],
        concurrency: int,
        failures: Mapping[str, Sequence[str]] = MappingProxyType({}),
        filter_policy: Mapping[str, sns.SubscriptionFilter] | None = None,
    ) -> Consumer:
        """Returns a new consumer of every change that the filter admits (cdk/consumer.py).

        The operations stack then monitors it.
        """
        consumer = Consumer(
            self,
            name,
            self._parts,
            topic=self.outbox.topic,
            handler=handler,
            environment=environment,
            concurrency=concurrency,
            failures=failures,
            filter_policy=filter_policy,
        )
        move_before(consumer.function, self.outbox.relay)
        self.consumers.append(consumer)
        return consumer
