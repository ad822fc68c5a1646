"""The CDK app, which synthesizes the stacks of one stage.

Context values: `stage` (default `dev`), `bundlePython` (bundles for this interpreter instead of Lambda's), `graphqlUrl`
(the URL to which live updates are published), `requireBytecode` (fails instead of bundling without bytecode),
`alarmEmail` (the recipient of alarms), `backupCopy` (the ARN of a vault for copies of backups), `documents` (the
address of the repository's files, to which alarms lead), `ruleVersions` (`group=version`, by commas),
`describeSchema` (deploys the schema with its descriptions unchanged), `trafficShift` and `mailFrom` (replace the
stage's traffic shift and sender of mails), `apisUrl` (replaces the beginning of API Gateway's URLs),
`loopbackAuthority` (the certificate authority of this machine's servers, to which webhooks may then send) and `account`
(the account to deploy to). Without `account`, the app uses CDK_DEFAULT_ACCOUNT and CDK_DEFAULT_REGION, which the CDK
CLI sets from the caller's credentials. Without either, the template fits any account.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import App, Environment, Tags, Validations
from aws_cdk import aws_lambda as lambda_
from cdk_nag import AwsSolutionsChecks

from cdk.bundling import BundlingFailed, bundle, interpreter_target, lambda_target
from cdk.fields import SCHEMA
from cdk.operations import OperationsStack
from cdk.schema import with_comments
from cdk.stack import TasksStack
from cdk.stages import InvalidSetting, Stage, email_address, stage_named, vault_arn


def build(app: App) -> TasksStack:
    """Add the stacks that the app's context asks for. Returns the product's stack.

    Raises InvalidSetting or BundlingFailed.
    """
    stage = stage_named(
        app.node.try_get_context("stage") or "dev",
        traffic_shift=app.node.try_get_context("trafficShift") or "",
        mail_from=app.node.try_get_context("mailFrom") or "",
    )
    alarm_email = app.node.try_get_context("alarmEmail")
    backup_copy = app.node.try_get_context("backupCopy")
    env = Environment(
        account=app.node.try_get_context("account") or os.environ.get("CDK_DEFAULT_ACCOUNT"),
        region=os.environ.get("CDK_DEFAULT_REGION", "us-east-1"),
    )
    product = TasksStack(
        app,
        stage.stack,
        stage=stage,
        code=_code(app),
        schema=_schema(app),
        env=env,
        graphql_url=app.node.try_get_context("graphqlUrl"),
        apis_url=app.node.try_get_context("apisUrl"),
        loopback_authority=app.node.try_get_context("loopbackAuthority"),
    )
    OperationsStack(
        app,
        stage.operations_stack,
        stage=stage,
        product=product,
        env=env,
        alarm_email=email_address(alarm_email) if alarm_email else None,
        backup_copy=vault_arn(backup_copy) if backup_copy else None,
        documents=app.node.try_get_context("documents") or "",
        rule_versions=_rule_versions(app),
    )
    _tag(app, stage)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return product


def main() -> None:
    """Synthesize the app. Invalid input prints one sentence on standard error and exits with code 1."""
    app = App()
    try:
        build(app)
    except (InvalidSetting, BundlingFailed) as fault:
        sys.exit(str(fault))
    app.synth()


def _code(app: App) -> lambda_.Code:
    python = app.node.try_get_context("bundlePython")
    if python:
        target = interpreter_target(Path(python))
    else:
        target = lambda_target(needs_bytecode=bool(app.node.try_get_context("requireBytecode")))
    return lambda_.Code.from_asset(str(bundle(target)))


def _rule_versions(app: App) -> Mapping[str, str]:
    pairs = (app.node.try_get_context("ruleVersions") or "").split(",")
    return {name: version for name, _, version in (pair.partition("=") for pair in pairs) if version}


def _schema(app: App) -> str:
    text = SCHEMA.read_text()
    return text if app.node.try_get_context("describeSchema") else with_comments(text)


def _tag(app: App, stage: Stage) -> None:
    Tags.of(app).add("product", "tasks-api")
    Tags.of(app).add("stage", stage.name)


if __name__ == "__main__":
    main()
