"""Editing a source redeploys it while the stack runs, and subscribers stay connected."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from local import deployment, reload
from local.errors import CannotRun
from local.settings import Settings
from tests.e2e.clients import Api, Subscribed

FOLDERS = ("resolvers", "domain", "adapters", "processor", "tests")
COMPLETED = "subscription($user: ID) { onTaskCompleted(userId: $user) { id } }"
LOOKS = 20  # at a watch, until it should have noticed


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
    "path", ["resolvers/queries.py", "resolvers/lambda_resolver.js", "domain/deeper/new.py", "schema.graphql"]
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


def test_a_failed_deployment_says_why_and_that_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_settings: Settings) -> None:
        raise CannotRun("cdk deploy failed; its log is deploy.log.")

    monkeypatch.setattr(deployment, "deploy", fail)

    said = reload.redeploy(Settings(data=tmp_path), ["schema.graphql"])

    assert said == "Not redeployed, the API goes on as it was: cdk deploy failed; its log is deploy.log."


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("resolvers/queries.py", "def task(:\n", "resolvers/queries.py, line 1: invalid syntax."),
        (
            "schema.graphql",
            "type Query { a: ID }\ntype Broken {",
            "schema.graphql, line 2: Syntax Error: Expected Name, found <EOF>.",
        ),
    ],
)
def test_what_cannot_be_parsed_is_said_with_its_line_and_not_deployed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str, why: str
) -> None:
    deployed: list[Settings] = []
    monkeypatch.setattr(deployment, "deploy", deployed.append)
    (checkout / path).write_text(text)

    said = reload.redeploy(Settings(data=checkout), [path], checkout)

    assert said == f"Not redeployed, the API goes on as it was: {why}"
    assert not deployed


async def test_a_subscriber_stays_connected_over_a_redeployment(api: Api, settings: Settings) -> None:
    alice = api.sub("alice")
    auth = api.with_key()
    async with (
        api.http(auth) as run,
        api.realtime(auth) as session,
        Subscribed(api, session, COMPLETED, user=alice) as subscribed,
    ):
        said = reload.redeploy(settings, ["resolvers/queries.py"])
        task = await run.create(alice)
        await run("mutation($id: ID!) { completeTask(id: $id) { id } }", id=task)
        event = await subscribed.event()

    assert said.startswith("Redeployed in ")
    assert said.endswith(" s: resolvers/queries.py")
    assert event == {"onTaskCompleted": {"id": task}}
