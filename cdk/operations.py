"""The operations stack of a stage: the firewall, the alarms, the budget and the backups.

The local cloud runs the product without this stack (docs/decisions/0005-two-stacks.md).
"""

from collections.abc import Mapping
from types import MappingProxyType

from aws_cdk import CrossStackReferences, Environment, ReferenceStrength, Stack
from constructs import Construct

from cdk.backups import Backups
from cdk.firewall import Firewall
from cdk.monitoring import Monitoring
from cdk.spending import SpendingAlarms
from cdk.stack import TasksStack
from cdk.stages import Stage


class OperationsStack(Stack):
    """The firewall, the monitoring, the budget and the backups of one stage.

    `alarm_email` receives notifications of alarms. `backup_copy` is the ARN of a vault that receives copies of backups.
    `documents` is the address of the repository's files, to which alarms lead. `rule_versions` pins the versions of
    AWS's rule groups.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        product: TasksStack,
        env: Environment,
        alarm_email: str | None,
        backup_copy: str | None = None,
        documents: str = "",
        rule_versions: Mapping[str, str] = MappingProxyType({}),
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
        firewall = Firewall(self, "Firewall", stage=stage, api=product.api.api, versions=rule_versions)
        monitoring = Monitoring(
            self,
            "Monitoring",
            stage=stage,
            alarm_email=alarm_email,
            documents=documents,
            product=product,
            firewall=firewall,
        )
        SpendingAlarms(self, "Spending", stage=stage, topic=monitoring.severities.ticket)
        if stage.keeps_data:
            Backups(self, "Backups", stage=stage, table=product.table, identity=product.identity, copy_to=backup_copy)
