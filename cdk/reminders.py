"""The sweep of reminders: a Lambda that a rule invokes every minute (docs/decisions/0041-reminders-are-changes.md)."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from cdk.function import TasksFunction
from cdk.shared_parts import SharedParts

EVERY = Duration.minutes(1)
FAILURES = ("RemindersFailed",)  # the failures that the sweep counts (processor/sweep.py)


class ReminderSweep(Construct):
    """The Lambda, which the construct exposes as `function`, and its schedule.

    A run that fails is not tried again, because the next run, a minute later, does what it left.
    """

    def __init__(self, scope: Construct, construct_id: str, parts: SharedParts) -> None:
        super().__init__(scope, construct_id)
        self.function = TasksFunction(
            self,
            "Function",
            stage=parts.stage,
            code=parts.code,
            handler="processor.sweep_handler.handler",
            service="reminders",
            environment={"TABLE_NAME": parts.table.table_name},
            timeout=EVERY,
        )
        parts.table.grant_reminders(self.function.own_role)
        events.Rule(
            self,
            "Schedule",
            description="Reminds of the tasks whose time has come",
            schedule=events.Schedule.rate(EVERY),
            targets=[targets.LambdaFunction(self.function.live, retry_attempts=0)],
        )
        parts.shift("Reminders", self.function, FAILURES, recorded="reminders.json")
