"""The event path: stream, relay, topic, queue and processor, with a queue for each kind of undeliverable event."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.api import TasksApi
from cdk.function import TasksFunction
from cdk.stages import Stage
from cdk.table import TasksTable

PROCESSOR_TIMEOUT = Duration.seconds(30)  # a batch has ten concurrent messages, each with two calls
RELAY_TIMEOUT = Duration.seconds(30)  # a batch of 100 records makes ten calls
VISIBILITY_TIMEOUT = Duration.seconds(180)  # 6 times the timeout (Lambda Developer Guide, "Using Lambda with SQS")
# With one delivery per visibility timeout, half an hour of failures of AppSync or DynamoDB needs no operator.
DELIVERIES = 10
DEAD_LETTERS_KEPT = Duration.days(14)


class EventPath(Construct):
    """The event path, which exposes `topic`, `queue`, `relay`, `processor` and three queues that are normally empty.

    `dead_letters` holds changes that the processor could not process. `undelivered` holds changes that the topic could
    not deliver to the queue. `unrelayed` holds stream records that the relay cannot read, and the stream positions of
    records that Lambda stopped retrying.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        table: TasksTable,
        api: TasksApi,
        graphql_url: str,
    ) -> None:
        super().__init__(scope, construct_id)
        # The topic uses the key that AWS manages for SNS, whose policy lets every principal of the account use it
        # through SNS.
        self.topic = sns.Topic(
            self, "Events", enforce_ssl=True, master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns")
        )
        self.dead_letters = self._queue("DeadLetters", retention_period=DEAD_LETTERS_KEPT)
        self.undelivered = self._queue("UndeliveredEvents", retention_period=DEAD_LETTERS_KEPT)
        self.unrelayed = self._queue("UnrelayedRecords", retention_period=DEAD_LETTERS_KEPT)
        for queue in (self.undelivered, self.unrelayed):
            acknowledge(queue, "SQS3", "The queue is itself the dead-letter queue of a subscription or a mapping.")
        self.queue = self._queue(
            "Queue",
            visibility_timeout=VISIBILITY_TIMEOUT,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=DELIVERIES),
        )
        # SNS drops a message that it could not deliver for 23 days, unless the subscription has a dead-letter queue.
        self.topic.add_subscription(
            subscriptions.SqsSubscription(
                self.queue,
                raw_message_delivery=True,
                dead_letter_queue=self.undelivered,
            )
        )
        self.relay = self._relay(stage, code, table)
        self.processor = self._processor(stage, code, table, api, graphql_url)

    def _relay(self, stage: Stage, code: lambda_.Code, table: TasksTable) -> TasksFunction:
        relay = TasksFunction(
            self,
            "Relay",
            stage=stage,
            code=code,
            handler="processor.relay_handler.handler",
            service="relay",
            environment={"TOPIC_ARN": self.topic.topic_arn, "UNRELAYED_QUEUE_URL": self.unrelayed.queue_url},
            timeout=RELAY_TIMEOUT,
        )
        # Below, Lambda also sends to this queue with the same role.
        relay.add_to_role_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.unrelayed.queue_arn]))
        relay.add_to_role_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]))
        relay.live.add_event_source(
            sources.DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=100,
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

    def _processor(
        self, stage: Stage, code: lambda_.Code, table: TasksTable, api: TasksApi, graphql_url: str
    ) -> TasksFunction:
        processor = TasksFunction(
            self,
            "Processor",
            stage=stage,
            code=code,
            handler="processor.consumer_handler.handler",
            service="processor",
            environment={"TABLE_NAME": table.table_name, "GRAPHQL_URL": graphql_url},
            timeout=PROCESSOR_TIMEOUT,
        )
        table.grant_projections(processor.own_role)
        api.grant_publish(processor)
        processor.live.add_event_source(
            sources.SqsEventSource(
                self.queue, batch_size=10, max_concurrency=stage.processor_concurrency, report_batch_item_failures=True
            )
        )
        return processor

    def _queue(
        self,
        construct_id: str,
        *,
        visibility_timeout: Duration | None = None,
        retention_period: Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility_timeout,
            retention_period=retention_period,
            dead_letter_queue=dead_letter_queue,
        )
