"""The smoke tests pass against the local stack in place of a deployed stage."""

import os
import subprocess
import sys

import boto3

from local.clients import access
from local.description import StackDescription
from local.settings import ROOT, Settings


def smoke(stack: StackDescription, stage: str, **environment: str) -> subprocess.CompletedProcess[str]:
    names = {"SMOKE_STAGE": stage, "SMOKE_URL": stack.graphql_url, "SMOKE_API_KEY": stack.api_key, "SMOKE_TOKEN": ""}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/smoke"],
        cwd=ROOT,
        env={**os.environ, **names, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def tasks(stack: StackDescription, settings: Settings) -> tuple[int, list[str]]:
    """Returns the number of items in the table, and the owners of smoke tests' tasks that are not deleted."""
    tasks = [
        item
        for page in boto3.client("dynamodb", **access(settings))
        .get_paginator("scan")
        .paginate(TableName=stack.table_name)
        for item in page["Items"]
    ]
    owners = (item["UserId"]["S"] for item in tasks if "CreatedAt" in item)
    return len(tasks), [owner for owner in owners if "smoke-" in owner]


def test_the_smoke_tests_leave_no_task_behind(stack: StackDescription, settings: Settings) -> None:
    before, _ = tasks(stack, settings)

    done = smoke(stack, "staging")

    assert done.returncode == 0, done.stdout
    after, left = tasks(stack, settings)
    assert after > before
    assert left == []


def test_a_stage_that_keeps_its_data_is_only_read(stack: StackDescription) -> None:
    done = smoke(stack, "production")

    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_a_stage_that_is_not_deployed_is_named_in_one_sentence(stack: StackDescription) -> None:
    done = smoke(stack, "staging", SMOKE_URL="", AWS_ENDPOINT_URL=stack.aws_endpoint_url)

    assert done.returncode == 1
    assert "The outputs of the stack TasksApi-staging cannot be read" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
