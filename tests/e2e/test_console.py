"""The console knows the stack, and a task is created, listened to and completed in it by clicking alone."""

import json
import platform
import shutil
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.clients import PATIENCE, Api
from tests.e2e.javascript import node

HAS_BROWSER = (platform.system(), platform.machine()) == ("Linux", "x86_64") or any(
    shutil.which(name) or Path(name).exists()
    for name in ("chromium", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
)


def test_the_page_is_preset_with_endpoint_key_provider_and_queries(api: Api) -> None:
    with urllib.request.urlopen(api.stack.console_url, timeout=PATIENCE) as answer:
        page = answer.read().decode()

    for preset in (api.stack.graphql_url, api.stack.api_key, "app-sync", "onTaskCompleted", "completeTask"):
        assert preset in page


@pytest.mark.skipif(not HAS_BROWSER, reason="install Chromium or Chrome: npm has one for x86-64 Linux only")
def test_a_task_is_created_heard_of_and_completed_by_clicking(api: Api, tmp_path: Path) -> None:
    seen = node.run("console.mjs", {"consoleUrl": api.stack.console_url, "screenshots": str(tmp_path)})

    task = data(seen["created"])["createTask"]["id"]
    completed, heard = data(seen["completed"])["completeTask"], data(seen["heard"])["onTaskCompleted"]
    assert (completed["id"], completed["status"]) == (task, "COMPLETED")
    assert (heard["id"], heard["title"]) == (task, "Buy milk")
    assert task in seen["listed"]
    assert data(seen["signedIn"])["createTask"]["userId"] == api.sub("alice")


def data(shown: str) -> Any:
    """The data of a result as the console shows it."""
    return json.loads(shown)["data"]


def test_each_query_has_a_window_named_after_its_file(api: Api) -> None:
    with urllib.request.urlopen(api.stack.console_url, timeout=PATIENCE) as answer:
        page = answer.read().decode()

    for name in ("Create a task", "Listen to completions", "Complete the task", "List tasks", "Sign in as alice"):
        assert f"initialName: `{name}`" in page
