"""Synthesizes, deploys, compares or destroys a stage: `python -m cdk.commands deploy --stage staging --account …`.

The module refuses invalid settings in one sentence before it runs the CDK CLI and thereby reaches AWS.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cdk.account import check_concurrency, unconfirmed_topics
from cdk.bundling import ROOT, BundlingFailed, lambda_target
from cdk.rule_groups import pinned_versions, rule_versions
from cdk.stages import InvalidSetting, Stage, email_address, role_of, stage_named, vault_arn

_CLI = ROOT / "node_modules" / ".bin" / "cdk"


def main() -> None:
    """Run the CDK CLI for one stage. Exits with the CLI's code, or with a sentence and code 1."""
    parser = argparse.ArgumentParser(prog="cdk.commands")
    parser.add_argument("command", choices=["synth", "deploy", "diff", "destroy"])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--account", default="")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--alarm-email", default="")
    parser.add_argument("--traffic-shift", default="", help="how new code takes over, instead of the stage's own way")
    parser.add_argument("--backup-copy", default="", help="the ARN of a vault that receives copies of backups")
    parser.add_argument("--role", default="", help="CloudFormation's role, instead of the bootstrap's")
    options = parser.parse_args()
    try:
        stage = stage_named(options.stage, traffic_shift=options.traffic_shift)
        arguments = _arguments(
            options.command, stage, options.account, options.alarm_email, options.backup_copy, options.role
        )
        if options.command != "synth":
            _check_credentials(options.region)
        if options.command == "deploy":
            check_concurrency(stage, boto3.client("lambda", region_name=options.region))
        arguments += _pinned(options.command, stage, options.region)
    except (InvalidSetting, BundlingFailed) as fault:
        sys.exit(str(fault))
    environment = {**os.environ, "AWS_REGION": options.region, "AWS_DEFAULT_REGION": options.region}
    code = subprocess.run([str(_CLI), *arguments], cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - our own CLI
    if options.command == "deploy" and code == 0:
        _say_who_hears_nothing(stage, options.region)
    sys.exit(code)


def _pinned(command: str, stage: Stage, region: str) -> list[str]:
    """Returns the versions of AWS's rule groups: to deploy the present ones, to compare the deployed ones.

    Raises InvalidSetting if they cannot be read.
    """
    versions: Mapping[str, str] = {}
    if command == "deploy":
        versions = rule_versions(boto3.client("wafv2", region_name=region).describe_managed_rule_group)
    elif command == "diff":
        cloudformation = boto3.client("cloudformation", region_name=region)
        with suppress(BotoCoreError, ClientError):  # before the first deployment, everything is a difference
            versions = pinned_versions(cloudformation.get_template(StackName=stage.operations_stack)["TemplateBody"])
    return _context({"ruleVersions": ",".join(f"{name}={version}" for name, version in versions.items())})


def _say_who_hears_nothing(stage: Stage, region: str) -> None:
    """Print a warning, because the deployment itself is done."""
    try:
        topics = unconfirmed_topics(stage, boto3.client("sns", region_name=region))
    except InvalidSetting as fault:
        print(fault, file=sys.stderr)
        return
    for topic in topics:
        print(f"Nobody hears of alarms of {topic}: follow the link in SNS's mail to its address.", file=sys.stderr)


def _check_credentials(region: str) -> None:
    """Raises InvalidSetting if this machine has no AWS credentials, or if AWS does not accept them."""
    session = boto3.Session(region_name=region)
    if session.get_credentials() is None:
        raise InvalidSetting("No AWS credentials were found: sign in (`aws sso login`), or set AWS_PROFILE.")
    try:
        session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as fault:
        raise InvalidSetting(f"The AWS credentials cannot be used: {fault}") from fault


def _arguments(command: str, stage: Stage, account: str, alarm_email: str, backup_copy: str, role: str) -> list[str]:
    if command == "destroy" and stage.keeps_data:
        raise InvalidSetting(f"Stage {stage.name} keeps its data: it is not destroyed from here.")
    if command == "synth" and not account:
        return ["synth", "--quiet", *_context({"stage": stage.name, "trafficShift": stage.traffic_shift})]
    if not re.fullmatch(r"\d{12}", account):
        raise InvalidSetting(f"ACCOUNT must be the AWS account's twelve digits; it is {account!r}.")
    stacks = [stage.stack, stage.operations_stack]
    context = {"stage": stage.name, "account": account, "trafficShift": stage.traffic_shift}
    if alarm_email:
        context["alarmEmail"] = email_address(alarm_email)
    elif stage.keeps_data and command in {"deploy", "diff"}:
        raise InvalidSetting(f"Stage {stage.name} needs ALARM_EMAIL: without it nobody would hear of its alarms.")
    if backup_copy:
        context["backupCopy"] = vault_arn(backup_copy)
    if documents := _documents():
        context["documents"] = documents
    if command == "deploy":
        lambda_target(needs_bytecode=True)
        context["requireBytecode"] = "true"
    options = _context(context)
    if role:
        options += ["--role-arn", role_of(account, role)]
    more = {
        # The CLI skips a stack whose template is unchanged. The second stack refers to outputs of the first, whose
        # values may have changed.
        "deploy": ["--require-approval", "never", "--force"],
        "destroy": ["--force"],
        "synth": ["--quiet"],
        "diff": ["--method", "template"],  # a change set would be a write and need the deploy role
    }
    return [command, *stacks, *options, *more[command]]


def _documents() -> str:
    """Returns the address of the repository's files on main, with `/` at its end, or an empty text outside GitHub.

    GitHub Actions sets the variables (GitHub documentation, "Default environment variables").
    """
    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return f"{server}/{repository}/blob/main/" if server and repository else ""


def _context(values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("--context", f"{name}={value}")]


if __name__ == "__main__":
    main()
