"""Alarms of what AWS or the firewall refuses, and of use that costs more than expected. No Lambda counts these."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from cdk.outbox import Outbox
from cdk.stages import Stage
from cdk.table import TasksTable

_FIVE_MINUTES = Duration.minutes(5)
_SUM, _MAXIMUM, _COUNT = cloudwatch.Stats.SUM, cloudwatch.Stats.MAXIMUM, cloudwatch.Stats.SAMPLE_COUNT


class RefusalAlarms(Construct):
    """Alarms by name in `alarms`. Those of `usage` are about costs; their thresholds are in the stage table."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        api: appsync.GraphqlApi,
        user_pool: cognito.IUserPool,
        client: cognito.IUserPoolClient,
        table: TasksTable,
        outbox: Outbox,
        web_acl: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._api_id = {"GraphQLAPIId": api.api_id}
        pool = {"UserPool": user_pool.user_pool_id, "UserPoolClient": client.user_pool_client_id}
        topic = {"TopicName": outbox.topic.topic_name}
        refused = self._api("4XXError")
        requests = self._api("Latency", _COUNT)
        self.alarms: Mapping[str, cloudwatch.Alarm] = {
            # 4XXError includes throttles (429) and expired tokens, of which some are usual.
            "Api-Refused-Rate": self._alarm(
                "Api-Refused-Rate",
                _formula(
                    "IF(refused >= 50, 100 * refused / (refused + FILL(requests, 0)), 0)",
                    refused=refused,
                    requests=requests,
                ),
                20,
            ),
            "Api-Subscriptions-Refused": self._alarm(
                "Api-Subscriptions-Refused",
                _sum_of(
                    connect=self._api("ConnectClientError"),
                    subscribe=self._api("SubscribeClientError"),
                    connectserver=self._api("ConnectServerError"),
                    subscribeserver=self._api("SubscribeServerError"),
                ),
                50,
            ),
            "Api-Publishing-Failed": self._alarm(
                "Api-Publishing-Failed",
                _sum_of(
                    client=self._api("PublishDataMessageClientError"),
                    server=self._api("PublishDataMessageServerError"),
                ),
                10,
            ),
            "Topic-Refused": self._alarm(
                "Topic-Refused",
                _sum_of(
                    failed=_metric("AWS/SNS", "NumberOfNotificationsFailed", topic),
                    lost=_metric("AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", topic),
                ),
                0,
                datapoints=1,
            ),
            "Table-Transaction-Conflicts": self._alarm(
                "Table-Transaction-Conflicts",
                _metric("AWS/DynamoDB", "TransactionConflict", {"TableName": table.table_name}),
                500,
            ),
            "Account-Concurrency": self._alarm(
                "Account-Concurrency",
                _metric("AWS/Lambda", "ClaimedAccountConcurrency", {}, _MAXIMUM),
                stage.claimed_concurrency,
            ),
            "SignIn-Throttled": self._alarm(
                "SignIn-Throttled",
                _sum_of(
                    signin=_metric("AWS/Cognito", "SignInThrottles", pool),
                    refresh=_metric("AWS/Cognito", "TokenRefreshThrottles", pool),
                ),
                0,
            ),
            "Firewall-Blocked": self._blocked(web_acl),
        }
        hour = Duration.hours(1)
        self.usage: Mapping[str, cloudwatch.Alarm] = {
            "Usage-Requests": self._alarm(
                "Usage-Requests", requests.with_(period=hour), stage.expected_requests, datapoints=1
            ),
            "Usage-Messages": self._alarm(
                "Usage-Messages",
                self._api("PublishDataMessageSuccess").with_(period=hour),
                stage.expected_messages,
                datapoints=1,
            ),
            "Usage-Connections": self._alarm(
                "Usage-Connections",
                self._api("ActiveConnections", _MAXIMUM).with_(period=hour),
                stage.expected_connections,
                datapoints=1,
            ),
        }

    def _api(self, name: str, statistic: str = _SUM) -> cloudwatch.Metric:
        return _metric("AWS/AppSync", name, self._api_id, statistic)

    def _blocked(self, web_acl: str) -> cloudwatch.Alarm:
        blocked = _metric(
            "AWS/WAFV2", "BlockedRequests", {"WebACL": web_acl, "Rule": "ALL", "Region": Stack.of(self).region}
        )
        # Blocked requests are usual on the internet. A jump to more than a tenth of all requests is not.
        return self._alarm(
            "Firewall-Blocked",
            _formula(
                "IF(blocked >= 100, 100 * blocked / (blocked + FILL(requests, 0)), 0)",
                blocked=blocked,
                requests=self._api("Latency", _COUNT),
            ),
            10,
        )

    def _alarm(
        self, name: str, metric: cloudwatch.IMetric, threshold: float, *, datapoints: int = 3
    ) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"tasks-{self._stage.name}-{name}",
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=datapoints,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _metric(namespace: str, name: str, dimensions: Mapping[str, str], statistic: str = _SUM) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dict(dimensions),
        statistic=statistic,
        period=_FIVE_MINUTES,
    )


def _formula(expression: str, **metrics: cloudwatch.Metric) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(expression=expression, using_metrics=metrics, period=_FIVE_MINUTES)


def _sum_of(**metrics: cloudwatch.Metric) -> cloudwatch.MathExpression:
    # AWS reports most of these only when they occur. A sum with a missing term would itself be missing.
    return _formula(" + ".join(f"FILL({name}, 0)" for name in metrics), **metrics)
