"""Users of the board in examples/board see each other's changes in a browser and lose nothing."""

import gzip
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from local.description import StackDescription
from local.errors import CannotRun
from local.pages.board import deployed
from local.settings import Settings
from tests.e2e.clients import PATIENCE
from tests.e2e.javascript import node
from tests.e2e.test_console import HAS_BROWSER

BUILDING = 300  # seconds; the limit when nothing is installed yet
SCENARIOS = 300  # seconds, for all of them
JAVASCRIPT = 230_000  # bytes, zipped
VIEWS = {
    "sign-in", "board", "people", "menu", "dialog", "commands", "shortcuts", "due", "connection", "activity",
    "selection", "graphql", "reminder", "settings",
}  # fmt: skip

pytestmark = pytest.mark.skipif(not HAS_BROWSER, reason="install Chromium or Chrome: npm has one for x86-64 Linux only")


class Observations(dict[str, Any]):
    """What each scenario observed, by its name."""

    def __getitem__(self, name: str) -> Any:
        observation = super().__getitem__(name)
        assert list(observation) != ["failed"], f"The scenario {name} failed: {observation['failed']}"
        return observation


@pytest.fixture(scope="module")
def board_url(stack: StackDescription, settings: Settings) -> str:
    """Returns the URL of the running stack's board, which is built."""
    folder = settings.data / "console" / "board"
    # The stack also builds the board. This process waits for the same lock.
    subprocess.run([sys.executable, "-m", "local.pages.build", "board", str(folder)], check=True, timeout=BUILDING)
    return f"{stack.console_url}board/"


@pytest.fixture(scope="module")
def seen(stack: StackDescription, board_url: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Returns what each scenario observed. A test of a scenario that failed ends with the reason."""
    texts = {
        "boardUrl": board_url,
        "graphqlUrl": stack.graphql_url,
        "cognitoUrl": stack.aws_endpoint_url,
        "apiKey": stack.api_key,
        "users": [user.model_dump(mode="json") for user in stack.users],
        "screenshots": str(tmp_path_factory.mktemp("board")),
    }
    return Observations(node.run("board.mjs", texts, within=SCENARIOS))


def test_a_wrong_password_says_so_and_a_session_outlives_a_reload_and_its_tokens(seen: Mapping[str, Any]) -> None:
    assert seen["signing_in"] == {
        "username": "alice",
        "draft": "Half a thou",
        "flows": ["InitiateAuth", "RespondToAuthChallenge", "GetTokensFromRefreshToken", "RevokeToken"],
        "tokensLeft": 0,
    }


def test_a_stack_that_is_not_running_says_what_to_do_and_loses_nothing(seen: Mapping[str, Any]) -> None:
    page = seen["stack_not_running"]

    for message in (page["opened"], page["refused"], *page["columns"]):
        assert "`make up`" in message
    assert "cannot be loaded" in page["opened"]
    assert page["refused"].startswith("The sign-in service cannot be reached.")
    assert [text.startswith("The API cannot be reached.") for text in page["columns"]] == [True] * 4
    assert (page["typed"], page["draft"]) == (["alice", "Typed by hand"], "Typed before")


def test_a_cognito_that_does_not_answer_is_given_up_and_loses_nothing(seen: Mapping[str, Any]) -> None:
    page = seen["cognito_does_not_answer"]

    assert page.pop("message").startswith("The sign-in service does not answer. Try again")
    assert page == {"typed": "Typed by hand", "draft": "Typed before"}


def test_two_people_see_each_others_changes_and_a_third_sees_none(seen: Mapping[str, Any]) -> None:
    assert seen["two_people"] == {
        "announced": "“Water the plants” moved to Completed.",
        "history": ["Created", "Moved to In progress", "Moved to Completed", "Completed"],
        "seenByBob": 0,
        "happened": "Water the plants",
    }


def test_a_status_and_an_event_of_the_future_are_shown_and_end_nothing(seen: Mapping[str, Any]) -> None:
    page = seen["strangers"]

    assert [text.strip() for text in page.pop("shown")] == ["On hold", "Whenever"]
    # The fault is the one of an update without a task, which is reported.
    assert page == {"history": "Paused by rule", "faults": 1, "isLive": True}


def test_each_tab_of_a_browser_acts_as_who_signed_in_there(seen: Mapping[str, Any]) -> None:
    assert seen["two_tabs"] == {
        "names": ["Signed in as alice", "Signed in as ada, administrator"],
        "titles": ["alice · Tasks", "ada · Tasks"],
    }


def test_an_administrator_chooses_a_person_hears_that_there_is_none_and_comes_back(seen: Mapping[str, Any]) -> None:
    page = seen["people"]

    assert page.pop("refusal").startswith("There is no such user: nobody is called “nobody-at-all”")
    assert page == {"listed": ["ada", "alice", "bob"], "left": 0}


def test_due_dates_priorities_and_labels_are_shown_ordered_filtered_and_kept(seen: Mapping[str, Any]) -> None:
    page = seen["planning"]

    assert [text.strip() for text in page["facts"]] == ["Tomorrow", "High"]
    assert page["overdue"].strip() == "Overdue: Feb 29, 2020"
    assert page["byDue"] == ["Long overdue", "Plan it", "Some day"]
    assert (page["found"], page["labelled"]) == (["Long overdue"], ["Long overdue"])
    # Browsers differ in the space before PM.
    facts = [text.strip().replace("\u202f", " ") for text in page["kept"]]
    assert facts == ["Reminder: Dec 31, 2099, 5:30 PM", "High", "garden"]


def test_settings_are_shown_changed_and_kept(seen: Mapping[str, Any]) -> None:
    wishes = seen["wishes"]

    assert wishes["before"]["zone"] != wishes["after"]["zone"] == "Asia/Tokyo"
    assert wishes["after"]["reminders"] is not wishes["before"]["reminders"]


def test_tasks_are_dragged_and_many_are_completed_and_undone(seen: Mapping[str, Any]) -> None:
    assert seen["by_hand"] == {"notices": 0}


def test_after_a_flight_the_board_sends_what_waited_and_reads_little(seen: Mapping[str, Any]) -> None:
    assert seen["airplane_mode"]["catchUp"].startswith("Last catch-up: ")
    assert seen["airplane_mode"]["catchUp"].endswith("; 2 changes sent.")


def test_changes_without_a_connection_show_and_are_stored_without_a_reload(seen: Mapping[str, Any]) -> None:
    assert seen["lost_connection"] == {"navigations": 0, "notices": 0}


def test_an_event_older_than_what_is_shown_changes_nothing(seen: Mapping[str, Any]) -> None:
    assert seen["events_out_of_order"] == {"shown": 1, "deletedShown": 0}


def test_a_change_shows_before_its_answer_and_goes_back_when_it_is_refused(seen: Mapping[str, Any]) -> None:
    assert "“Hope for the best” stays as it was. You may not do this" in seen["optimism"]["message"]
    assert seen["optimism"]["focused"] == "Hope for the best"


def test_a_change_that_gets_no_answer_is_repeated(seen: Mapping[str, Any]) -> None:
    assert seen["optimism"]["failures"] == 2


def test_a_change_waits_for_the_answer_to_the_change_before_it(seen: Mapping[str, Any]) -> None:
    assert seen["optimism"]["errors"] == []


def test_an_edit_meets_a_newer_version_or_a_deletion_and_loses_nothing(seen: Mapping[str, Any]) -> None:
    assert seen["what_others_do_meanwhile"] == {"offered": "Theirs", "typed": "Mine", "kept": "Worth keeping"}


def test_a_title_that_is_too_long_stays_in_its_field_with_the_rule(seen: Mapping[str, Any]) -> None:
    refused = seen["long_title"]
    assert "200" in refused.pop("message")
    assert refused == {"typed": [True, "Kept too"], "invalid": "true", "cards": 0}


def test_a_session_that_ends_asks_for_the_password_and_keeps_what_was_added(seen: Mapping[str, Any]) -> None:
    assert seen["expired_session"] == {"shown": 1}


def test_a_column_shows_a_page_and_no_change_adds_a_task_of_a_later_page(seen: Mapping[str, Any]) -> None:
    page = seen["many_tasks"]

    assert page.pop("focused").startswith("Pending")
    assert page == {
        "first": 20,
        "oldNews": 0,
        "reopened": 0,
        "all": 23,
        "ends": ["New", "Old news", "Oldest"],
        "isNewestFirst": True,
    }


def test_the_keyboard_alone_is_enough_and_never_loses_its_place(seen: Mapping[str, Any]) -> None:
    keyboard = seen["keyboard"]
    assert keyboard["afterMove"] == "By keyboard"
    assert keyboard["afterDialog"] == "By keyboard alone"
    assert keyboard["afterDeletion"].startswith("In progress")


def test_axe_finds_nothing_in_any_view_in_light_and_dark(seen: Mapping[str, Any]) -> None:
    looks = seen["looks"]

    assert {name.split()[0] for name in looks} == VIEWS
    for view, page in looks.items():
        assert page["passes"] > 0, view
        assert page["violations"] == [], view


def test_the_board_is_small(board_url: str, settings: Settings) -> None:
    page = (settings.data / "console" / "board" / "index.html").read_text()
    scripts = re.findall(r'"\./(assets/[^"]+\.js)"', page)

    sizes = [len(gzip.compress((settings.data / "console" / "board" / script).read_bytes())) for script in scripts]

    assert scripts
    assert sum(sizes) <= JAVASCRIPT


def test_the_board_knows_its_stack(stack: StackDescription, board_url: str) -> None:
    with urllib.request.urlopen(f"{board_url}config.json", timeout=PATIENCE) as answer:
        config = json.load(answer)

    assert config["userPoolId"] == stack.user_pool_id
    assert config["userPoolEndpoint"] == stack.aws_endpoint_url
    assert [user["username"] for user in config["users"]] == ["alice", "bob", "ada"]


def test_the_board_of_a_deployed_stage_is_configured_by_its_outputs(
    stack: StackDescription, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.aws_environment().items():
        monkeypatch.setenv(name, value)

    config = deployed("dev", stack.region)

    assert config["userPoolId"] == stack.user_pool_id
    assert config["userPoolClientId"] == stack.user_pool_client_id
    assert str(config["graphqlUrl"]).endswith("/graphql")
    with pytest.raises(CannotRun, match="The outputs of TasksApi-staging in us-east-1 cannot be read"):
        deployed("staging", stack.region)
