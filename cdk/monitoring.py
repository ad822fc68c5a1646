"""The dashboard and the alarms for operators. docs/runbook.md explains each alarm and what to do about it."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from cdk_monitoring_constructs import (
    AlarmFactoryDefaults,
    CustomMetricGroup,
    ErrorCountThreshold,
    LatencyThreshold,
    MaxAgeThreshold,
    MaxMessageAgeThreshold,
    MaxMessageCountThreshold,
    MetricFactoryDefaults,
    MonitoringFacade,
    SnsAlarmActionStrategy,
    ThrottledEventsThreshold,
)
from constructs import Construct

from adapters.indexes import INDEXES
from cdk.consumer import Consumer
from cdk.failure_alarms import FailureAlarms
from cdk.fields import LAMBDA_FIELDS
from cdk.firewall import Firewall
from cdk.metrics import MINUTE, count_of
from cdk.stack import TasksStack
from cdk.stages import Stage
from domain.errors import DomainError

RUNBOOK = "docs/runbook.md"
# A failure raises an alarm after one minute. Slowness and throttles, which retries overcome, raise an alarm when they
# occur in three of five minutes.
SUSTAINED, WATCHED = 3, 5


class Monitoring(Construct):
    """A dashboard and alarms, which notify the topic `alarms`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        alarm_email: str | None,
        product: TasksStack,
        firewall: Firewall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.alarms = self._topic(alarm_email)
        self._facade = MonitoringFacade(
            self,
            f"Tasks-{stage.name}",
            alarm_factory_defaults=AlarmFactoryDefaults(
                actions_enabled=True,
                alarm_name_prefix=f"tasks-{stage.name}",
                action=SnsAlarmActionStrategy(on_alarm_topic=self.alarms, on_ok_topic=self.alarms),
                runbook_link=RUNBOOK,
                datapoints_to_alarm=1,
                evaluation_periods=1,
            ),
            metric_factory_defaults=MetricFactoryDefaults(period=MINUTE),
        )
        self._failures = FailureAlarms(
            self,
            "Failures",
            stage=stage,
            table=product.table,
            consumers=product.consumers,
            topic=self.alarms,
            runbook=RUNBOOK,
        )
        self._api(product, firewall)
        self._table(product)
        self._function("Resolver", product.resolver)
        self._function("Relay", product.outbox.relay, reads_a_stream=True)
        self._must_be_empty("Unrelayed", product.outbox.unrelayed)
        for consumer in product.consumers:
            self._consumer(consumer)
        self._business(stage, product.consumers)

    def _topic(self, alarm_email: str | None) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        # The policy that refuses plain HTTP replaces SNS's default policy, which would let alarms publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
        return topic

    def _api(self, product: TasksStack, firewall: Firewall) -> None:
        self._facade.monitor_app_sync_api(
            api=product.api.api,
            alarm_friendly_name="Api",
            add5_xx_fault_count_alarm={"Warning": ErrorCountThreshold(max_error_count=0)},
            add_latency_p99_alarm={
                "Warning": LatencyThreshold(
                    max_latency=Duration.seconds(3), datapoints_to_alarm=SUSTAINED, evaluation_periods=WATCHED
                )
            },
        )
        self._facade.monitor_web_application_firewall_acl_v2(
            acl=firewall.web_acl, region=Stack.of(self).region, alarm_friendly_name="Firewall"
        )

    def _table(self, product: TasksStack) -> None:
        throttled = {
            "Warning": ThrottledEventsThreshold(
                max_throttled_events_threshold=0, datapoints_to_alarm=SUSTAINED, evaluation_periods=WATCHED
            )
        }
        self._facade.monitor_dynamo_table(
            table=product.table,
            alarm_friendly_name="Table",
            add_read_throttled_events_count_alarm=throttled,
            add_write_throttled_events_count_alarm=throttled,
        )
        # A throttled index also throttles writes to the table.
        for index in INDEXES:
            self._facade.monitor_dynamo_table_global_secondary_index(
                table=product.table,
                global_secondary_index_name=index.name,
                alarm_friendly_name=f"Table-{index.name}",
                add_read_throttled_events_count_alarm=throttled,
                add_write_throttled_events_count_alarm=throttled,
            )

    def _function(self, name: str, function: lambda_.Function, *, reads_a_stream: bool = False) -> None:
        timeout = function.timeout or Duration.seconds(3)
        # An alarm is raised at four fifths of the timeout.
        slow = LatencyThreshold(
            max_latency=Duration.seconds(timeout.to_seconds() * 4 // 5),
            datapoints_to_alarm=SUSTAINED,
            evaluation_periods=WATCHED,
        )
        self._facade.monitor_lambda_function(
            lambda_function=function,
            alarm_friendly_name=name,
            add_fault_count_alarm={"Warning": ErrorCountThreshold(max_error_count=0)},
            add_throttles_count_alarm={
                "Warning": ErrorCountThreshold(
                    max_error_count=0, datapoints_to_alarm=SUSTAINED, evaluation_periods=WATCHED
                )
            },
            add_max_latency_alarm={"Warning": slow},
            add_max_iterator_age_alarm=(
                {"Warning": MaxAgeThreshold(max_age_in_millis=60_000)} if reads_a_stream else None
            ),
        )

    def _consumer(self, consumer: Consumer) -> None:
        self._function(consumer.name, consumer.function)
        self._facade.monitor_sqs_queue_with_dlq(
            queue=consumer.queue,
            dead_letter_queue=consumer.dead_letters,
            alarm_friendly_name=consumer.name,
            add_queue_max_message_age_alarm={"Warning": MaxMessageAgeThreshold(max_age_in_seconds=300)},
            add_dead_letter_queue_max_size_alarm={"Warning": MaxMessageCountThreshold(max_message_count=0)},
        )
        self._must_be_empty(f"{consumer.name}-Undelivered", consumer.undelivered)

    def _must_be_empty(self, name: str, queue: sqs.IQueue) -> None:
        self._facade.monitor_sqs_queue(
            queue=queue,
            alarm_friendly_name=name,
            add_queue_max_size_alarm={"Warning": MaxMessageCountThreshold(max_message_count=0)},
        )

    def _business(self, stage: Stage, consumers: Sequence[Consumer]) -> None:
        def count(name: str, service: str, label: str | None = None) -> cloudwatch.Metric:
            return count_of(stage, name, service, label=label, period=Duration.minutes(5))

        refusals = sorted(kind.code for kind in DomainError.__subclasses__())
        self._facade.monitor_custom(
            alarm_friendly_name="Business",
            human_readable_name="Tasks",
            metric_groups=[
                CustomMetricGroup(
                    title="Changes",
                    metrics=[count(f"Mutation{field}", "resolver", field) for field in LAMBDA_FIELDS["Mutation"]],
                ),
                CustomMetricGroup(
                    title="Refusals", metrics=[count(f"Refused{code}", "resolver", code) for code in refusals]
                ),
                CustomMetricGroup(title="Relay", metrics=[count("RecordsParked", "relay", "parked")]),
                *(
                    CustomMetricGroup(
                        title=consumer.name,
                        metrics=[
                            count(name, consumer.service)
                            for name in ("ChangesProcessed", "DuplicateChanges", "ChangesGivenBack", *consumer.failures)
                        ],
                    )
                    for consumer in consumers
                ),
                CustomMetricGroup(title="Failures", metrics=list(self._failures.metrics.values())),
            ],
        )
