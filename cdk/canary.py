"""Shifts traffic gradually to new code and rolls a failed deployment back.

Reasons: docs/decisions/0013-safe-deployments.md and 0020-order-of-a-deployment.md.
"""

from collections.abc import Sequence

from aws_cdk import CfnResource
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from cdk.acknowledge import acknowledge
from cdk.function import ProbeFunction, TasksFunction
from cdk.metrics import ARRIVAL, MINUTE, count_of
from cdk.stages import Stage
from probes.deployment_check import RECORDED

# A failure takes a deployment back when it is in two of three minutes, at least MIN_FAILURES times a minute and in more
# than MAX_FAILURE_RATE percent of what the function handled. With a tenth of the calls, code that always fails is at
# 10 percent.
FAILING, WATCHED = 2, 3
MAX_FAILURE_RATE = 5
MIN_FAILURES = 3
# The alarms see the new code with all of its traffic before the deployment ends: they evaluate whole minutes, of which
# the first is cut off, after these have arrived.
WATCH_SECONDS = 60 * (1 + WATCHED + ARRIVAL)


class Canary(Construct):
    """CodeDeploy's deployments, which move the `live` aliases and which alarms on the new code roll back.

    `move_before` states the order in which functions take over. The alarms are in the product's own stack, because
    CodeDeploy reads them while that stack is being updated. They notify nobody; alarms of the operations stack report
    the same failures to operators.
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

    def shift(
        self,
        name: str,
        function: TasksFunction,
        failures: Sequence[str],
        *,
        recorded: str,
        handled: str | None = None,
    ) -> None:
        """Move traffic to new code of the function gradually, after the new version answered recorded events.

        The deployment stays open for WATCH_SECONDS after all traffic was shifted (probes/deployment_watch.py).

        Errors of the new version and the metrics `failures`, which the function counts under the service `name` in
        lower case, take the deployment back. `handled` is the metric of how much the function handled; without it, each
        invocation handles one thing. `recorded` is the file of the recorded events in `probes/recorded/`.
        """
        service = name.lower()
        invocations = function.live.metric_invocations(period=MINUTE, statistic=cloudwatch.Stats.SUM)
        total = count_of(self._stage, handled, service) if handled else invocations
        errors = _of_new_version(function, "Errors")
        hook, watch = self._hook(name, function, recorded), self._watch(name, function)
        codedeploy.LambdaDeploymentGroup(
            self,
            name,
            application=self._application,
            alias=function.live,
            deployment_config=self._config,
            role=self._role,
            pre_hook=hook,
            post_hook=watch,
            alarms=[
                self._alarm(f"{name}Errors", errors, _of_new_version(function, "Invocations")),
                *(self._alarm(f"{name}{metric}", count_of(self._stage, metric, service), total) for metric in failures),
            ],
        )
        # While the alias is updated, CodeDeploy starts the hooks, and the hooks report to CodeDeploy.
        function.live.node.add_dependency(self._role, hook.own_role, watch.own_role)
        for invoked in (hook, watch):
            acknowledge(
                self._role,
                f"IAM5[Resource::<{_logical_id(invoked)}.Arn>:*]",
                "The wildcard covers versions of the one hook that CodeDeploy invokes.",
            )

    def _hook(self, name: str, function: TasksFunction, recorded: str) -> ProbeFunction:
        if not (RECORDED / recorded).is_file():
            raise ValueError(f"{name} has no recorded events: {RECORDED / recorded} does not exist")
        version = function.current_version
        hook = ProbeFunction(
            self,
            f"{name}Hook",
            stage=self._stage,
            handler="probes.deployment_check.handler",
            environment={"FUNCTION": version.function_arn, "RECORDED": recorded},
            timeout_seconds=60,
        )
        hook.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[f"{function.function_arn}:*"])
        )
        acknowledge(
            hook.own_role,
            f"IAM5[Resource::<{_logical_id(function)}.Arn>:*]",
            "The hook invokes a version that does not exist yet when the policy is written.",
        )
        return hook

    def _watch(self, name: str, function: TasksFunction) -> ProbeFunction:
        watch = ProbeFunction(
            self,
            f"{name}Watch",
            stage=self._stage,
            handler="probes.deployment_watch.handler",
            environment={
                "FUNCTION": function.function_name,
                "SECONDS": str(WATCH_SECONDS),
                "MIN_FAILURES": str(MIN_FAILURES),
                "MAX_FAILURE_RATE": str(MAX_FAILURE_RATE),
            },
            timeout_seconds=WATCH_SECONDS + 60,
        )
        watch.add_to_role_policy(iam.PolicyStatement(actions=["cloudwatch:GetMetricStatistics"], resources=["*"]))
        acknowledge(
            watch.own_role,
            "IAM5[Resource::*]",
            "CloudWatch's reading actions take no resource (Service Authorization Reference).",
        )
        return watch

    def _alarm(self, name: str, failures: cloudwatch.IMetric, total: cloudwatch.IMetric) -> cloudwatch.Alarm:
        rate = cloudwatch.MathExpression(
            # No total means that it arrived late or that nothing was handled.
            expression=f"IF(failures >= {MIN_FAILURES}, 100 * failures / total, 0)",
            using_metrics={"failures": failures, "total": total},
            period=MINUTE,
            label=f"{name}, percent",
        )
        return cloudwatch.Alarm(
            self,
            name,
            alarm_description="Takes a deployment back while its traffic is being shifted. docs/rollback.md",
            metric=rate,
            threshold=MAX_FAILURE_RATE,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=WATCHED,
            datapoints_to_alarm=FAILING,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def move_before(function: TasksFunction, *later: TasksFunction) -> None:
    """Let the alias of `function` be moved before those of the functions that write what it reads.

    Without a dependency, CloudFormation starts all CodeDeploy deployments at once.
    """
    for writer in later:
        _resource(writer.live).add_resource_dependency(_resource(function.live))


def _of_new_version(function: TasksFunction, name: str) -> cloudwatch.Metric:
    # While two versions share an alias, Lambda counts each by the dimension ExecutedVersion (Lambda Developer Guide,
    # "Types of metrics for Lambda functions"). Failures of the old code take nothing back.
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={
            "FunctionName": function.function_name,
            "Resource": f"{function.function_name}:live",
            "ExecutedVersion": function.current_version.version,
        },
        statistic=cloudwatch.Stats.SUM,
        period=MINUTE,
    )


def _resource(construct: IConstruct) -> CfnResource:
    resource = construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is a resource of its template")
    return resource


def _logical_id(construct: IConstruct) -> str:
    resource = _resource(construct)
    return str(resource.stack.get_logical_id(resource))
