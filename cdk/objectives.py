"""Service level objectives and the alarms that tell how fast their error budgets burn.

The windows and rates are those of the Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts": an
hour at 14.4 times the budget's rate spends 2% of a month's budget, and six hours at 6 times spend 5%.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk.metrics import count_of
from cdk.stack import TasksStack
from cdk.stages import Stage

_WINDOWS: Mapping[str, tuple[Duration, float]] = {
    "Burn-5m": (Duration.minutes(5), 14.4),
    "Burn-1h": (Duration.hours(1), 14.4),
    "Burn-6h": (Duration.hours(6), 6),
}
# Fewer failures than this in a window raise no alarm: with little traffic a single failure is a large share.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Objective:
    """That at most `budget` percent of `total` are in one of the metrics `bad`."""

    name: str
    budget: float  # percent
    bad: Mapping[str, cloudwatch.Metric]
    total: cloudwatch.Metric


class BurnRates(Construct):
    """The alarms of an objective. `fast` is true while the short and the long window burn, `slow` for six hours."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, objective: Objective) -> None:
        super().__init__(scope, construct_id)
        self.alarms = {
            f"{objective.name}-{window}": self._alarm(stage, objective, window, period, rate)
            for window, (period, rate) in _WINDOWS.items()
        }
        short, long, slow = self.alarms.values()
        self.fast = cloudwatch.AlarmRule.all_of(short, long)
        self.slow = slow

    def _alarm(
        self, stage: Stage, objective: Objective, window: str, period: Duration, rate: float
    ) -> cloudwatch.Alarm:
        failures = " + ".join(f"FILL({name}, 0)" for name in objective.bad)
        metrics = {name: metric.with_(period=period) for name, metric in objective.bad.items()}
        return cloudwatch.Alarm(
            self,
            window,
            alarm_name=f"tasks-{stage.name}-{objective.name}-{window}",
            metric=cloudwatch.MathExpression(
                expression=f"IF({failures} >= {_FEW}, 100 * ({failures}) / FILL(total, 1), 0)",
                using_metrics={**metrics, "total": objective.total.with_(period=period)},
                period=period,
                label=f"{objective.name}: percent bad",
            ),
            threshold=round(objective.budget * rate, 3),
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
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
