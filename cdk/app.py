"""The CDK app: which stage, for which account, from which bundle.

Context: `stage` (dev unless told), `bundlePython` (bundle for this interpreter instead of Lambda's), `graphqlUrl`
(publish live updates there), `requireBytecode` (fail rather than ship source).
Environment: CDK_DEFAULT_ACCOUNT and CDK_DEFAULT_REGION, which the CDK CLI sets from the caller's credentials.
"""

import os
import sys
from pathlib import Path

from aws_cdk import App, Environment, Tags
from aws_cdk import aws_lambda as lambda_

from cdk.bundling import BundlingFailed, bundle, interpreter_target, lambda_target
from cdk.stack import TasksStack
from cdk.stages import UnknownStage, stage_named


def build(app: App) -> TasksStack:
    """Add the stack that the app's context asks for. Raises UnknownStage or BundlingFailed."""
    stage = stage_named(app.node.try_get_context("stage") or "dev")
    python = app.node.try_get_context("bundlePython")
    target = (
        interpreter_target(Path(python))
        if python
        else lambda_target(needs_bytecode=bool(app.node.try_get_context("requireBytecode")))
    )
    stack = TasksStack(
        app,
        f"TasksApi-{stage.name}",
        stage=stage,
        code=lambda_.Code.from_asset(str(bundle(target))),
        env=Environment(
            account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION", "us-east-1")
        ),
        graphql_url=app.node.try_get_context("graphqlUrl"),
    )
    Tags.of(stack).add("stage", stage.name)
    return stack


def main() -> None:
    """Synthesize. Bad input ends in one sentence on standard error and exit code 1."""
    app = App()
    try:
        build(app)
    except (UnknownStage, BundlingFailed) as fault:
        sys.exit(str(fault))
    app.synth()


if __name__ == "__main__":
    main()
