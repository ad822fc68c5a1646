"""A release is prepared by one command, holds the contract as data, and has a reproducible bundle."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.messages import ChangeMessage
from adapters.task_items import task_of
from cdk import bundling
from cdk.bundling import ROOT, Target
from cdk.release import MESSAGE_SCHEMAS, CannotRelease, digest, notes, prepared, samples

TODAY = date(2026, 12, 24)
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n- Lists.\n\n## 1.0.0 (2026-12-01)\n\n### Added\n- Tasks.\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "tasks-api"\nversion = "1.0.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "schema.graphql").write_text("type Query { a: ID }")
    (tmp_path / "docs" / "events").mkdir(parents=True)
    for name in MESSAGE_SCHEMAS:
        (tmp_path / "docs" / "events" / name).write_text(f'{{"title": "{name}"}}')
    return tmp_path


def test_a_release_takes_what_is_unreleased_and_the_contract_as_it_is(checkout: Path) -> None:
    files = prepared(checkout, "1.1.0", TODAY)

    assert 'version = "1.1.0"' in files["pyproject.toml"]
    assert files["CHANGELOG.md"].startswith(
        "# Changelog\n\n## Unreleased\n\n## 1.1.0 (2026-12-24)\n\n### Added\n- Lists.\n"
    )
    assert notes(files["CHANGELOG.md"], "1.1.0") == "### Added\n- Lists."
    assert files["docs/released/schema.graphql"] == "type Query { a: ID }"
    assert "Mutation.createTask\n" in files["docs/released/resolvers.txt"]
    assert files["docs/released/change.schema.json"] == '{"title": "change.schema.json"}'
    assert set(json.loads(files["docs/released/samples.json"])) == {"messages", "items"}


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("1.0.0", "Version 1.0.0 is not newer than 1.0.0, the version of pyproject.toml."),
        ("0.9.9", "Version 0.9.9 is not newer than 1.0.0, the version of pyproject.toml."),
        ("v1.1", "A version has the form 1.2.3; this one is 'v1.1'."),
        ("1.1.0; rm -rf /", "A version has the form 1.2.3; this one is '1.1.0; rm -rf /'."),
    ],
)
def test_a_version_that_cannot_follow_is_refused(checkout: Path, version: str, sentence: str) -> None:
    with pytest.raises(CannotRelease) as refusal:
        prepared(checkout, version, TODAY)

    assert str(refusal.value) == sentence


def test_a_release_that_exists_is_refused(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text(CHANGELOG.replace("1.0.0", "1.1.0"))

    with pytest.raises(CannotRelease, match=r"CHANGELOG\.md already has a release 1\.1\.0"):
        prepared(checkout, "1.1.0", TODAY)


def test_without_a_change_nothing_is_released(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text(CHANGELOG.replace("- Lists.\n", ""))

    with pytest.raises(CannotRelease, match="lists no change under Unreleased"):
        prepared(checkout, "1.1.0", TODAY)


def test_what_is_not_prepared_is_not_published() -> None:
    with pytest.raises(CannotRelease, match=r"has no section of 2\.0\.0: run `make release VERSION=2\.0\.0` first"):
        notes(CHANGELOG, "2.0.0")


RELEASED = ROOT / "docs" / "released" / "samples.json"


@pytest.fixture(params=["as it is now", "as the last release wrote it"])
def contract(request: pytest.FixtureRequest) -> Any:
    """What is written now, and from the first release on also what the last release wrote."""
    is_released = request.param == "as the last release wrote it" and RELEASED.exists()
    return json.loads(RELEASED.read_text() if is_released else json.dumps(samples()))


def test_messages_of_a_release_are_read(contract: Any) -> None:
    for name, message in contract["messages"].items():
        change = ChangeMessage.read(json.dumps(message)).change
        assert change.version == message["task"]["version"], name


def test_items_of_a_release_are_read(contract: Any) -> None:
    for name, item in contract["items"].items():
        if name.endswith(": task"):
            assert task_of(item).version == item["Version"], name


def test_every_kind_of_event_has_a_sample() -> None:
    kinds = {event["type"] for message in samples()["messages"].values() for event in message["events"]}  # type: ignore[attr-defined]

    assert kinds >= {"TaskCreated", "TaskStatusChanged", "TaskCompleted", "TaskReopened", "TaskUpdated", "TaskDeleted"}


def test_packages_are_the_same_bytes_wherever_they_are_installed(tmp_path: Path) -> None:
    target = Target(bundling.RUNTIME_VERSION, "aarch64-manylinux2014", None)
    folders = tmp_path / "here", tmp_path / "in" / "another" / "place"
    for folder in folders:
        bundling._install(target, folder)

    first, second = ({str(f.relative_to(d)): digest(f.parent) for f in d.rglob("RECORD")} for d in folders)
    assert first == second
    assert digest(folders[0]) == digest(folders[1])
