"""The console knows the stack, and a task is created, listened to and completed in it by clicking alone."""

import json
import platform
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local.description import StackDescription
from tests.e2e.clients import PATIENCE, Api
from tests.e2e.javascript import node

WINDOWS = [
    *("Create a task", "Listen", "Complete the task", "List tasks"),
    *("Create as alice", "Listen as alice", "List as bob", "List as ada"),
]
Visit = dict[str, Any]  # what the windows showed, by what was done in them
HAS_BROWSER = (platform.system(), platform.machine()) == ("Linux", "x86_64") or any(
    shutil.which(name) or Path(name).exists()
    for name in ("chromium", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
)
needs_a_browser = pytest.mark.skipif(
    not HAS_BROWSER, reason="install Chromium or Chrome: npm has one for x86-64 Linux only"
)


@pytest.fixture(scope="module")
def visit(stack: StackDescription, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """What the console showed to a person who used it, and to another who read the documentation meanwhile."""
    settings = {"consoleUrl": stack.console_url, "awsUrl": stack.aws_endpoint_url}
    shown: Visit = node.run("console.mjs", {**settings, "screenshots": str(tmp_path_factory.mktemp("console"))})
    return shown


def test_the_page_is_preset_with_endpoint_key_provider_and_queries(api: Api) -> None:
    with urllib.request.urlopen(api.stack.console_url, timeout=PATIENCE) as answer:
        page = answer.read().decode()

    for preset in (api.stack.graphql_url, api.stack.api_key, "app-sync", "onTaskCompleted", "completeTask"):
        assert preset in page


@needs_a_browser
def test_a_task_is_created_heard_of_and_completed_by_clicking(visit: Visit) -> None:
    task = data(visit["created"])["createTask"]["id"]
    completed, heard = data(visit["completed"])["completeTask"], data(visit["heard"])["onTaskCompleted"]
    assert (completed["id"], completed["status"]) == (task, "COMPLETED")
    assert (heard["id"], heard["title"]) == (task, "Buy milk")
    assert task in visit["listed"]


@needs_a_browser
def test_a_users_window_calls_and_subscribes_as_that_user(api: Api, visit: Visit) -> None:
    task, change = data(visit["alices"])["createTask"], data(visit["heardByAlice"])["onTaskChanged"]
    assert task["userId"] == api.sub("alice")
    # The API key would also have heard of the task of `demo` that was created and completed meanwhile.
    assert (change["event"], change["task"]["id"], visit["eventsOfAlice"]) == ("CREATED", task["id"], 1)
    assert task["id"] in visit["seenByAda"]
    assert {item["userId"] for item in data(visit["bobs"])["tasksByUser"]["items"]} <= {api.sub("bob")}
    assert visit["refused"] == []


@needs_a_browser
def test_completing_before_a_task_was_created_asks_for_an_id(visit: Visit) -> None:
    assert "Which task? Create one in the window" in visit["asked"]
    assert "data" not in json.loads(visit["asked"])


@needs_a_browser
def test_a_window_says_what_it_waits_for(visit: Visit) -> None:
    assert visit["first"] == "The result appears here."
    assert visit["listening"] == ["Listening. Events appear here."] * 2


@needs_a_browser
def test_a_narrow_screen_shows_the_whole_send_button(visit: Visit) -> None:
    assert visit["buttonEnds"] <= 360  # pixels


@needs_a_browser
def test_each_window_has_documentation_and_completion_from_the_first_view(visit: Visit) -> None:
    assert list(visit["learned"]) == WINDOWS
    for window in visit["learned"].values():
        assert window["types"] == ["Query", "Mutation", "Subscription"]
        assert sorted(window["completions"]) == ["task", "taskStatistics", "tasksByUser"]


def data(shown: str) -> Any:
    """The data of a result as the console shows it."""
    return json.loads(shown)["data"]


def test_each_query_has_a_window_named_after_its_file(api: Api) -> None:
    with urllib.request.urlopen(api.stack.console_url, timeout=PATIENCE) as answer:
        page = answer.read().decode()

    for name in WINDOWS:
        assert f"initialName: `{name}`" in page
