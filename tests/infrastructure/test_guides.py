"""Following the guides for contributors literally works on a copy of the repository, after each deployment."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.settings import ROOT
from tests.guides import GUIDES, Hunk, Outdated, apply, changed, copied, hunks, next_version
from tests.trust.scale import FULL

ROOMS = (
    "domain",
    "adapters",
    "resolvers",
    "processor",
    "webhooks",
    "local",
    "cdk",
    "tests",
    "schema.graphql",
    "pyproject.toml",
)
CALL = """
import json
from moto import mock_aws
from tests.integration.conftest import create_table
from tests.integration.lambda_events import ANNA, LambdaContext, field_event
from tests.integration.resolver_lambda import dynamodb, handler
from cdk.fields import LAMBDA_FIELDS

def call(field, **arguments):
    answer = handler(field_event(f"Mutation.{field}", arguments, ANNA), LambdaContext())
    return answer.get("data") or answer["error"]

with mock_aws():
    create_table(dynamodb)
"""
USES: Mapping[str, tuple[str, list[str]]] = {
    "add-a-field.md": (
        """
    task = call("createTask", input={"title": "Milk", "effort": 5})
    print(task["effort"], call("updateTask", input={"id": task["id"], "effort": 1})["effort"])
    print(call("createTask", input={"title": "Milk", "effort": 6})["message"])
    print(call("createTask", input={"title": "Milk"})["effort"])
""",
        ["5 1", "effort must be 1 to 5", "3"],
    ),
    "add-a-status.md": (
        """
    task = call("createTask", input={"title": "Milk"})
    print(call("blockTask", id=task["id"])["status"], call("startTask", id=task["id"])["status"])
    print(call("cancelTask", id=task["id"])["status"], call("blockTask", id=task["id"])["type"])
""",
        ["BLOCKED IN_PROGRESS", "CANCELLED InvalidTransition"],
    ),
    "add-an-event.md": (
        """
    task = call("createTask", input={"title": "Milk"})
    print(call("nudgeTask", id=task["id"])["version"])
    print(dynamodb.scan(TableName="tasks")["Items"][0]["Outbox"])
""",
        ["2", "{'L': [{'S': 'TaskNudged'}]}"],
    ),
    "add-an-operation.md": (
        """
    task = call("createTask", input={"title": "Milk"})
    print(call("renameTask", id=task["id"], title="Bread")["title"], "renameTask" in LAMBDA_FIELDS["Mutation"])
""",
        ["Bread True"],
    ),
}
# The tests that name a place which a guide forgets, without those that take long.
CHECKS = (
    *("tests/unit", "tests/integration/test_resolver_programs.py", "tests/integration/test_recorded_events.py"),
    *("tests/integration/test_versions_of_the_schema.py", "tests/integration/test_newer_data.py"),
    *("tests/integration/test_call_budget.py", "tests/infrastructure/test_schema_compatibility.py"),
)
MOST_FILES = {"add-a-field.md": 7, "add-a-status.md": 8, "add-an-event.md": 8, "add-an-operation.md": 6}


def run(copy: Path, *arguments: str) -> str:
    """Returns what a program prints in a copy of the repository."""
    done = subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout


def check(copy: Path) -> None:
    """Generate what `make schema-docs` generates, and run the tests that name a forgotten place."""
    run(copy, "-m", "docs.schema_documents")
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", "not budget", *CHECKS)


def used(copy: Path, guide: str) -> list[str]:
    """Returns what a use of a guide's result prints."""
    printed = run(copy, "-c", CALL + USES[guide][0])
    return [line for line in printed.splitlines() if not line.startswith('{"')]


def test_all_guides_together_are_complete(tmp_path: Path) -> None:
    copy = next_version(tmp_path, deployments=2)

    for guide in GUIDES:
        assert used(copy, guide) == USES[guide][1]
    check(copy)


@pytest.mark.skipif(not FULL, reason="each guide alone takes a minute: make test-trust")
@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_is_complete_after_each_deployment(tmp_path: Path, guide: str) -> None:
    copy = copied(tmp_path)

    for deployment in sorted({hunk.deployment for hunk in hunks(guide)}):
        apply(guide, copy, deployment=deployment)
        check(copy)

    assert used(copy, guide) == USES[guide][1]


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_is_found_in_few_files(guide: str) -> None:
    files = {hunk.path for hunk in hunks(guide)}

    assert len(files) <= MOST_FILES[guide]
    for path in files:
        changed_alone = (ROOT / path).read_text()
        for hunk in hunks(guide):
            if hunk.path == path:
                changed_alone = changed(changed_alone, hunk, guide)


def test_a_guide_that_is_outdated_names_the_file_and_the_lines() -> None:
    hunk = Hunk(1, "domain/status.py", "class TaskStatus", '    LATER = "LATER"', "")

    with pytest.raises(Outdated, match=r"docs/add-a-status\.md: domain/status\.py has no longer, after 'class TaskSt"):
        changed((ROOT / hunk.path).read_text(), hunk, "add-a-status.md")


def test_a_forgotten_place_is_named(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    schema = copy / "schema.graphql"
    schema.write_text(
        re.sub(r"  CANCELLED\n", "  CANCELLED\n  BLOCKED\n", schema.read_text()).replace(
            "type Mutation {\n", "type Mutation {\n  search(text: String!): Task\n\n"
        )
    )
    tests = ("tests/unit/test_statuses.py", "tests/unit/test_root_fields.py")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", *tests],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "Mutation.search takes neither id nor userId: say in tests/root_fields.py" in done.stdout
    assert "BLOCKED" in done.stdout
