"""The outbox: the table's stream, the relay and the topic to which the relay publishes each change."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.function import TasksFunction
from cdk.queues import kept_queue
from cdk.shared_parts import SharedParts

BATCH_SIZE = 100  # records
RELAY_TIMEOUT = Duration.seconds(30)  # a batch makes ten calls
FAILURES = ("RecordsFailed",)  # the failures that the relay counts (processor/relay.py)


class Outbox(Construct):
    """The way of a change from the table to the topic, which exposes `topic`, `relay` and `unrelayed`.

    Each consumer of the topic is a `Consumer` (cdk/consumer.py). The queue `unrelayed`, which is normally empty, holds
    stream records that the relay cannot read, and the stream positions of records that Lambda stopped retrying.
    """

    def __init__(self, scope: Construct, construct_id: str, parts: SharedParts) -> None:
        super().__init__(scope, construct_id)
        # The topic uses the key that AWS manages for SNS, whose policy lets every principal of the account use it
        # through SNS.
        self.topic = sns.Topic(
            self,
            "Topic",
            enforce_ssl=True,
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            # The topic passes the trace of a publication on to the queues, so that X-Ray shows the way as one trace
            # (SNS Developer Guide, "Active tracing in Amazon SNS").
            tracing_config=sns.TracingConfig.ACTIVE,
        )
        for account in parts.stage.subscriber_accounts:
            self._admit(account)
        self.unrelayed = kept_queue(self, "Unrelayed")
        acknowledge(self.unrelayed, "SQS3", "The queue is itself the dead-letter queue of a mapping.")
        self.relay = self._relay(parts)
        parts.shift("Relay", self.relay, FAILURES, recorded="relay.json")

    def _admit(self, account: str) -> None:
        """Let another account subscribe its queues. In the topic's own account, identities' policies decide."""
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"Subscriber{account}",
                principals=[iam.AccountPrincipal(account)],
                actions=["sns:Subscribe"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"sns:Protocol": "sqs"}},
            )
        )

    def _relay(self, parts: SharedParts) -> TasksFunction:
        relay = TasksFunction(
            self,
            "Relay",
            stage=parts.stage,
            code=parts.code,
            handler="processor.relay_handler.handler",
            service="relay",
            environment={
                "TOPIC_ARN": self.topic.topic_arn,
                "UNRELAYED_QUEUE_URL": self.unrelayed.queue_url,
                "TABLE_NAME": parts.table.table_name,
            },
            timeout=RELAY_TIMEOUT,
        )
        # Below, Lambda also sends to this queue with the same role.
        relay.add_to_role_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.unrelayed.queue_arn]))
        relay.add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]))
        parts.table.grant_webhook_owners(relay.own_role)
        relay.live.add_event_source(
            sources.DynamoEventSource(
                parts.table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=BATCH_SIZE,
                parallelization_factor=1,
                report_batch_item_failures=True,
                # Retries are unlimited, so that an outage of SNS for hours loses nothing. A record that is given up
                # after 12 hours can be replayed during the rest of the stream's 24 hours; the queue holds only its
                # position (shard, sequence numbers).
                max_record_age=Duration.hours(12),
                on_failure=sources.SqsDlq(self.unrelayed),
                filters=[
                    lambda_.FilterCriteria.filter(
                        {"dynamodb": {"NewImage": {"OutboxId": {"S": lambda_.FilterRule.exists()}}}}
                    )
                ],
            )
        )
        return relay
