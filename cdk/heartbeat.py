"""A Lambda that changes a task every five minutes, and the alarms of its failure or silence."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk.function import ProbeFunction
from cdk.metrics import count_of, namespace
from cdk.stages import Stage

EVERY = Duration.minutes(5)
# The fields that probes/heartbeat.py uses. An IAM caller acts for any user in them; the probe acts for `heartbeat`.
FIELDS = (
    *(f"types/Mutation/fields/{name}" for name in ("createTask", "completeTask", "reopenTask")),
    *("types/Query/fields/task", "types/Query/fields/taskStatistics", "types/Subscription/fields/onTaskChanged"),
)
# The value of each path in a period: 1 if it works. A path counts as working while a path before it fails, so that the
# alarms tell the paths apart. A missing value is a silent heartbeat, which only the first path tells.
_PATHS: Mapping[str, str] = {
    "Request": "FILL(request, 0)",
    "Event": "IF(FILL(request, 0) < 1, 1, FILL(event, 0))",
    "Live": "IF(FILL(request, 0) < 1 OR FILL(event, 0) < 1, 1, FILL(live, 0))",
}


class Heartbeat(Construct):
    """The probe and its alarms: `paths` by path (Request, Event, Live), and `addresses`, if a topic reaches nobody.

    `delays` are the metrics of how long the paths take.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        api: appsync.GraphqlApi,
        topics: Sequence[sns.ITopic],
    ) -> None:
        super().__init__(scope, construct_id)
        resource = api.node.default_child
        if not isinstance(resource, appsync.CfnGraphQLApi):
            raise TypeError("GraphqlApi makes an AWS::AppSync::GraphQLApi")
        function = ProbeFunction(
            self,
            "Function",
            stage=stage,
            handler="probes.heartbeat.handler",
            environment={
                "GRAPHQL_URL": api.graphql_url,
                "REALTIME_URL": resource.attr_realtime_url,
                "NAMESPACE": namespace(stage),
                "TOPICS": " ".join(topic.topic_arn for topic in topics),
            },
            timeout_seconds=60,
        )
        api.grant(function, appsync.IamResource.custom(*FIELDS), "appsync:GraphQL")
        if topics:
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["sns:GetTopicAttributes"], resources=[topic.topic_arn for topic in topics])
            )
        events.Rule(
            self,
            "Schedule",
            description="Tries the product's request, event and live path",
            schedule=events.Schedule.rate(EVERY),
            targets=[targets.LambdaFunction(function, retry_attempts=0)],
        )
        paths = {
            name.lower(): count_of(stage, f"{name}Path", "heartbeat", period=EVERY, statistic=cloudwatch.Stats.MINIMUM)
            for name in _PATHS
        }
        self.paths = {name: self._alarm(stage, name, expression, paths) for name, expression in _PATHS.items()}
        self.addresses = {"Address-Unconfirmed": self._unconfirmed(stage)}
        self.delays = [
            count_of(stage, f"{name}Delay", "heartbeat", period=EVERY, statistic=cloudwatch.Stats.MAXIMUM)
            for name in _PATHS
        ]

    def _unconfirmed(self, stage: Stage) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "Unconfirmed",
            alarm_name=f"tasks-{stage.name}-Address-Unconfirmed",
            metric=count_of(stage, "UnconfirmedTopics", "heartbeat", period=EVERY, statistic=cloudwatch.Stats.MAXIMUM),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=12,  # an hour, in which somebody follows the link of SNS's mail
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _alarm(
        self, stage: Stage, name: str, expression: str, paths: Mapping[str, cloudwatch.Metric]
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"tasks-{stage.name}-Heartbeat-{name}",
            metric=cloudwatch.MathExpression(
                expression=expression,
                using_metrics={key: metric for key, metric in paths.items() if key in expression},
                period=EVERY,
                label=f"{name} path works",
            ),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            # Without any value, the Lambda itself is silent, which the first alarm tells.
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING
                if name == "Request"
                else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
        )
