"""The single DynamoDB table (docs/decisions/0002-single-table.md)."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from adapters.dynamodb_sent_mails import MAIL_PREFIX
from adapters.dynamodb_spending import BUDGET_PREFIX
from adapters.indexes import BY_REMINDER, INDEXES, TABLE_KEY
from adapters.webhook_items import WEBHOOKS
from cdk.stages import Stage


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _warm(stage: Stage) -> dynamodb.WarmThroughput | None:
    if stage.warm_throughput is None:
        return None
    reads, writes = stage.warm_throughput
    return dynamodb.WarmThroughput(read_units_per_second=reads, write_units_per_second=writes)


class TasksTable(dynamodb.TableV2):
    """The table of tasks, histories and statistics, with a stream of every change."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=_text(TABLE_KEY[0]),
            sort_key=_text(TABLE_KEY[1]),
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=index.name,
                    partition_keys=[_text(name) for name in index.partition_key],
                    sort_keys=[_text(name) for name in index.sort_key],
                    warm_throughput=_warm(stage),
                )
                for index in INDEXES
            ],
            billing=dynamodb.Billing.on_demand(),
            warm_throughput=_warm(stage),
            # The old image holds the details of a deleted task. Global tables also need both images. The old image is
            # free.
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute="ExpiresAt",
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            resource_policy=iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        sid="TlsOnly",
                        effect=iam.Effect.DENY,
                        principals=[iam.AnyPrincipal()],
                        actions=["dynamodb:*"],
                        resources=["*"],  # in a resource policy, the table and its indexes
                        conditions={"Bool": {"aws:SecureTransport": "false"}},
                    )
                ]
            ),
            deletion_protection=stage.keeps_data,
            removal_policy=RemovalPolicy.RETAIN if stage.keeps_data else RemovalPolicy.DESTROY,
        )

    def grant_requests(self, role: iam.IRole) -> None:
        """Allow the calls that answer requests. The construct's own grants would allow any index."""
        self._allow(role, ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"], [self.table_arn])
        self._allow(
            role, ["dynamodb:Query"], [self.table_arn, *(f"{self.table_arn}/index/{index.name}" for index in INDEXES)]
        )

        # Only the items that count a caller's changes are updated; tasks are put on a condition.
        self._allow_items(role, ["dynamodb:UpdateItem"], f"{BUDGET_PREFIX}*")

    def grant_projections(self, role: iam.IRole) -> None:
        """Allow the calls that record events: reads of the erasures and the listeners, and one transaction."""
        actions = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        self._allow(role, actions, [self.table_arn])

    def grant_mails(self, role: iam.IRole) -> None:
        """Allow the calls of the mailer, which writes only the records of mails."""
        self._allow(role, ["dynamodb:GetItem"], [self.table_arn])
        self._allow_items(role, ["dynamodb:PutItem", "dynamodb:DeleteItem"], f"{MAIL_PREFIX}*")

    def grant_settings(self, role: iam.IRole) -> None:
        """Allow the calls that stop mails: reads, and writes of the items of users."""
        self._allow(role, ["dynamodb:GetItem"], [self.table_arn])
        self._allow_items(role, ["dynamodb:PutItem"], "USER#*")

    def grant_reads_of_webhooks(self, role: iam.IRole) -> None:
        """Allow reading the erasures and webhooks."""
        self._allow(role, ["dynamodb:GetItem"], [self.table_arn])

    def grant_webhooks(self, role: iam.IRole) -> None:
        """Allow reading the erasures and webhooks, and storing the state of webhooks."""
        self.grant_reads_of_webhooks(role)
        self._allow_items(role, ["dynamodb:PutItem"], f"{WEBHOOKS}#*")

    def grant_webhook_owners(self, role: iam.IRole) -> None:
        """Allow reading whether users have webhooks."""
        self._allow_items(role, ["dynamodb:BatchGetItem"], f"{WEBHOOKS}#*")

    def grant_reminders(self, role: iam.IRole) -> None:
        """Allow the calls of the sweep: one index finds reminders, and tasks are read and put on a condition."""
        self._allow(role, ["dynamodb:GetItem", "dynamodb:PutItem"], [self.table_arn])
        self._allow(role, ["dynamodb:Query"], [f"{self.table_arn}/index/{BY_REMINDER.name}"])

    def _allow(self, role: iam.IRole, actions: Sequence[str], resources: Sequence[str]) -> None:
        role.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=resources))

    def _allow_items(self, role: iam.IRole, actions: Sequence[str], partition_keys: str) -> None:
        """Allow actions on the items whose partition keys match."""
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=actions,
                resources=[self.table_arn],
                conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [partition_keys]}},
            )
        )
