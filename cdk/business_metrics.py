"""The metrics of what users do, which the dashboard shows."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from cdk_monitoring_constructs import CustomMetricGroup

from cdk.consumer import Consumer
from cdk.fields import LAMBDA_FIELDS
from cdk.metrics import count_of
from cdk.stack import TasksStack
from cdk.stages import Stage
from domain.errors import DomainError

_PERIOD = Duration.minutes(5)
_OF_DELIVERIES = ("DeliveriesSucceeded", "DeliveriesRefused", "DeliveriesGivenUp", "DeliveriesWaiting")
_OUTCOMES = ("ChangesProcessed", "DuplicateChanges", "ChangesGivenBack")  # of a consumer, without failures


def business_groups(stage: Stage, product: TasksStack) -> Sequence[CustomMetricGroup]:
    """Returns the groups: changes, refusals, webhooks, the event path with each consumer, and people."""

    def count(name: str, service: str, label: str | None = None) -> cloudwatch.Metric:
        return count_of(stage, name, service, label=label, period=_PERIOD)

    refusals = sorted(kind.error_type for kind in DomainError.__subclasses__())
    return [
        CustomMetricGroup(
            title="Changes",
            metrics=[count(f"Mutation{field}", "resolver", field) for field in LAMBDA_FIELDS["Mutation"]],
        ),
        CustomMetricGroup(title="Refusals", metrics=[count(f"Refused{code}", "resolver", code) for code in refusals]),
        CustomMetricGroup(
            title="Webhooks",
            metrics=[count(name, "deliveries") for name in (*_OF_DELIVERIES, "DeliveriesFailed")],
        ),
        CustomMetricGroup(title="Relay", metrics=[count("RecordsParked", "relay", "parked")]),
        CustomMetricGroup(
            title="Reminders",
            metrics=[count(f"Reminders{what}", "reminders") for what in ("Sent", "Overtaken", "Left", "Contended")],
        ),
        *(
            CustomMetricGroup(
                title=consumer.name,
                metrics=[count(name, consumer.service) for name in (*_OUTCOMES, *_failures(consumer))],
            )
            for consumer in product.consumers
        ),
        CustomMetricGroup(
            title="People",
            metrics=[
                _sign_ins(product),
                count("MutationcreateTask", "resolver", "tasks created"),
                count("MutationcompleteTask", "resolver", "tasks completed"),
            ],
        ),
    ]


def _sign_ins(product: TasksStack) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Cognito",
        metric_name="SignInSuccesses",
        dimensions_map={
            "UserPool": product.identity.user_pool.user_pool_id,
            "UserPoolClient": product.identity.client.user_pool_client_id,
        },
        statistic=cloudwatch.Stats.SUM,
        period=_PERIOD,
        label="sign-ins",
    )


def _failures(consumer: Consumer) -> Sequence[str]:
    """Returns the metrics of a consumer's failures, those that users cause too."""
    return [name for failure, of_users in consumer.failures.items() for name in (failure, *of_users)]
