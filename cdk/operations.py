"""What stands around the product on AWS: the firewall before it, the alarms over it.

A stack of its own (docs/decisions/0005-two-stacks.md): the local cloud runs the product without it.
"""

from aws_cdk import CrossStackReferences, Environment, ReferenceStrength, Stack
from constructs import Construct

from cdk.firewall import Firewall
from cdk.monitoring import Monitoring
from cdk.stack import TasksStack
from cdk.stages import Stage


class OperationsStack(Stack):
    """Firewall and monitoring of one stage. `alarm_email` hears of alarms."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        product: TasksStack,
        env: Environment,
        alarm_email: str | None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            description=f"Firewall and alarms of the Tasks API, {stage.name}",
            termination_protection=stage.keeps_data,
        )
        # No exports: CloudFormation would not let the product replace a table or a queue that this stack imports.
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        firewall = Firewall(self, "Firewall", stage=stage, api=product.api.api)
        Monitoring(self, "Monitoring", stage=stage, alarm_email=alarm_email, product=product, firewall=firewall)
