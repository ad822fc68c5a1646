"""Every incident of the runbook leaves everything whole, after the runbook's commands and nothing else.

Whole: histories hold the versions 1 to n, statistics equal the tasks, no queue of failures holds a message, and a
subscriber's copy equals the table (tests/drills/world.py).
"""

import re
from collections.abc import Iterator

import pytest

from local.settings import ROOT
from tests.drills.__main__ import drill
from tests.drills.in_memory import in_memory
from tests.drills.incidents import INCIDENTS
from tests.drills.world import World
from tests.trust.scale import FULL, figures

SHORT = (
    "dead-letters",
    "lost-messages",
    "damaged-statistics",
    "deleted-tasks",
    "erasure-in-transit",
    "erased-person-back",
)
"""The drills of a short run, which try most commands that repair."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    with in_memory(monkeypatch, lambda: caplog.text) as platform:
        world = World(platform)
        yield world
        world.close()


@pytest.mark.parametrize("name", INCIDENTS if FULL else SHORT)
def test_the_runbook_repairs(world: World, name: str) -> None:
    incident = INCIDENTS[name]

    seconds = drill(world, incident, waits=False)

    repaired = "by itself" if incident.heals else "by the runbook"
    source = f"told by {incident.signal}"
    figures.append(f"drill {name:<24}{source:<56}repaired {repaired:<16}whole, {seconds / 60:.2f} min")


@pytest.mark.parametrize("name", INCIDENTS)
def test_an_incident_has_a_page_that_exists(name: str) -> None:
    page, _, anchor = INCIDENTS[name].page.partition("#")
    headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)

    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_eighteen_incidents() -> None:
    assert len(INCIDENTS) == 18
    assert all(incident.summary.endswith(".") for incident in INCIDENTS.values())
