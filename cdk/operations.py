"""The operations stack of a stage: the firewall and the alarms.

The local cloud runs the product without this stack (docs/decisions/0005-two-stacks.md).
"""

from aws_cdk import CrossStackReferences, Environment, ReferenceStrength, Stack
from constructs import Construct

from cdk.firewall import Firewall
from cdk.monitoring import Monitoring
from cdk.stack import TasksStack
from cdk.stages import Stage


class OperationsStack(Stack):
    """The firewall and the monitoring of one stage. `alarm_email` receives notifications of alarms."""

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
        # The stack uses no exports, because CloudFormation refuses to replace a table or a queue whose export is
        # imported.
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        firewall = Firewall(self, "Firewall", stage=stage, api=product.api.api)
        Monitoring(self, "Monitoring", stage=stage, alarm_email=alarm_email, product=product, firewall=firewall)
