"""Webhooks: the master key of their secrets, the queue of deliveries, and the Lambda that delivers."""

from collections.abc import Mapping
from typing import cast

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.consumer import Worker
from cdk.shared_parts import SharedParts

# Seconds. A batch takes 10 for the messages of each webhook, one more attempt, and calls of AWS (webhooks/batches.py).
TIMEOUT = 60
# Seconds. A message that waits for its time is as old as SQS lets it wait, which is 900, when it becomes visible.
OLDEST = 1800

WITHOUT_WEBHOOKS: Mapping[str, sns.SubscriptionFilter] = {"webhooks": sns.SubscriptionFilter.not_exists_filter()}
"""The filter of the consumer: the relay marks the changes of owners without webhooks (adapters/sns_events.py)."""


class Webhooks(Construct):
    """What webhooks need besides the table and their consumer, which exposes `deliveries` and `environment`.

    `loopback_authority` is the path of a certificate that the Lambdas trust, for servers of this machine. Only the
    local stack has one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        parts: SharedParts,
        *,
        loopback_authority: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.master_key = secretsmanager.Secret(
            self,
            "MasterKey",
            description=f"The key from which the secrets of webhooks are derived, {parts.stage.name}",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.RETAIN if parts.stage.keeps_data else RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.master_key,
            "SMG4",
            "Another master key would replace the secret of every webhook at once; owners renew their own.",
        )
        secret = cast("secretsmanager.CfnSecret", self.master_key.node.default_child)
        # The attribute Id is the ARN, as Ref is on AWS. The embedded cloud's Ref is the name, which no policy can name.
        self._master_key_arn = secret.attr_id
        # On AWS, SendMessage allows SendMessageBatch (SQS API Reference). MiniStack 1.5 wants both.
        self._sending = ["sqs:SendMessage", *(["sqs:SendMessageBatch"] if loopback_authority else [])]
        loopback = {"LOOPBACK_AUTHORITY": loopback_authority} if loopback_authority else {}
        of_deliveries = {
            "TABLE_NAME": parts.table.table_name,
            "WEBHOOK_MASTER_KEY_ARN": self._master_key_arn,
            **loopback,
        }
        self.deliveries = Worker(
            self,
            "Deliveries",
            parts,
            handler="webhooks.delivery_handler.handler",
            environment=of_deliveries,
            concurrency=parts.stage.webhook_concurrency,
            failures={"DeliveriesFailed": ("DeliveriesContended",), "UnreadableDeliveries": ()},
            recorded="deliveries.json",
            timeout=TIMEOUT,
            oldest=OLDEST,
        )
        self.environment = {**of_deliveries, "DELIVERY_QUEUE_URL": self.deliveries.queue.queue_url}
        self.deliveries.function.add_environment("DELIVERY_QUEUE_URL", self.deliveries.queue.queue_url)
        role = self.deliveries.function.own_role
        parts.table.grant_webhooks(role)
        self.grant_secrets(role)
        self.grant_deliveries(role)
        outputs = {
            "DeliveriesQueueUrl": self.deliveries.queue.queue_url,
            "DeliveriesFailuresQueueUrl": self.deliveries.dead_letters.queue_url,
            "DeliveriesFunctionName": self.deliveries.function.function_name,
        }
        for name, value in outputs.items():
            CfnOutput(Stack.of(self), name, value=value)

    def grant_secrets(self, role: iam.IRole) -> None:
        """Allow reading the master key."""
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self._master_key_arn])
        )

    def grant_deliveries(self, role: iam.IRole) -> None:
        """Allow putting deliveries into their queue."""
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=self._sending, resources=[self.deliveries.queue.queue_arn])
        )
