"""`make up` detects the edits that matter and ignores others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from local import reload
from local.stack_update import LAMBDA_FOLDERS

FOLDERS = (*LAMBDA_FOLDERS, "cdk", "tests")
LOOKS = 20  # iterations within which a watch must have detected an edit


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        (tmp_path / folder / "deeper").mkdir(parents=True)
    (tmp_path / "schema.graphql").write_text("type Query { a: ID }")
    return tmp_path


@pytest.fixture
def changes(checkout: Path) -> Iterator[Sequence[str]]:
    watching = reload.changed_sources(checkout)
    assert next(watching) == []
    return watching


def next_change(changes: Iterator[Sequence[str]]) -> Sequence[str]:
    for _, changed in zip(range(LOOKS), changes, strict=False):
        if changed:
            return changed
    return []


@pytest.mark.parametrize(
    "path",
    ["resolvers/queries.py", "resolvers/lambda_resolver.js", "domain/deeper/new.py", "cdk/api.py", "schema.graphql"],
)
def test_a_source_that_changes_is_noticed(checkout: Path, changes: Iterator[Sequence[str]], path: str) -> None:
    (checkout / path).write_text("changed")

    assert next_change(changes) == [path]


def test_a_schema_that_an_editor_replaces_is_noticed_each_time(
    checkout: Path, changes: Iterator[Sequence[str]]
) -> None:
    for number in range(2):
        saved = checkout / "schema.graphql~"
        saved.write_text(f"type Query {{ a{number}: ID }}")
        saved.replace(checkout / "schema.graphql")

        assert next_change(changes) == ["schema.graphql"]


def test_what_is_no_source_is_not_noticed(checkout: Path, changes: Iterator[Sequence[str]]) -> None:
    for path in ["README.md", "tests/test_task.py", "resolvers/queries.pyc", "domain/task.py.swp"]:
        (checkout / path).write_text("changed")
    (checkout / "domain" / "task.py").write_text("changed")

    assert next_change(changes) == ["domain/task.py"]


def test_a_burst_of_changes_is_one_redeployment(checkout: Path, changes: Iterator[Sequence[str]]) -> None:
    paths = [f"{folder}/module_{number}.py" for folder in ("adapters", "domain") for number in range(20)]

    for path in paths:
        (checkout / path).write_text("changed")

    assert next_change(changes) == sorted(paths)
    (checkout / "schema.graphql").write_text("changed")
    assert next_change(changes) == ["schema.graphql"]
