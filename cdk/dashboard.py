"""The dashboard of the monitoring library, with the alarms that the library makes for each part of the product."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_wafv2 as wafv2
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
    NoopAlarmActionStrategy,
    ThrottledEventsThreshold,
)
from constructs import Construct

from adapters.indexes import INDEXES
from cdk.consumer import Consumer, Worker
from cdk.metrics import MINUTE

# A failure raises an alarm after one minute. Slowness and throttles, which retries overcome, raise an alarm when they
# occur in three of five minutes.
SUSTAINED, WATCHED = 3, 5


class Dashboard:
    """The dashboard `name`. The names of its alarms begin with `prefix`. The alarms themselves notify nobody."""

    def __init__(self, scope: Construct, name: str, prefix: str) -> None:
        self._facade = MonitoringFacade(
            scope,
            name,
            alarm_factory_defaults=AlarmFactoryDefaults(
                actions_enabled=True,
                alarm_name_prefix=prefix,
                action=NoopAlarmActionStrategy(),
                datapoints_to_alarm=1,
                evaluation_periods=1,
            ),
            metric_factory_defaults=MetricFactoryDefaults(period=MINUTE),
        )

    def alarms(self) -> Mapping[str, cloudwatch.AlarmBase]:
        """Returns the alarms by their full names."""
        return {created.alarm_name: created.alarm for created in self._facade.created_alarms()}

    def business(self, groups: Sequence[CustomMetricGroup]) -> None:
        """Show groups of metrics of the business, without alarms."""
        self._facade.monitor_custom(
            alarm_friendly_name="Business", human_readable_name="Tasks", metric_groups=list(groups)
        )

    def api(self, api: appsync.IGraphqlApi, web_acl: wafv2.CfnWebACL) -> None:
        """Show the API and its firewall. Faults of the API raise an alarm, and so does slowness."""
        self._facade.monitor_app_sync_api(
            api=api,
            alarm_friendly_name="Api",
            add5_xx_fault_count_alarm={"Warning": ErrorCountThreshold(max_error_count=0)},
            add_latency_p99_alarm={
                "Warning": LatencyThreshold(
                    max_latency=Duration.seconds(3), datapoints_to_alarm=SUSTAINED, evaluation_periods=WATCHED
                )
            },
        )
        self._facade.monitor_web_application_firewall_acl_v2(
            acl=web_acl, region=Stack.of(web_acl).region, alarm_friendly_name="Firewall"
        )

    def table(self, table: dynamodb.ITable) -> None:
        """Show the table and its indexes. Throttles raise an alarm."""
        throttled = {
            "Warning": ThrottledEventsThreshold(
                max_throttled_events_threshold=0, datapoints_to_alarm=SUSTAINED, evaluation_periods=WATCHED
            )
        }
        self._facade.monitor_dynamo_table(
            table=table,
            alarm_friendly_name="Table",
            add_read_throttled_events_count_alarm=throttled,
            add_write_throttled_events_count_alarm=throttled,
        )
        # A throttled index also throttles writes to the table.
        for index in INDEXES:
            self._facade.monitor_dynamo_table_global_secondary_index(
                table=table,
                global_secondary_index_name=index.name,
                alarm_friendly_name=f"Table-{index.name}",
                add_read_throttled_events_count_alarm=throttled,
                add_write_throttled_events_count_alarm=throttled,
            )

    def function(self, name: str, function: lambda_.Function, *, reads_a_stream: bool = False) -> None:
        """Show a Lambda. Faults, throttles and slowness raise an alarm, and old records of a stream."""
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

    def worker(self, worker: Worker) -> None:
        """Show a worker with its queues. An old message and a dead letter raise an alarm."""
        self.function(worker.name, worker.function)
        self._facade.monitor_sqs_queue_with_dlq(
            queue=worker.queue,
            dead_letter_queue=worker.dead_letters,
            alarm_friendly_name=worker.name,
            add_queue_max_message_age_alarm={"Warning": MaxMessageAgeThreshold(max_age_in_seconds=worker.oldest)},
            add_dead_letter_queue_max_size_alarm={"Warning": MaxMessageCountThreshold(max_message_count=0)},
        )
        if isinstance(worker, Consumer):
            self.must_be_empty(f"{worker.name}-Undelivered", worker.undelivered)

    def must_be_empty(self, name: str, queue: sqs.IQueue) -> None:
        """Show a queue in which any message raises an alarm."""
        self._facade.monitor_sqs_queue(
            queue=queue,
            alarm_friendly_name=name,
            add_queue_max_size_alarm={"Warning": MaxMessageCountThreshold(max_message_count=0)},
        )
