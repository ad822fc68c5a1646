"""Lambda functions with their own role and log group and without any implicit permission."""

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.bundling import RUNTIME_VERSION, probes
from cdk.log_group import StageLogGroup
from cdk.metrics import namespace
from cdk.stages import Stage

# aws-cdk-lib lacks the attribute of a version that Lambda does not support.
RUNTIME: lambda_.Runtime = getattr(lambda_.Runtime, f"PYTHON_{RUNTIME_VERSION.replace('.', '_')}")
# The timeout is longer than one attempt of a call (adapters/time_budget.py) and shorter than AppSync's 30 seconds.
TIMEOUT = Duration.seconds(10)
# Memory in MB. A warm function with 512 MB answers in a fifth of the time of 128 MB and costs less per million requests
# (published arm64 figures, docs/decisions/0003-lambda-bundles.md).
MEMORY = 512
PROBE_MEMORY = 256  # MB


class OwnFunction(lambda_.Function):
    """A Lambda function whose role `own_role` no other function uses."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        handler: str,
        memory: int,
        timeout: Duration,
        environment: Mapping[str, str],
        tracing: lambda_.Tracing | None = None,
        snap_start: lambda_.SnapStartConf | None = None,
        version_options: lambda_.VersionOptions | None = None,
        reserved_concurrency: int = 0,
    ) -> None:
        log_group = StageLogGroup(scope, f"{construct_id}Logs", stage=stage)
        role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=handler,
            role=role,
            log_group=log_group,
            memory_size=memory,
            timeout=timeout,
            tracing=tracing,
            snap_start=snap_start,
            reserved_concurrent_executions=reserved_concurrency or None,
            current_version_options=version_options,
            environment=dict(environment),
        )
        self.own_role = role
        acknowledge(self, "L1", f"python{RUNTIME_VERSION} is supported (docs/decisions/0003-lambda-bundles.md).")


class ProbeFunction(OwnFunction):
    """A function of `probes/`, which stands beside the product and uses the boto3 of Lambda's runtime."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        handler: str,
        environment: Mapping[str, str],
        timeout_seconds: int,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stage=stage,
            code=lambda_.Code.from_asset(str(probes())),
            handler=handler,
            memory=PROBE_MEMORY,
            timeout=Duration.seconds(timeout_seconds),
            environment=environment,
        )


class TasksFunction(OwnFunction):
    """A Lambda function that runs from the shared bundle.

    Callers invoke the alias `live`. A deployment publishes a version and moves the alias to it (cdk/canary.py). A stage
    that keeps versions can go back to them (cdk/rollback.py).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        handler: str,
        service: str,
        environment: Mapping[str, str],
        timeout: Duration = TIMEOUT,
        snap_start: lambda_.SnapStartConf | None = None,
        reserved_concurrency: int = 0,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stage=stage,
            code=code,
            handler=handler,
            memory=MEMORY,
            reserved_concurrency=reserved_concurrency,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
            snap_start=snap_start,
            version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN if stage.keeps_versions else RemovalPolicy.DESTROY
            ),
            environment={
                "POWERTOOLS_SERVICE_NAME": service,
                "POWERTOOLS_METRICS_NAMESPACE": namespace(stage),
                "POWERTOOLS_LOG_LEVEL": "INFO",
                # No plugins exist, and searching for them reads the metadata of every package at each cold start
                # (pydantic documentation, "Pydantic Plugins").
                "PYDANTIC_DISABLE_PLUGINS": "__all__",
                **environment,
            },
        )
        self.live = lambda_.Alias(self, "Live", alias_name="live", version=self.current_version)
        acknowledge(
            self.own_role,
            "IAM5[Resource::*]",
            "X-Ray's PutTraceSegments and PutTelemetryRecords take no resource (Service Authorization Reference).",
        )
