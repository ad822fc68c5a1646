"""Following the guides for contributors literally works on a copy of the repository."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from local.settings import ROOT

ROOMS = ("domain", "adapters", "resolvers", "processor", "local", "cdk", "tests", "schema.graphql", "pyproject.toml")
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


def copied(copy: Path) -> Path:
    """Copies what the guides change, and what their tests run, into the folder, and returns it."""
    for room in ROOMS:
        source = ROOT / room
        if source.is_dir():
            shutil.copytree(source, copy / room, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "e2e"))
        else:
            shutil.copy(source, copy / room)
    return copy


def followed(guide: str, copy: Path, program: str) -> list[str]:
    """Returns what a program prints in a copy of the repository to which every diff of a guide was applied."""
    copied(copy)
    for diff in re.findall(r"```diff\n(.*?)```", (ROOT / "docs" / guide).read_text(), flags=re.DOTALL):
        subprocess.run(["git", "apply", "-C1", "--recount", "-"], cwd=copy, input=diff, text=True, check=True)
    done = subprocess.run([sys.executable, "-c", CALL + program], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    checked = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_fields.py"],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout[-3000:]
    return [line for line in done.stdout.splitlines() if not line.startswith("{")]


def test_the_guide_to_a_field_is_complete(tmp_path: Path) -> None:
    printed = followed(
        "add-a-field.md",
        tmp_path,
        """
    task = call("createTask", input={"title": "Milk", "effort": 5})
    print(task["effort"], call("updateTask", input={"id": task["id"], "effort": 1})["effort"])
    print(call("createTask", input={"title": "Milk", "effort": 6})["message"])
    print(call("createTask", input={"title": "Milk"})["effort"])
""",
    )

    assert printed == ["5 1", "effort must be 1 to 5", "3"]


def test_a_field_stands_in_five_files() -> None:
    touched = re.findall(r"^\+\+\+ b/(.*)$", (ROOT / "docs" / "add-a-field.md").read_text(), flags=re.MULTILINE)

    assert len(set(touched)) == 5


def test_the_guide_to_an_operation_is_complete(tmp_path: Path) -> None:
    printed = followed(
        "add-an-operation.md",
        tmp_path,
        """
    task = call("createTask", input={"title": "Milk"})
    print(call("renameTask", id=task["id"], title="Bread")["title"], "renameTask" in LAMBDA_FIELDS["Mutation"])
""",
    )

    assert printed == ["Bread True"]
