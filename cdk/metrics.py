"""The metrics that the Lambdas write (Powertools, embedded metric format)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk.stages import Stage

MINUTE = Duration.minutes(1)
ARRIVAL = 2  # minutes that the metrics of a Lambda take to arrive in CloudWatch


def namespace(stage: Stage) -> str:
    """Returns the metric namespace of a stage.

    Stages that share an account have separate metrics and therefore alarms.
    """
    return f"TasksApi/{stage.name}"


def count_of(
    stage: Stage,
    name: str,
    service: str,
    *,
    label: str | None = None,
    period: Duration = MINUTE,
    statistic: str = cloudwatch.Stats.SUM,
) -> cloudwatch.Metric:
    """Returns the metric of how often a Lambda counted `name` in each period.

    `service` is the Lambda's POWERTOOLS_SERVICE_NAME.
    """
    return cloudwatch.Metric(
        namespace=namespace(stage),
        metric_name=name,
        dimensions_map={"service": service},
        statistic=statistic,
        label=label or name,
        period=period,
    )
