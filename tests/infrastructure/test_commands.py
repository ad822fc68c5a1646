"""A command that must not run gives the reason in one sentence and runs nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdk.stages import TRAFFIC_SHIFTS
from local.settings import ROOT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cdk.commands", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["deploy", "--stage", "moon"], "There is no stage 'moon': name one of dev, staging, production."),
        (
            ["destroy", "--stage", "production", "--account", "123456789012"],
            "Stage production keeps its data: it is not destroyed from here.",
        ),
        (["deploy", "--stage", "staging"], "ACCOUNT must be the AWS account's twelve digits; it is ''."),
        (
            ["deploy", "--stage", "staging", "--account", "123456789012", "--alarm-email", "nobody"],
            "The alarm target 'nobody' is not an email address.",
        ),
        *(
            (
                [command, "--stage", "production", "--account", "123456789012"],
                "Stage production needs ALARM_EMAIL: without it nobody would hear of its alarms.",
            )
            for command in ("deploy", "diff")
        ),
        (
            ["deploy", "--stage", "staging", "--account", "123456789012", "--role", "deployer"],
            "ROLE must be the ARN of a role of account 123456789012; it is 'deployer'.",
        ),
        (
            ["deploy", "--stage", "staging", "--account", "123456789012", "--backup-copy", "vault"],
            "BACKUP_COPY must be the ARN of a backup vault; it is 'vault'.",
        ),
        (
            ["deploy", "--stage", "staging", "--account", "123456789012", "--traffic-shift", "Slowly"],
            f"There is no traffic shift 'Slowly': name one of {', '.join(TRAFFIC_SHIFTS)}.",
        ),
    ],
)
def test_a_command_that_cannot_be_right_is_refused(arguments: list[str], sentence: str) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{sentence}\n")


@pytest.mark.parametrize("command", ["deploy", "diff", "destroy"])
def test_a_command_without_credentials_says_so_before_anything_else(command: str, tmp_path: Path) -> None:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}

    done = subprocess.run(
        [sys.executable, "-m", "cdk.commands", command, "--stage", "dev", "--account", "123456789012"],
        cwd=ROOT,
        env=outside | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "No AWS credentials were found: sign in (`aws sso login`), or set AWS_PROFILE.\n"
