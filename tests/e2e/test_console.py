"""The console runs the prepared operations as API key, user or service, and its events appear beside every tab."""

import json
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.clients import access
from local.description import StackDescription
from local.errors import CannotRun
from local.pages import console
from local.settings import Settings
from tests.e2e.clients import PATIENCE, Api
from tests.e2e.javascript import node

CALLERS = {
    "CreateTask": "API key",
    "ListenToCompletions": "API key",
    "CompleteTask": "API key",
    "ListTasks": "API key",
    "ListByDueDate": "API key",
    "MoveTask": "API key",
    "WhatChanged": "API key",
    "ListenAsAlice": "alice",
    "CreateAsAlice": "alice",
    "WhatBobMaySee": "bob",
    "AdaSeesAll": "ada",
    "StatisticsAsService": "IAM",
}
# Rules that GraphiQL's own elements break: buttons within its tabs, and fields without labels in its query builder.
OF_GRAPHIQL = (
    'nested-interactive <li aria-selected="',
    "label <input ",
    'select-name <select style="flex-grow: 2;">',
)
BUILDING = 300  # seconds; the limit when nothing is installed yet
Visit = dict[str, Any]  # what people saw
HAS_BROWSER = (platform.system(), platform.machine()) == ("Linux", "x86_64") or any(
    shutil.which(name) or Path(name).exists()
    for name in ("chromium", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
)
needs_a_browser = pytest.mark.skipif(
    not HAS_BROWSER, reason="install Chromium or Chrome: npm has one for x86-64 Linux only"
)


@pytest.fixture(scope="module")
def visit(stack: StackDescription, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """Returns what people saw who ran the prepared tabs, built a query, followed a foreign link, and used a phone."""
    # The stack also builds the console. This process waits for the same lock.
    build = [sys.executable, "-m", "local.pages.build", "console", str(settings.data / "console")]
    subprocess.run(build, check=True, timeout=BUILDING)
    screenshots = str(tmp_path_factory.mktemp("console"))
    shown: Visit = node.run("console.mjs", {"consoleUrl": stack.console_url, "screenshots": screenshots})
    return shown


def data(response: str) -> Any:
    """Returns the data of a response as the console shows it."""
    return json.loads(response)["data"]


@needs_a_browser
def test_the_first_view_has_documentation_and_a_tab_for_each_step_with_its_caller(visit: Visit) -> None:
    assert visit["first"]["titles"] == list(CALLERS)
    assert visit["first"]["callers"] == CALLERS
    assert visit["first"]["types"] == ["Query", "Mutation", "Subscription"]


@needs_a_browser
def test_a_task_is_created_and_completed_and_the_completion_is_announced(visit: Visit) -> None:
    task = data(visit["created"])["createTask"]["id"]
    completed, announced = data(visit["completed"])["completeTask"], visit["announced"]["data"]["onTaskCompleted"]

    assert "listens as API key" in visit["listening"]
    assert (completed["id"], completed["status"]) == (task, "COMPLETED")
    assert (announced["id"], announced["title"]) == (task, "Buy milk")
    assert task in visit["listed"]
    assert {'"type": "CREATED"', '"type": "COMPLETED"'} <= set(re.findall(r'"type": "\w+"', visit["listed"]))


@needs_a_browser
def test_a_task_is_moved_before_another_and_what_happened_is_told(visit: Visit) -> None:
    first, again = map(data, visit["moved"])
    events, changes = visit["changes"].split('"taskChanges"')  # the editor breaks the long token, which is no JSON then

    assert first["moveTask"]["rank"] < first["createTask"]["rank"]
    assert again == first
    assert set(re.findall(r'"kind": "(\w+)"', events)) == {"SERVICE"}
    assert first["moveTask"]["id"] in changes


@needs_a_browser
def test_a_tab_of_alice_calls_and_subscribes_as_alice(api: Api, visit: Visit) -> None:
    task, change = data(visit["alices"])["createTask"], visit["announcedToAlice"]["data"]["onTaskChanged"]

    assert task["userId"] == api.sub("alice")
    # The API key would also have received the task of `demo` that was created and completed meanwhile.
    assert (change["event"], change["task"]["id"], visit["eventsOfAlice"]) == ("CREATED", task["id"], 1)


@needs_a_browser
def test_bob_learns_nothing_of_alices_task_and_ada_sees_it(visit: Visit) -> None:
    task = data(visit["alices"])["createTask"]["id"]
    bobs = json.loads(visit["bobs"])

    assert (bobs["data"]["herTask"], bobs["data"]["herList"]) == (None, None)
    assert {error["errorType"] for error in bobs["errors"]} == {"TaskNotFound", "Unauthorized"}  # in either order
    assert data(visit["adas"])["herTask"]["title"] == "Water the plants"
    assert task in visit["adas"]


@needs_a_browser
def test_a_service_is_known_by_its_signature(visit: Visit) -> None:
    assert data(visit["services"])["taskStatistics"]["total"] >= 0


@needs_a_browser
def test_the_switch_changes_who_calls_and_a_reload_keeps_it(visit: Visit) -> None:
    assert data(visit["switched"])["herTask"]["title"] == "Water the plants"
    assert "UnauthorizedException" in visit["unsigned"]
    assert visit["remembered"] == "headers"


@needs_a_browser
def test_a_subscription_outlives_its_tab_until_it_is_stopped(visit: Visit) -> None:
    assert visit["subscriptions"] == 2
    assert [text.splitlines()[0] for text in visit["left"]] == ["ListenAsAlice, as alice"]


@needs_a_browser
def test_completing_before_a_task_was_created_asks_for_an_id(visit: Visit) -> None:
    assert "Which task? Run the tab CreateTask first" in visit["asked"]
    assert '"data"' not in visit["asked"]


@needs_a_browser
def test_a_refused_sign_in_shows_the_reason_that_the_service_wrote(visit: Visit) -> None:
    shown = re.sub(r"\s+", "", visit["unknown"])  # the editor breaks the line

    assert shown == '{"errors":[{"message":"alicecouldnotbesignedin:Notfromthiscomputer."}]}'


@needs_a_browser
def test_the_explorer_the_history_and_the_completion_know_the_schema(visit: Visit) -> None:
    assert {"createTask", "completeTask"} <= {field.strip() for field in visit["explorer"]}
    assert set(visit["history"]) == {"CreateTask"}  # twice if GraphiQL notes its empty headers only after the first run
    assert {"task", "tasksByUser", "taskStatistics"} <= set(visit["completions"])


@needs_a_browser
def test_a_foreign_link_plants_neither_an_operation_nor_an_endpoint(stack: StackDescription, visit: Visit) -> None:
    assert visit["planted"] == {"titles": list(CALLERS), "url": stack.console_url}
    assert set(visit["requested"]) <= {"127.0.0.1", "localhost", ""}  # "" of `data:` addresses


@needs_a_browser
def test_nothing_fails_and_the_security_policy_refuses_nothing(visit: Visit) -> None:
    assert visit["faults"] == []


@needs_a_browser
def test_axe_finds_only_what_graphiql_itself_breaks_and_a_phone_shows_the_whole_width(visit: Visit) -> None:
    assert len(visit["views"]) == 12
    for view, look in visit["views"].items():
        assert [fault for fault in look["violations"] if not fault.startswith(OF_GRAPHIQL)] == [], view
        assert look["overflow"] <= 0, view


def test_the_page_can_sign_as_a_service_but_never_holds_the_secret(api: Api, settings: Settings) -> None:
    with urllib.request.urlopen(f"{api.stack.console_url}config.json", timeout=PATIENCE) as answer:
        text = answer.read().decode()
    config = json.loads(text)

    assert (config["graphqlUrl"], config["apiKey"]) == ("/graphql", api.stack.api_key)
    assert len(config["signing"]["keysByDay"][f"{datetime.now(UTC):%Y%m%d}"]) == 64
    assert f'"{settings.aws_environment()["AWS_SECRET_ACCESS_KEY"]}"' not in text.replace('"accessKeyId": "test"', "")


def test_the_console_of_a_deployed_stage_is_configured_by_its_outputs(
    stack: StackDescription, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.aws_environment().items():
        monkeypatch.setenv(name, value)

    config = console.deployed("dev", stack.region)

    # The local gateway replaces the short keys of the embedded cloud (docs/decisions/0031); AWS has its own long ones.
    appsync = boto3.client("appsync", **access(settings))
    (api_id,) = (api["apiId"] for api in appsync.list_graphql_apis()["graphqlApis"])
    assert config["apiKey"] in [key["id"] for key in appsync.list_api_keys(apiId=api_id)["apiKeys"]]
    assert str(config["graphqlUrl"]).endswith("/graphql")
    assert "users" not in config
    with pytest.raises(CannotRun, match="The outputs of TasksApi-staging in us-east-1 cannot be read"):
        console.deployed("staging", stack.region)


def test_a_stage_that_hides_its_schema_leads_to_the_console_of_aws(
    stack: StackDescription, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.aws_environment().items():
        monkeypatch.setenv(name, value)
    appsync = boto3.client("appsync", **access(settings))
    api = appsync.create_graphql_api(name="Hidden", authenticationType="AWS_IAM", introspectionConfig="DISABLED")
    api_id = api["graphqlApi"]["apiId"]
    monkeypatch.setattr(console, "outputs", lambda _stage, _region: {"ApiId": api_id})
    try:
        with pytest.raises(CannotRun, match=rf"hides its schema.*console\.aws\.amazon\.com/appsync.*{api_id}"):
            console.deployed("production", stack.region)
    finally:
        appsync.delete_graphql_api(apiId=api_id)
