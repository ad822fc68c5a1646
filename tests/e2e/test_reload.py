"""An edit of a source changes the running API within seconds, and subscribers stay connected.

The stack runs from a copy of the checkout, which the tests edit.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.clients import access
from local.description import StackDescription
from local.settings import ROOT, Settings
from local.stack_update import LAMBDA_FOLDERS
from tests.e2e.clients import Api, Subscribed
from tests.e2e.conftest import free_port

COPIED = (*LAMBDA_FOLDERS, "cdk", "local", "operations", "probes", "requirements")
COPIED_FILES = ("schema.graphql", "cdk.json", "eslint.config.mjs")
SHARED = (".venv", ".tools", "node_modules")
TASK = '{ task(id: "none") { id } }'
COMPLETED = "subscription($user: ID) { onTaskCompleted(userId: $user) { id title } }"
PATIENCE = 120  # seconds; the limit of a whole deployment on a busy machine

NOT_FOUND = ("domain/errors.py", '"There is no such task."', '"Nobody knows this task."')
TYPED = ("resolvers/lambda_resolver.js", "util.error(error.message, error.type", "util.error(error.message, 'Edited'")
FIELD = ("schema.graphql", "type Query {", "type Query {\n  later: String")


class Checkout:
    """A copy of the checkout and the stack that runs from it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = Settings(port=free_port(), ministack_port=free_port(), data=root / ".local")
        for name in COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in COPIED_FILES:
            shutil.copy(ROOT / name, root / name)
        for name in SHARED:
            (root / name).symlink_to(ROOT / name)

    def start(self) -> None:
        """Start the stack, which watches the sources."""
        self._local("start")

    def stop(self) -> None:
        """Stop the stack."""
        self._local("stop")

    @property
    def api(self) -> Api:
        """Returns the stack's clients."""
        return Api(StackDescription.read(self.settings.stack_file))

    def replace(self, path: str, old: str, new: str) -> None:
        """Edit a source."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))

    def edit(self, path: str, old: str, new: str) -> str:
        """Edit a source. Returns what `make up` prints about the edit, without its lines about the builds of pages."""
        log = self.settings.log("up")
        before = log.stat().st_size
        self.replace(path, old, new)
        deadline = time.monotonic() + PATIENCE
        while "edeployed" not in (said := log.read_bytes()[before:].decode()):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return "\n".join(line for line in said.splitlines() if not line.startswith(("The board is", "The console is")))

    def _local(self, command: str) -> None:
        environment = {
            "PORT": str(self.settings.port),
            "MINISTACK_PORT": str(self.settings.ministack_port),
            "LOCAL_DATA": str(self.settings.data),
            "AUTH": "0",
            "WATCH": "1",
        }
        subprocess.run(
            [sys.executable, "-m", "local", command], cwd=self.root, env={**os.environ, **environment}, check=True
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path_factory.mktemp("a checkout"))
    try:
        checkout.start()
        yield checkout
    finally:
        checkout.stop()


@pytest.fixture
def checkout(running: Checkout) -> Iterator[Checkout]:
    """Yields the running checkout. Afterwards its sources and its API are restored."""
    yield running
    for path in {path for path, *_ in (NOT_FOUND, TYPED, FIELD)}:
        text = (ROOT / path).read_text()
        if text != (running.root / path).read_text():
            running.edit(path, (running.root / path).read_text(), text)


async def refusal(checkout: Checkout) -> Mapping[str, Any]:
    """Returns the API's answer for a task that does not exist."""
    async with checkout.api.http(checkout.api.with_key()) as run:
        return await run.refusal(TASK)


def answer_to(checkout: Checkout, key: str) -> str:
    """Returns the errorType of the API's answer for a task that does not exist to a caller with the API key."""
    _, answer, _ = checkout.api.post(json.dumps({"query": TASK}).encode(), {"x-api-key": key})
    return str(answer["errors"][0]["errorType"])


async def test_an_edit_of_python_changes_the_answer(checkout: Checkout) -> None:
    assert (await refusal(checkout))["message"] == "There is no such task."

    said = checkout.edit(*NOT_FOUND)

    assert said.startswith("Redeployed in ")
    assert said.endswith(" s: domain/errors.py.")
    assert (await refusal(checkout))["message"] == "Nobody knows this task."


async def test_an_edit_that_is_taken_back_is_deployed_too(checkout: Checkout) -> None:
    path, old, new = NOT_FOUND

    checkout.edit(path, old, new)
    checkout.edit(path, new, old)

    assert (await refusal(checkout))["message"] == "There is no such task."


async def test_an_edit_of_resolver_code_changes_the_answer(checkout: Checkout) -> None:
    assert (await refusal(checkout))["errorType"] == "TaskNotFound"

    checkout.edit(*TYPED)

    assert (await refusal(checkout))["errorType"] == "Edited"


async def test_an_edit_of_the_schema_changes_the_api_and_says_what_it_lacks(checkout: Checkout) -> None:
    said = checkout.edit(*FIELD)

    assert said.endswith(
        " s: schema.graphql. Query.later has no resolver yet: save a file of cdk/ to deploy the whole app."
    )
    async with checkout.api.http(checkout.api.as_user("alice")) as run:
        assert await run("{ later }") == {"later": None}


async def test_an_edit_that_cannot_run_is_refused_and_the_api_goes_on_as_it_was(checkout: Checkout) -> None:
    said = checkout.edit(
        "domain/errors.py", "import TYPE_CHECKING, Any, ClassVar", "import TYPE_CHECKING, Missing, ClassVar"
    )

    assert said.startswith(
        "Not redeployed, the API goes on as it was: domain/errors.py, line 8: ImportError: cannot import name 'Missing'"
    )
    assert (await refusal(checkout))["message"] == "There is no such task."


async def test_a_subscriber_stays_connected_and_hears_of_what_follows(checkout: Checkout) -> None:
    api = checkout.api
    alice = api.sub("alice")
    async with (
        api.http(api.with_key()) as run,
        api.realtime(api.with_key()) as session,
        Subscribed(api, session, COMPLETED, user=alice) as subscribed,
    ):
        for edit in (NOT_FOUND, TYPED, FIELD):
            checkout.edit(*edit)
        task = await run.create(alice)
        await run("mutation($id: ID!) { completeTask(id: $id) { id } }", id=task)
        event = await subscribed.event()

    assert event == {"onTaskCompleted": {"id": task, "title": "Buy milk"}}


async def test_an_edit_of_the_cdk_app_deploys_it_whole(checkout: Checkout) -> None:
    said = checkout.edit("cdk/function.py", "MEMORY = 512", "MEMORY = 256")

    running = StackDescription.read(checkout.settings.stack_file).settings(checkout.settings)
    functions = boto3.client("lambda", **access(running)).list_functions()["Functions"]
    assert said.startswith("cdk/function.py changed: deploying the whole app …\n")
    assert "\nRedeployed in " in said
    assert {function["MemorySize"] for function in functions} == {256}


def test_an_api_key_is_rotated_as_the_runbook_says_and_later_deployments_go_on(checkout: Checkout) -> None:
    old = checkout.api.stack.api_key

    checkout.edit("cdk/stages.py", '("A",)', '("A", "B")')
    new = checkout.api.stack.api_key
    both = [answer_to(checkout, key) for key in (old, new)]
    checkout.edit("cdk/stages.py", '("A", "B")', '("B",)')
    checkout.edit("cdk/function.py", "seconds(10)", "seconds(11)")

    assert old != new
    assert both == ["TaskNotFound", "TaskNotFound"]
    assert answer_to(checkout, new) == "TaskNotFound"
    assert answer_to(checkout, old) == "UnauthorizedException"


async def test_an_edit_that_is_taken_back_while_nothing_runs_is_gone_at_the_next_start(checkout: Checkout) -> None:
    for edit in (NOT_FOUND, TYPED, FIELD):
        checkout.edit(*edit)

    checkout.stop()
    for path, old, new in (NOT_FOUND, TYPED, FIELD):
        checkout.replace(path, new, old)
    checkout.start()

    answer = await refusal(checkout)
    assert (answer["message"], answer["errorType"]) == ("There is no such task.", "TaskNotFound")
    async with checkout.api.http(checkout.api.with_key()) as run:
        fields = (await run('{ __type(name: "Query") { fields { name } } }'))["__type"]["fields"]
    assert "later" not in {field["name"] for field in fields}
