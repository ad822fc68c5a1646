"""A budget of the account's bill and the detection of unusual costs of a stage."""

import json

from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_ce as ce
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.stages import Stage

_WORTH_A_MESSAGE = "20"  # dollars of an anomaly


class SpendingAlarms(Construct):
    """Tells `topic` when the account's bill passes the stage's budget, or when the stage's costs are unusual.

    The budget counts the whole account, so that nothing escapes it. The anomaly monitor knows the stage by its tag,
    which an account must activate as a cost allocation tag (docs/first-deployment.md); before that it sees no costs.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"tasks-{stage.name}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=stage.monthly_budget, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind, comparison_operator="GREATER_THAN", threshold=percent
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)
                    ],
                )
                for kind, percent in (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
            ],
        )
        # A monitor of all services exists once an account, often already; monitors by tag may be many.
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=f"tasks-{stage.name}",
            monitor_type="CUSTOM",
            monitor_specification=json.dumps({"Tags": {"Key": "stage", "Values": [stage.name]}}),
        )
        ce.CfnAnomalySubscription(
            self,
            "Anomalies",
            subscription_name=f"tasks-{stage.name}",
            frequency="IMMEDIATE",
            monitor_arn_list=[monitor.attr_monitor_arn],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=topic.topic_arn)],
            threshold_expression=json.dumps(
                {
                    "Dimensions": {
                        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                        "Values": [_WORTH_A_MESSAGE],
                    }
                }
            ),
        )
