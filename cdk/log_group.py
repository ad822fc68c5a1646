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
    """A log group that is deleted with its stack, because data that must live longer is in the table."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, name: str | None = None) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=name,
            retention=_RETENTION[stage.log_retention],
            removal_policy=RemovalPolicy.DESTROY,
        )
