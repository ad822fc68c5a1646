"""Backups of the table, and a nightly export of the user pool, which has none of its own."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.acknowledge import acknowledge
from cdk.function import ProbeFunction
from cdk.identity import Identity
from cdk.stages import Stage
from cdk.table import TasksTable

RETENTION = Duration.days(35)  # as long as point-in-time recovery, after which an erased person is in no copy


class Backups(Construct):
    """A locked vault with a daily backup of the table, and a bucket with the users of each night.

    Point-in-time recovery is deleted with its table; the vault outlives both. `copy_to` is the ARN of a vault in
    another region or account, which receives a copy of each backup.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        table: TasksTable,
        identity: Identity,
        copy_to: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        vault = backup.BackupVault(
            self,
            "Vault",
            # Without a date from which the lock is final, an administrator can still lift it (governance mode).
            lock_configuration=backup.LockConfiguration(
                min_retention=Duration.days(7), max_retention=Duration.days(400)
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        copies = (
            [
                backup.BackupPlanCopyActionProps(
                    destination_backup_vault=backup.BackupVault.from_backup_vault_arn(self, "CopyVault", copy_to),
                    delete_after=RETENTION,
                )
            ]
            if copy_to
            else None
        )
        plan = backup.BackupPlan(
            self,
            "Plan",
            backup_vault=vault,
            backup_plan_rules=[
                backup.BackupPlanRule(
                    rule_name="Daily",
                    schedule_expression=events.Schedule.cron(hour="3", minute="30"),
                    start_window=Duration.hours(1),
                    completion_window=Duration.hours(8),
                    delete_after=RETENTION,
                    copy_actions=copies,
                )
            ],
        )
        selection = plan.add_selection("Table", resources=[backup.BackupResource.from_arn(table.table_arn)])
        acknowledge(
            selection,
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]",
            "AWS maintains this policy for AWS Backup, which assumes the role for the plan alone.",
        )
        self._export_users(stage, identity)

    def _export_users(self, stage: Stage, identity: Identity) -> None:
        bucket = s3.Bucket(
            self,
            "Users",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=RETENTION)],
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(bucket, "S1", "One Lambda writes once a night. CloudTrail can record who reads.")
        function = ProbeFunction(
            self,
            "ExportUsers",
            stage=stage,
            handler="probes.export_users.handler",
            environment={"USER_POOL_ID": identity.user_pool.user_pool_id, "BUCKET": bucket.bucket_name},
            timeout_seconds=900,
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["cognito-idp:ListUsers", "cognito-idp:ListGroups", "cognito-idp:ListUsersInGroup"],
                resources=[identity.user_pool.user_pool_arn],
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["s3:PutObject"], resources=[bucket.arn_for_objects("users/*")])
        )
        acknowledge(
            function.own_role,
            f"IAM5[Resource::<{_logical_id(bucket)}.Arn>/users/*]",
            "The Lambda writes an object of each night below one prefix.",
        )
        events.Rule(
            self,
            "EveryNight",
            description="Writes the users of the pool to a bucket",
            schedule=events.Schedule.cron(hour="3", minute="10"),
            targets=[targets.LambdaFunction(function)],
        )


def _logical_id(bucket: s3.Bucket) -> str:
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError("Bucket makes an AWS::S3::Bucket")
    return str(resource.stack.get_logical_id(resource))
