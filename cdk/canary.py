"""Shifts traffic gradually to new code and rolls a failed deployment back (docs/decisions/0013-safe-deployments.md)."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.function import TasksFunction
from cdk.metrics import MINUTE, count_of
from cdk.stages import Stage


class Canary(Construct):
    """CodeDeploy's deployments, which move the `live` aliases and which alarms on the new code roll back.

    The alarms are in the product's own stack, because CodeDeploy reads them while that stack is being updated. They
    notify nobody; alarms of the operations stack report the same failures to operators.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._application = codedeploy.LambdaApplication(self, "Application")
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSCodeDeployRoleForLambdaLimited")
            ],
        )
        acknowledge(
            self._role,
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
            "AWS maintains this policy for CodeDeploy. It only allows reading alarms and moving aliases.",
        )
        self._config = codedeploy.LambdaDeploymentConfig.from_lambda_deployment_config_name(
            self, "Config", f"CodeDeployDefault.Lambda{stage.traffic_shift}"
        )

    def shift(self, name: str, function: TasksFunction, failures: Sequence[str]) -> None:
        """Move traffic to new code of the function gradually.

        The function's errors and the metrics `failures`, which it counts under the service `name` in lower case, take
        the deployment back.
        """
        service = name.lower()
        errors = function.live.metric_errors(period=MINUTE, statistic=cloudwatch.Stats.SUM)
        codedeploy.LambdaDeploymentGroup(
            self,
            name,
            application=self._application,
            alias=function.live,
            deployment_config=self._config,
            role=self._role,
            alarms=[
                self._alarm(f"{name}Errors", errors),
                *(self._alarm(f"{name}{metric}", count_of(self._stage, metric, service)) for metric in failures),
            ],
        )

    def _alarm(self, name: str, metric: cloudwatch.IMetric) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_description="Takes a deployment back while its traffic is being shifted. docs/runbook.md",
            metric=metric,
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
