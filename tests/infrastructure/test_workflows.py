"""GitHub deploys only tested code, and no code of a pull request runs near a role that can write."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cdk.bundling import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
COMMIT = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


def workflow(name: str) -> dict[Any, Any]:
    """Returns a workflow. PyYAML reads the key `on` as True (YAML 1.1)."""
    found: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    return found


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in FILES:
        yield from ((f"{file.stem}.{name}", job) for name, job in workflow(file.stem)["jobs"].items())


def steps(kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, step) for name, job in jobs() for step in job.get("steps", []) if kind in step]


@pytest.mark.parametrize("stage", ["staging", "production"])
def test_a_stage_is_deployed_after_the_tests_of_the_same_commit(stage: str) -> None:
    deploy = workflow("deploy")["jobs"]
    needed = [deploy[stage]["needs"]]
    while (before := deploy[needed[-1]].get("needs")) is not None:
        needed.append(before)

    assert deploy[needed[-1]]["uses"] == "./.github/workflows/test.yml"
    assert "workflow_call" in workflow("test")[True]


def test_a_run_that_waits_for_an_approval_holds_up_no_other_stage() -> None:
    deploy = workflow("deploy")

    assert "concurrency" not in deploy
    assert len({deploy["jobs"][stage]["concurrency"] for stage in ("staging", "production")}) == 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_a_failure_before_a_pipe_is_a_failure(file: Any) -> None:
    assert workflow(file.stem)["defaults"]["run"]["shell"] == "bash"


def test_scripts_get_variables_from_their_environment_and_never_as_text() -> None:
    assert [name for name, step in steps("run") if "${{" in step["run"]] == []


def test_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for _, step in steps("uses")]

    assert used
    assert [action for action in used if not COMMIT.fullmatch(action)] == []


def test_only_the_jobs_that_talk_to_aws_get_identity_tokens() -> None:
    permitted = {
        name
        for name, job in jobs()
        if job.get("permissions", workflow(name.partition(".")[0])["permissions"]).get("id-token") == "write"
    }

    assert permitted == {"diff.diff", "deploy.staging", "deploy.production"}


def test_the_code_of_a_pull_request_gets_no_environment_and_no_role_that_deploys() -> None:
    for name in ("diff", "test"):
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
        assert not any("environment" in job for job in workflow(name)["jobs"].values())
        assert "AWS_ROLE_ARN" not in text
