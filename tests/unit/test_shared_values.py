"""A value that several folders need has one source, and the places that cannot import it agree with the source."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from cdk.bundling import ROOT, RUNTIME_VERSION, SOURCES
from cdk.stages import STAGES
from local.settings import STAGE, stack_of
from local.stack_update import LAMBDA_FOLDERS
from resolvers.access import ADMINS

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def contract(name: str) -> Any:
    """Returns a contract of the import linter by the beginning of its name."""
    return next(each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if each["name"].startswith(name))


@pytest.mark.parametrize(
    "folders",
    [
        PYPROJECT["tool"]["mypy"]["files"],
        PYPROJECT["tool"]["importlinter"]["root_packages"],
        PYPROJECT["tool"]["coverage"]["run"]["source"],
        PYPROJECT["tool"]["deptry"]["known_first_party"],
    ],
    ids=["mypy", "import linter", "coverage", "deptry"],
)
def test_every_tool_checks_the_folders_of_the_bundle(folders: Sequence[str]) -> None:
    assert set(SOURCES) <= set(folders)


def test_what_ships_imports_nothing_else() -> None:
    assert contract("Nothing that ships")["source_modules"] == [*SOURCES]


def test_the_security_check_reads_the_folders_of_the_bundle() -> None:
    (command,) = re.findall(r"bandit -q -r (.+) -ll", (ROOT / "Makefile").read_text())

    assert set(SOURCES) <= set(command.split())


def test_the_local_stack_deploys_edits_of_the_folders_of_the_bundle() -> None:
    assert sorted(LAMBDA_FOLDERS) == sorted(SOURCES)


def test_the_local_commands_name_stacks_as_the_app_does() -> None:
    assert {name: stack_of(name) for name in STAGES} == {name: stage.stack for name, stage in STAGES.items()}
    assert STAGE in STAGES


def test_the_group_of_the_boards_administrators_is_that_of_the_api() -> None:
    session = (ROOT / "examples/board/src/session.ts").read_text()

    assert re.findall(r"isAdmin: .*includes\('(\w+)'\)", session) == [ADMINS]


def test_workflows_that_build_the_bundle_have_the_python_of_the_lambdas() -> None:
    versions = {name: _pythons(name) for name in ("test", "deploy", "diff", "release")}

    assert versions["deploy"] == versions["diff"] == versions["release"] == {RUNTIME_VERSION}
    assert RUNTIME_VERSION in versions["test"]


@pytest.mark.parametrize("document", ["README.md", "docs/first-deployment.md", "docs/decisions/0003-lambda-bundles.md"])
def test_documents_name_the_python_of_the_lambdas(document: str) -> None:
    named = re.findall(r"Python (3\.\d+)(?= \(the Lambdas|, which uv| of this machine)", (ROOT / document).read_text())

    assert set(named) == {RUNTIME_VERSION}


def _pythons(workflow: str) -> set[str]:
    """Returns the Python versions that the jobs of a workflow install."""
    jobs = yaml.safe_load((ROOT / f".github/workflows/{workflow}.yml").read_text())["jobs"].values()
    matrices = [
        [entry["python"] for entry in job.get("strategy", {}).get("matrix", {}).get("include", [])] for job in jobs
    ]
    steps = [step.get("with", {}).get("python-version", "") for job in jobs for step in job.get("steps", [])]
    return {version for versions in (*matrices, steps) for version in versions if re.fullmatch(r"3\.\d+", version)}
