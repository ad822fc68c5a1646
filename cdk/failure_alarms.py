"""Alarms that the monitoring library lacks: failures that the Lambdas count, and DynamoDB errors by operation."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk.consumer import Worker
from cdk.metrics import MINUTE, count_of
from cdk.stages import Stage

# The DynamoDB operations that the Lambdas and the stream's mapping call.
OPERATIONS = ("GetItem", "PutItem", "Query", "TransactWriteItems", "GetRecords")

LATEST_REMINDER = 120  # seconds; a reminder is sent within two minutes (schema.graphql)


class FailureAlarms(Construct):
    """Alarms that a single minute with a failure raises, `alarms` by name, with their `metrics` for a dashboard."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        table: dynamodb.ITable,
        workers: Sequence[Worker],
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self.metrics: Mapping[str, cloudwatch.Metric | cloudwatch.MathExpression] = {
            "InternalErrors": _sum_of(stage, "resolver", "Failed", ["Throttled", "DamagedTasks"]),
            **{
                f"{worker.name}-{failure}": _sum_of(stage, worker.service, failure, of_users)
                for worker in workers
                for failure, of_users in worker.failures.items()
            },
            "RecordsFailed": _sum_of(stage, "relay", "RecordsFailed", ["RecordsThrottled"]),
            "Reminders-Failed": count_of(stage, "RemindersFailed", "reminders"),
            "Processor-DamagedStatistics": count_of(stage, "DamagedStatistics", "processor"),
            "Processor-LiveUpdatesTooOld": count_of(stage, "LiveUpdatesTooOld", "processor"),
            "Records-Unknown": _of_newer_versions(stage),
            "Table-TransactWriteItems-Throttled": _of_table(table, "ThrottledRequests", "TransactWriteItems"),
            "Table-SystemErrors": _system_errors(table),
        }
        self.alarms = {name: self._alarm(name, metric) for name, metric in self.metrics.items()}
        self.alarms["Reminders-Lag"] = self._reminders_lag()

    def _alarm(self, name: str, metric: cloudwatch.IMetric) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"tasks-{self._stage.name}-{name}",
            metric=metric,
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _reminders_lag(self) -> cloudwatch.Alarm:
        """Returns the alarm of reminders that come late, and of a sweep that is silent: every run writes the metric."""
        return cloudwatch.Alarm(
            self,
            "Reminders-Lag",
            alarm_name=f"tasks-{self._stage.name}-Reminders-Lag",
            metric=count_of(self._stage, "RemindersLag", "reminders", statistic=cloudwatch.Stats.MAXIMUM),
            threshold=LATEST_REMINDER,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )


def _sum_of(
    stage: Stage, service: str, failure: str, of_users: Sequence[str]
) -> cloudwatch.Metric | cloudwatch.MathExpression:
    """Returns how often a Lambda counted a failure, together with the failures of this kind that users caused."""
    if not of_users:
        return count_of(stage, failure, service)
    # Two metrics of a graph need different ids, and two consumers count failures of the same names.
    counts = {f"{service}{name}": count_of(stage, name, service) for name in (failure, *of_users)}
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in counts),
        using_metrics=counts,
        period=MINUTE,
        label=failure,
    )


def _of_newer_versions(stage: Stage) -> cloudwatch.MathExpression:
    """Returns how often the deployed code met what a newer version wrote, as after a rollback."""
    counts = {
        "unknownTasks": count_of(stage, "UnknownTasks", "resolver"),
        "unknownChanges": count_of(stage, "UnknownChanges", "processor"),
        "unknownLiveUpdates": count_of(stage, "UnknownLiveUpdates", "processor"),
    }
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in counts),
        using_metrics=counts,
        period=MINUTE,
        label="of newer versions",
    )


def _of_table(table: dynamodb.ITable, name: str, operation: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/DynamoDB",
        metric_name=name,
        dimensions_map={"TableName": table.table_name, "Operation": operation},
        statistic=cloudwatch.Stats.SUM,
        period=MINUTE,
        label=f"{operation} {name}",
    )


def _system_errors(table: dynamodb.ITable) -> cloudwatch.MathExpression:
    # DynamoDB reports a metric only when errors occur. A sum with a missing term would itself be missing, hence FILL.
    by_operation = {
        operation[0].lower() + operation[1:]: _of_table(table, "SystemErrors", operation) for operation in OPERATIONS
    }
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({operation}, 0)" for operation in by_operation),
        using_metrics=by_operation,
        period=MINUTE,
        label="DynamoDB system errors",
    )
