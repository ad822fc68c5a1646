"""GitHub deploys only tested code, and no code of a pull request runs near a role that can write."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdk.bundling import ROOT, RUNTIME_VERSION
from cdk.stages import TRAFFIC_SHIFTS

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
COMMIT = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")


def workflow(name: str) -> dict[Any, Any]:
    """Returns a workflow. PyYAML reads the key `on` as True (YAML 1.1)."""
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    return workflow


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

    assert permitted == {"diff.diff", "drift.drift", "deploy.staging", "deploy.production"}


def test_the_code_of_a_pull_request_gets_no_environment_and_no_role_that_deploys() -> None:
    for name in ("diff", "test"):
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
        assert not any("environment" in job for job in workflow(name)["jobs"].values())
        assert "AWS_ROLE_ARN" not in text


def lock_files(name: str) -> set[str]:
    """Returns the folders of the repository's lock files of a name, or their stems for `*.txt`."""
    listed = subprocess.run(["git", "ls-files", name], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {str(Path(file).parent) if name.endswith(".json") else Path(file).stem for file in listed.split()}


def test_every_lock_file_is_audited_and_stops_no_deployment() -> None:
    audit = workflow("audit")

    assert set(audit["jobs"]["node"]["strategy"]["matrix"]["folder"]) == lock_files("*package-lock.json")
    assert set(audit["jobs"]["python"]["strategy"]["matrix"]["lock"]) == lock_files("requirements/*.txt")
    assert "schedule" in audit[True]
    for name in ("test", "deploy"):
        assert "audit" not in json.dumps(workflow(name)["jobs"])


def folders_of(*names: str) -> set[str]:
    """Returns the folders of the repository's files of these names, as Dependabot names them."""
    listed = subprocess.run(["git", "ls-files", *names], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {f"/{Path(file).parent}".removesuffix("/.") or "/" for file in listed.split()}


@pytest.mark.parametrize(
    ("ecosystem", "names"),
    [
        ("npm", ["*package-lock.json"]),
        ("pip", ["*pyproject.toml", "*requirements.txt", "requirements/*.txt"]),
        ("docker", ["*Dockerfile"]),
        ("github-actions", [".github/workflows/*.yml"]),
    ],
)
def test_every_file_that_pins_versions_is_kept_up_to_date(ecosystem: str, names: list[str]) -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    (update,) = (update for update in updates if update["package-ecosystem"] == ecosystem)
    # For `/`, Dependabot also reads the requirements one folder below, and the workflows.
    by_root = {"/requirements", "/.github/workflows"}

    named = set(update.get("directories") or [update["directory"]])

    assert named - {"/"} == folders_of(*names) - by_root - {"/"}


@pytest.mark.parametrize("job", ["deploy.staging", "deploy.production", "diff.diff"])
def test_packages_are_installed_before_the_job_has_credentials(job: str) -> None:
    file, _, name = job.partition(".")
    steps_of_job = workflow(file)["jobs"][name]["steps"]
    uses = [step.get("uses", "").partition("@")[0] or step["run"].split(" 2>")[0] for step in steps_of_job]
    settings = workflow(file).get("env", {}) | workflow(file)["jobs"][name].get("env", {})

    assert uses.index("make synth") < uses.index("aws-actions/configure-aws-credentials")
    assert settings["UV_NO_BUILD"] == "1", "wheels alone: building a package runs its code"
    assert settings["npm_config_ignore_scripts"] == "true"


def test_a_deployment_by_hand_takes_a_commit_and_a_traffic_shift() -> None:
    inputs = workflow("deploy")[True]["workflow_dispatch"]["inputs"]

    assert set(inputs) == {"ref", "traffic_shift"}
    assert set(inputs["traffic_shift"]["options"]) == {inputs["traffic_shift"]["default"], *TRAFFIC_SHIFTS}
    for stage in ("staging", "production"):
        (checkout,) = (
            step for step in workflow("deploy")["jobs"][stage]["steps"] if "checkout" in step.get("uses", "")
        )
        assert checkout["with"]["ref"] == "${{ inputs.ref }}"
    assert workflow("deploy")["jobs"]["tests"]["with"]["ref"] == "${{ inputs.ref }}", "the tests of the same commit"


def test_a_change_runs_once_and_a_new_commit_ends_the_run_before() -> None:
    test = workflow("test")

    assert set(test[True]) == {"pull_request", "workflow_call"}
    assert test["concurrency"]["cancel-in-progress"] is True
    targets = (ROOT / "Makefile").read_text()
    (check,) = re.findall(r"^check:.*?\n\n", targets, re.MULTILINE | re.DOTALL)
    assert "pytest" not in check, "`make test` runs the tests"


def test_the_dev_container_has_the_Python_that_a_deployment_needs() -> None:
    assert f"FROM python:{RUNTIME_VERSION}-" in (ROOT / ".devcontainer" / "Dockerfile").read_text()
