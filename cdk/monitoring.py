"""The dashboard and the alarms for operators. docs/alarms.md says what to do about each alarm (cdk/runbook.py)."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from cdk_monitoring_constructs import CustomMetricGroup
from constructs import Construct

from cdk.business_metrics import business_groups
from cdk.dashboard import Dashboard
from cdk.failure_alarms import FailureAlarms
from cdk.firewall import Firewall
from cdk.heartbeat import Heartbeat
from cdk.objectives import BurnRates, objectives_of
from cdk.refusal_alarms import RefusalAlarms
from cdk.runbook import description
from cdk.severities import Severities
from cdk.stack import TasksStack
from cdk.stages import Stage


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
        self._dashboard = dashboard = Dashboard(self, f"Tasks-{stage.name}", self._prefix)
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
        dashboard.api(product.api.api, firewall.web_acl)
        dashboard.table(product.table)
        dashboard.function("Resolver", product.resolver)
        dashboard.function("Reminders", product.reminders.function)
        dashboard.function("Relay", product.outbox.relay, reads_a_stream=True)
        dashboard.must_be_empty("Unrelayed", product.outbox.unrelayed)
        for worker in product.workers:
            dashboard.worker(worker)
        if product.mail:
            dashboard.function("Unsubscribe", product.mail.unsubscribe)
            dashboard.function("MailFeedback", product.mail.feedback)
            dashboard.must_be_empty("MailFeedback-Lost", product.mail.lost_feedback)
        delays = self._heartbeat.delays if self._heartbeat else []
        dashboard.business(
            [
                *business_groups(stage, product),
                *([CustomMetricGroup(title="Delays of a change (ms)", metrics=delays)] if delays else []),
                CustomMetricGroup(title="Failures", metrics=list(self._failures.metrics.values())),
            ]
        )
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
            name.removeprefix(f"{self._prefix}-").removesuffix("-Warning"): alarm
            for name, alarm in self._dashboard.alarms().items()
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


def _is_of_a_page(name: str) -> bool:
    return name.endswith(("-Burn-5m", "-Burn-1h"))
