"""The fingerprint of a creation never changes, because a creation with a client token may be repeated forever."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from appsync_offline.schema.executable import PRELUDE
from graphql import build_schema
from pydantic.alias_generators import to_camel

from domain import details
from domain.details import DEFAULTS, TaskDetails, fingerprint
from domain.planning import TaskDue, TaskPriority

FOLDER = Path(__file__).parents[2] / "docs" / "released"
RELEASED = json.loads((FOLDER / "fingerprints.json").read_text())


@pytest.mark.parametrize("creation", RELEASED, ids=lambda creation: creation["details"]["title"])
def test_a_released_fingerprint_stays(creation: dict[str, Any]) -> None:
    assert fingerprint(_details(creation["details"])) == creation["fingerprint"]


def _details(inputs: dict[str, Any]) -> TaskDetails:
    due = inputs.get("due")
    values = {
        "due": TaskDue.of(due["date"], due["at"], due["timeZone"]) if due else None,
        "priority": TaskPriority(inputs.get("priority", "NONE")),
        "labels": tuple(inputs.get("labels", ())),
        "remind_at": datetime.fromisoformat(inputs["remind_at"]) if "remind_at" in inputs else None,
    }
    return TaskDetails(**inputs | values)


def test_the_fixtures_name_every_released_detail() -> None:
    schema = build_schema(PRELUDE + (FOLDER / "schema.graphql").read_text())
    released = set(schema.type_map["CreateTaskInput"].fields)  # type: ignore[attr-defined]
    details = {part.name for part in fields(TaskDetails) if to_camel(part.name) in released}

    assert {name for creation in RELEASED for name in creation["details"]} == details, "docs/released/fingerprints.json"


def test_a_detail_that_equals_its_default_is_no_part_of_a_fingerprint() -> None:
    assert fingerprint(TaskDetails(title="Buy milk", description="")) == fingerprint(TaskDetails(title="Buy milk"))


def test_a_detail_that_a_later_version_adds_leaves_earlier_fingerprints_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Later(TaskDetails):
        effort: int = 3

    before = fingerprint(TaskDetails(title="Buy milk"))
    monkeypatch.setattr(details, "DEFAULTS", {**DEFAULTS, "effort": 3})
    monkeypatch.setattr(details, "_RULES", {**details._RULES, "effort": int})

    assert fingerprint(Later(title="Buy milk")) == before
    assert fingerprint(Later(title="Buy milk", effort=1)) != before


def test_a_value_cannot_pass_for_two_details() -> None:
    assert fingerprint(TaskDetails(title='a", "description": "b')) != fingerprint(
        TaskDetails(title="a", description="b")
    )
