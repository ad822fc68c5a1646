"""Synthesizes, deploys, compares or destroys a stage: `python -m cdk.commands deploy --stage staging --account …`.

What cannot be right is refused in one sentence before the CDK CLI, and so AWS, is touched.
"""

import argparse
import os
import re
import subprocess
import sys

import boto3

from cdk.account import check_concurrency
from cdk.bundling import ROOT, BundlingFailed, lambda_target
from cdk.stages import InvalidSetting, Stage, email_address, stage_named

_CLI = ROOT / "node_modules" / ".bin" / "cdk"


def main() -> None:
    """Run the CDK CLI for one stage; exits as it does, or with 1 and a sentence."""
    parser = argparse.ArgumentParser(prog="cdk.commands")
    parser.add_argument("command", choices=["synth", "deploy", "diff", "destroy"])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--account", default="")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--alarm-email", default="")
    options = parser.parse_args()
    try:
        stage = stage_named(options.stage)
        arguments = _arguments(options.command, stage, options.account, options.alarm_email)
        if options.command == "deploy":
            check_concurrency(stage, boto3.client("lambda", region_name=options.region))
    except (InvalidSetting, BundlingFailed) as fault:
        sys.exit(str(fault))
    environment = {**os.environ, "AWS_REGION": options.region, "AWS_DEFAULT_REGION": options.region}
    sys.exit(subprocess.run([str(_CLI), *arguments], cwd=ROOT, env=environment, check=False).returncode)  # noqa: S603 - our own CLI


def _arguments(command: str, stage: Stage, account: str, alarm_email: str) -> list[str]:
    if command == "destroy" and stage.keeps_data:
        raise InvalidSetting(f"Stage {stage.name} keeps its data: it is not destroyed from here.")
    if command == "synth" and not account:
        return ["synth", "--quiet", "--context", f"stage={stage.name}"]
    if not re.fullmatch(r"\d{12}", account):
        raise InvalidSetting(f"ACCOUNT must be the AWS account's twelve digits; it is {account!r}.")
    stacks = [f"TasksApi-{stage.name}", f"TasksApi-{stage.name}-Operations"]
    context = {"stage": stage.name, "account": account}
    if alarm_email:
        context["alarmEmail"] = email_address(alarm_email)
    if command == "deploy":
        lambda_target(needs_bytecode=True)
        context["requireBytecode"] = "true"
    options = [part for name, value in context.items() for part in ("--context", f"{name}={value}")]
    more = {
        "deploy": ["--require-approval", "never"],
        "destroy": ["--force"],
        "synth": ["--quiet"],
        "diff": ["--method", "template"],  # a change set would be a write, with the deploy role's rights
    }
    return [command, *stacks, *options, *more[command]]


if __name__ == "__main__":
    main()
