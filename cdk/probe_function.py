"""A Lambda function of the probes, which watch the product from outside and are no part of its bundle."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.bundling import RUNTIME_VERSION, probes
from cdk.function import RUNTIME
from cdk.log_group import StageLogGroup
from cdk.stages import Stage

MEMORY = 256  # MB


class ProbeFunction(lambda_.Function):
    """A Lambda function that runs from the folder `probes/`, with its own role `own_role` and log group.

    It uses the boto3 of Lambda's runtime.
    """

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
        log_group = StageLogGroup(scope, f"{construct_id}Logs", stage=stage)
        role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(probes())),
            handler=handler,
            role=role,
            log_group=log_group,
            memory_size=MEMORY,
            timeout=Duration.seconds(timeout_seconds),
            environment=dict(environment),
        )
        self.own_role = role
        acknowledge(self, "L1", f"python{RUNTIME_VERSION} is supported (docs/decisions/0003-lambda-bundles.md).")
