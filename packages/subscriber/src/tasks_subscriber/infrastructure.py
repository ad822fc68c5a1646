"""The CDK construct of a subscriber: a queue with its dead letters, the subscription, its filter and the alarms."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Arn, ArnFormat, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

RETENTION = Duration.days(14)  # the maximum of SQS, so that a weekend and a repair lose nothing
ERASURE = "UserErased"


class TasksSubscription(Construct):
    """A queue that receives the changes of the Tasks API, also from another account of the same region.

    It exposes `queue`, which a Lambda or a worker reads, `dead_letters` with the messages that the reader could not
    apply, `undelivered` with those that SNS could not deliver, and `alarms`.

    `topic_arn` is the output `TopicArn` of the Tasks API's stack. `event_types` and `statuses` choose changes; without
    them, every change arrives. Erasures always arrive, because each subscriber must follow them. `visibility_timeout`
    must be at least six times the timeout of a Lambda that reads the queue. `alarm_topic` is notified of alarms.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic_arn: str,
        event_types: Sequence[str] = (),
        statuses: Sequence[str] = (),
        visibility_timeout: Duration | None = None,
        deliveries: int = 10,
        oldest_message: Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        arn = Arn.split(topic_arn, ArnFormat.NO_RESOURCE_NAME)
        self.dead_letters = self._queue("DeadLetters")
        self.undelivered = self._queue("Undelivered")
        self.queue = self._queue(
            "Queue",
            visibility_timeout=visibility_timeout or Duration.minutes(3),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=deliveries),
        )
        topic = sns.Topic.from_topic_arn(self, "Topic", topic_arn)
        topic.add_subscription(
            subscriptions.SqsSubscription(
                self.queue,
                raw_message_delivery=True,
                dead_letter_queue=self.undelivered,
                filter_policy=_filter(event_types, statuses),
            )
        )
        self.alarms = self._alarms(oldest_message or Duration.hours(1))
        if alarm_topic:
            for alarm in self.alarms:
                alarm.add_alarm_action(actions.SnsAction(alarm_topic))
        if arn.region != Stack.of(self).region and "${Token" not in f"{arn.region}{Stack.of(self).region}":
            raise ValueError("the queue must be in the topic's region")

    def _queue(self, construct_id: str, **options: Any) -> sqs.Queue:  # noqa: ANN401 - the properties of a queue
        return sqs.Queue(
            self,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,  # no key whose policy would have to admit SNS
            enforce_ssl=True,
            retention_period=RETENTION,
            **options,
        )

    def _alarms(self, oldest_message: Duration) -> Sequence[cloudwatch.Alarm]:
        letters = [
            queue.metric_approximate_number_of_messages_visible(period=Duration.minutes(1)).create_alarm(
                self,
                f"{name}Alarm",
                threshold=1,
                evaluation_periods=1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
                alarm_description=f"Changes of tasks wait in {name}: remove the reason, then move them back.",
            )
            for name, queue in (("DeadLetters", self.dead_letters), ("Undelivered", self.undelivered))
        ]
        age = self.queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5)).create_alarm(
            self,
            "BehindAlarm",
            threshold=oldest_message.to_seconds(),
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description="The reader of the changes of tasks is behind or stopped.",
        )
        return [*letters, age]


def _filter(event_types: Sequence[str], statuses: Sequence[str]) -> dict[str, sns.SubscriptionFilter] | None:
    """Returns the filter policy. Conditions of one attribute are alternatives, and all attributes must match."""
    policy: dict[str, sns.SubscriptionFilter] = {}
    if event_types:
        chosen = [*event_types, *([] if ERASURE in event_types else [ERASURE])]
        policy["eventTypes"] = sns.SubscriptionFilter.string_filter(allowlist=chosen)
    if statuses:
        policy["status"] = sns.SubscriptionFilter([*statuses, {"exists": False}])  # an erasure has no status
    return policy or None
