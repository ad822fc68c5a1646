"""Says who is told of which alarms: a person at once (page), a person this week (ticket).

One composite alarm stands for each kind of trouble, so that one cause is one message instead of thirty.
"""

from collections.abc import Iterable, Sequence

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cdk.runbook import RUNBOOK
from cdk.stages import Stage

# Services of this account that report to the topics: alarms, budgets, and failed deployments by EventBridge.
_REPORTERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com", "costalerts.amazonaws.com")


class Severities(Construct):
    """The topics `page` and `ticket` and the composite alarms that notify them."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, alarm_email: str | None, documents: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._documents = stage, documents
        self.page = self._topic("Page", alarm_email)
        self.ticket = self._topic("Ticket", alarm_email)
        self.topics = (self.page, self.ticket)

    def add_page(self, name: str, rules: Sequence[cloudwatch.IAlarmRule], means: str) -> None:
        """Tell a person at once when one of the rules is true."""
        self._composite(f"Page-{name}", rules, means, self.page)

    def add_ticket(self, name: str, alarms: Iterable[cloudwatch.IAlarmRule], means: str) -> None:
        """Tell a person of this week when one of the alarms is raised."""
        self._composite(f"Ticket-{name}", list(alarms), means, self.ticket)

    def _composite(self, name: str, rules: Sequence[cloudwatch.IAlarmRule], means: str, topic: sns.ITopic) -> None:
        alarm = cloudwatch.CompositeAlarm(
            self,
            name,
            composite_alarm_name=f"tasks-{self._stage.name}-{name}",
            alarm_description=f"{means} {self._documents}{RUNBOOK}#what-each-alarm-means",
            alarm_rule=cloudwatch.AlarmRule.any_of(*rules),
        )
        alarm.add_alarm_action(actions.SnsAction(topic))
        alarm.add_ok_action(actions.SnsAction(topic))

    def _topic(self, name: str, alarm_email: str | None) -> sns.Topic:
        topic = sns.Topic(self, name, enforce_ssl=True)
        # The policy that refuses plain HTTP replaces SNS's default policy, which would let alarms publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ReportersOfThisAccount",
                principals=[iam.ServicePrincipal(service) for service in _REPORTERS],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        if alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(alarm_email))
        return topic
