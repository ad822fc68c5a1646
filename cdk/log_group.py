"""A log group with the retention of its stage."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.stages import Stage

_RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    180: logs.RetentionDays.SIX_MONTHS,
}


class StageLogGroup(logs.LogGroup):
    """A log group. In a stage that keeps its data it outlives its stack, but not a creation that fails."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, name: str | None = None) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=name,
            retention=_RETENTION[stage.log_retention],
            removal_policy=(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.keeps_data else RemovalPolicy.DESTROY),
        )
