"""The dashboard and the alarms for operators. docs/alarms.md says what to do about each alarm (cdk/runbook.py)."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
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
    NoopAlarmActionStrategy,
    ThrottledEventsThreshold,
)
from constructs import Construct

from adapters.indexes import INDEXES
from cdk.consumer import Consumer, Worker
from cdk.failure_alarms import FailureAlarms
from cdk.fields import LAMBDA_FIELDS
from cdk.firewall import Firewall
from cdk.heartbeat import Heartbeat
from cdk.metrics import MINUTE, count_of
from cdk.objectives import BurnRates, Objective
from cdk.refusal_alarms import RefusalAlarms
from cdk.runbook import description
from cdk.severities import Severities
from cdk.stack import TasksStack
from cdk.stages import Stage
from domain.errors import DomainError

# A failure raises an alarm after one minute. Slowness and throttles, which retries overcome, raise an alarm when they
# occur in three of five minutes.
SUSTAINED, WATCHED = 3, 5
_OF_DELIVERIES = ("DeliveriesSucceeded", "DeliveriesRefused", "DeliveriesGivenUp", "DeliveriesWaiting")
_OUTCOMES = ("ChangesProcessed", "DuplicateChanges", "ChangesGivenBack")  # of a consumer, without failures


class Monitoring(Construct):
    """A dashboard, alarms, and who is told of them: `severities`.

    The alarms themselves notify nobody. Each is part of one composite alarm, which does (cdk/severities.py).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        alarm_email: str | None,
        documents: str,
        product: TasksStack,
        firewall: Firewall,
    ) -> None:
        super().__init__(scope, construct_id)
        self.severities = Severities(self, "Severities", stage=stage, alarm_email=alarm_email, documents=documents)
        self._prefix = f"tasks-{stage.name}"
        self._facade = MonitoringFacade(
            self,
            f"Tasks-{stage.name}",
            alarm_factory_defaults=AlarmFactoryDefaults(
                actions_enabled=True,
                alarm_name_prefix=self._prefix,
                action=NoopAlarmActionStrategy(),
                datapoints_to_alarm=1,
                evaluation_periods=1,
            ),
            metric_factory_defaults=MetricFactoryDefaults(period=MINUTE),
        )
        self._failures = FailureAlarms(self, "Failures", stage=stage, table=product.table, workers=product.workers)
        self._refusals = RefusalAlarms(
            self,
            "Refusals",
            stage=stage,
            api=product.api.api,
            user_pool=product.identity.user_pool,
            client=product.identity.client,
            table=product.table,
            outbox=product.outbox,
            web_acl=firewall.name,
        )
        self._objectives = {
            objective.name: BurnRates(self, objective.name, stage=stage, objective=objective)
            for objective in objectives_of(stage, product)
        }
        self._heartbeat = (
            Heartbeat(
                self,
                "Heartbeat",
                stage=stage,
                api=product.api.api,
                topics=self.severities.topics if alarm_email else (),
            )
            if stage.heartbeat
            else None
        )
        self._api(product, firewall)
        self._table(product)
        self._function("Resolver", product.resolver)
        self._function("Reminders", product.reminders.function)
        self._function("Relay", product.outbox.relay, reads_a_stream=True)
        self._must_be_empty("Unrelayed", product.outbox.unrelayed)
        for worker in product.workers:
            self._worker(worker)
        if product.mail:
            self._function("Unsubscribe", product.mail.unsubscribe)
            self._function("MailFeedback", product.mail.feedback)
            self._must_be_empty("MailFeedback-Lost", product.mail.lost_feedback)
        self._business(stage, product)
        self._page()
        self._tickets(product)
        self._failed_deployments(stage)
        self._describe(documents)

    def _page(self) -> None:
        beats = self._heartbeat.paths if self._heartbeat else {}
        relay_age = self._all_alarms()["Relay-Iterator-Age-Max"]
        for name, objective, others, means in (
            ("Requests", "Availability", ["Request"], "Requests of users fail."),
            ("Events", "Freshness", ["Event"], "Changes reach neither history nor statistics nor subscribers in time."),
            ("LiveUpdates", "Delivery", ["Live"], "Subscribers do not hear of changes."),
        ):
            rules: list[cloudwatch.IAlarmRule] = [self._objectives[objective].fast]
            rules += [beats[path] for path in others if path in beats]
            rules += [relay_age] if name == "Events" else []
            self.severities.add_page(name, rules, means)

    def _tickets(self, product: TasksStack) -> None:
        alarms = self._all_alarms()
        slow = {f"{name}-Burn-6h": rates.slow for name, rates in self._objectives.items()}
        event_path = (
            "Relay",
            "Records",
            "Reminders",
            "Unrelayed",
            "Topic",
            "Unsubscribe",
            "MailFeedback",
            *(worker.name for worker in product.workers),
        )
        kinds: Mapping[str, tuple[tuple[str, ...], str]] = {
            "Requests": (("Api", "Internal", "Resolver", "Availability", "SignIn"), "Some requests fail or are slow."),
            "Events": ((*event_path, "Freshness", "Delivery"), "Some changes are late or were given up."),
            "Table": (("Table",), "DynamoDB refuses or fails."),
            "Use": (
                ("Usage", "Firewall", "Account", "Address"),
                "Use is other than planned, or an alarm's address is not confirmed.",
            ),
        }
        notified = {"Relay-Iterator-Age-Max"}
        for kind, (first_words, means) in kinds.items():
            of_kind = {
                name: alarm
                for name, alarm in {**alarms, **slow}.items()
                if name.partition("-")[0].startswith(first_words) and name not in notified and not _is_of_a_page(name)
            }
            notified |= set(of_kind)
            self.severities.add_ticket(kind, of_kind.values(), means)
        if forgotten := {name for name in alarms if name not in notified and not _is_of_a_page(name)}:
            raise ValueError(f"nobody is notified of {', '.join(sorted(forgotten))}")

    def _describe(self, documents: str) -> None:
        for alarm in self.node.find_all():
            if isinstance(alarm, cloudwatch.CfnAlarm) and alarm.alarm_name:
                name = alarm.alarm_name.removeprefix(f"{self._prefix}-").removesuffix("-Warning")
                alarm.alarm_description = description(name, documents)

    def _all_alarms(self) -> Mapping[str, cloudwatch.IAlarmRule]:
        """Returns the alarms by their names in the runbook."""
        of_library = {
            created.alarm_name.removeprefix(f"{self._prefix}-").removesuffix("-Warning"): created.alarm
            for created in self._facade.created_alarms()
        }
        addresses = self._heartbeat.addresses if self._heartbeat else {}
        return {**of_library, **self._failures.alarms, **self._refusals.alarms, **self._refusals.usage, **addresses}

    def _failed_deployments(self, stage: Stage) -> None:
        stacks = Stack.of(self).format_arn(service="cloudformation", resource="stack", resource_name=stage.stack)
        rule = events.Rule(
            self,
            "FailedDeployments",
            description="A deployment was rolled back or failed",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                resources=events.Match.prefix(stacks),
                detail={
                    "status-details": {
                        "status": events.Match.any_of(
                            events.Match.suffix("ROLLBACK_COMPLETE"), events.Match.suffix("FAILED")
                        )
                    }
                },
            ),
        )
        rule.add_target(targets.SnsTopic(self.severities.ticket))

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

    def _worker(self, worker: Worker) -> None:
        self._function(worker.name, worker.function)
        self._facade.monitor_sqs_queue_with_dlq(
            queue=worker.queue,
            dead_letter_queue=worker.dead_letters,
            alarm_friendly_name=worker.name,
            add_queue_max_message_age_alarm={"Warning": MaxMessageAgeThreshold(max_age_in_seconds=worker.oldest)},
            add_dead_letter_queue_max_size_alarm={"Warning": MaxMessageCountThreshold(max_message_count=0)},
        )
        if isinstance(worker, Consumer):
            self._must_be_empty(f"{worker.name}-Undelivered", worker.undelivered)

    def _must_be_empty(self, name: str, queue: sqs.IQueue) -> None:
        self._facade.monitor_sqs_queue(
            queue=queue,
            alarm_friendly_name=name,
            add_queue_max_size_alarm={"Warning": MaxMessageCountThreshold(max_message_count=0)},
        )

    def _business(self, stage: Stage, product: TasksStack) -> None:
        def count(name: str, service: str, label: str | None = None) -> cloudwatch.Metric:
            return count_of(stage, name, service, label=label, period=Duration.minutes(5))

        refusals = sorted(kind.error_type for kind in DomainError.__subclasses__())
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
                CustomMetricGroup(
                    title="Webhooks",
                    metrics=[count(name, "deliveries") for name in (*_OF_DELIVERIES, "DeliveriesFailed")],
                ),
                CustomMetricGroup(title="Relay", metrics=[count("RecordsParked", "relay", "parked")]),
                CustomMetricGroup(
                    title="Reminders",
                    metrics=[
                        count(f"Reminders{what}", "reminders") for what in ("Sent", "Overtaken", "Left", "Contended")
                    ],
                ),
                *(
                    CustomMetricGroup(
                        title=consumer.name,
                        metrics=[count(name, consumer.service) for name in (*_OUTCOMES, *_failures(consumer))],
                    )
                    for consumer in product.consumers
                ),
                CustomMetricGroup(
                    title="People",
                    metrics=[
                        self._sign_ins(product),
                        count("MutationcreateTask", "resolver", "tasks created"),
                        count("MutationcompleteTask", "resolver", "tasks completed"),
                    ],
                ),
                *(
                    [CustomMetricGroup(title="Delays of a change (ms)", metrics=self._heartbeat.delays)]
                    if self._heartbeat
                    else []
                ),
                CustomMetricGroup(title="Failures", metrics=list(self._failures.metrics.values())),
            ],
        )

    def _sign_ins(self, product: TasksStack) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/Cognito",
            metric_name="SignInSuccesses",
            dimensions_map={
                "UserPool": product.identity.user_pool.user_pool_id,
                "UserPoolClient": product.identity.client.user_pool_client_id,
            },
            statistic=cloudwatch.Stats.SUM,
            period=Duration.minutes(5),
            label="sign-ins",
        )


def objectives_of(stage: Stage, product: TasksStack) -> Sequence[Objective]:
    """Returns the objectives of a month.

    99.9% of requests are answered, 99% of changes are recorded within 5 s, and 99% are published.
    """
    api = {"GraphQLAPIId": product.api.api.api_id}

    def of_api(name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(namespace="AWS/AppSync", metric_name=name, dimensions_map=api, statistic=statistic)

    received = count_of(stage, "MessagesReceived", "processor")
    return (
        Objective(
            "Availability",
            0.1,
            {
                "faults": of_api("5XXError", cloudwatch.Stats.SUM),
                "internal": count_of(stage, "Failed", "resolver"),
                "throttled": count_of(stage, "Throttled", "resolver"),
            },
            of_api("Latency", cloudwatch.Stats.SAMPLE_COUNT),
        ),
        Objective(
            "Freshness",
            1,
            {
                name.lower(): count_of(stage, name, "processor")
                for name in ("ChangesLate", "ChangesFailed", "ChangesContended", "UnreadableMessages")
            },
            received,
        ),
        Objective(
            "Delivery",
            1,
            {
                name.lower(): count_of(stage, name, "processor")
                for name in ("LiveUpdatesFailed", "LiveUpdatesRefused", "LiveUpdatesThrottled")
            },
            received,
        ),
    )


def _failures(consumer: Consumer) -> Sequence[str]:
    """Returns the metrics of a consumer's failures, those that users cause too."""
    return [name for failure, of_users in consumer.failures.items() for name in (failure, *of_users)]


def _is_of_a_page(name: str) -> bool:
    return name.endswith(("-Burn-5m", "-Burn-1h"))
