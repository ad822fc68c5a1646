"""The metrics that the Lambdas write themselves (Powertools, embedded metric format)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk.stages import Stage

MINUTE = Duration.minutes(1)


def namespace(stage: Stage) -> str:
    """The namespace of a stage's own metrics: stages that share an account share no metric, and so no alarm."""
    return f"TasksApi/{stage.name}"


def count_of(
    stage: Stage, name: str, service: str, *, label: str | None = None, period: Duration = MINUTE
) -> cloudwatch.Metric:
    """How often a Lambda counted something in each period. `service` is the Lambda's POWERTOOLS_SERVICE_NAME."""
    return cloudwatch.Metric(
        namespace=namespace(stage),
        metric_name=name,
        dimensions_map={"service": service},
        statistic=cloudwatch.Stats.SUM,
        label=label or name,
        period=period,
    )
