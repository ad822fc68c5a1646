"""What a list contains. packages/client/test/filter.test.ts decides the same cases."""

import json
from typing import Any

import pytest

from domain.details import TaskDetails
from domain.errors import ValidationError
from domain.lists import EVERYTHING, TaskFilter, TaskOrder, TaskQuery, chosen_statuses, fold
from domain.planning import TaskDue, UnknownPriority, priority_of
from domain.status import OPEN_STATUSES, TaskStatus, UnknownStatus
from local.settings import ROOT
from resolvers.inputs import TasksByUser, parse
from tests.builders import ANNA, a_task

CASES = json.loads((ROOT / "tests" / "filter_cases.json").read_text())


def the_filter(**arguments: Any) -> TaskFilter:
    wanted = parse(TasksByUser, {"filter": arguments}).filter
    assert wanted
    return wanted.to_domain()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_filter_decides_as_in_the_client(case: dict[str, Any]) -> None:
    task, due = case["task"], case["task"]["due"]
    details = TaskDetails(
        title=task["title"],
        description=task["description"],
        due=TaskDue.of(None if "at" in due else due["date"], due.get("at"), due.get("timeZone")) if due else None,
        priority=priority_of(task["priority"]),
        labels=tuple(task["labels"]),
    )

    assert the_filter(**case["filter"]).matches(details) is case["matches"]


def test_a_priority_of_newer_code_counts_as_none_as_callers_see_it() -> None:
    task = a_task(priority=UnknownPriority("BLOCKER")).state

    assert the_filter(priorities=["NONE"]).matches(task)
    assert not the_filter(priorities=["URGENT"]).matches(task)


@pytest.mark.parametrize(
    ("arguments", "field", "code"),
    [
        ({"due": {"from": "2026-12-01+01:00"}}, "due", "FORMAT"),
        ({"due": {"to": "2026-02-30"}}, "due", "RANGE"),
        ({"due": {"from": "2026-12-02", "to": "2026-12-01"}}, "due", "RANGE"),
        ({"priorities": []}, "priorities", "LIMIT"),
        ({"priorities": ["SOON"]}, "priorities", "ONE_OF"),
        ({"anyLabel": []}, "anyLabel", "LIMIT"),
        ({"allLabels": [" "]}, "allLabels", "LENGTH"),
        ({"noLabel": [str(n) for n in range(21)]}, "noLabel", "LIMIT"),
        ({"text": "x"}, "text", "LENGTH"),
        ({"text": "e\u0301"}, "text", "LENGTH"),
        ({"text": "x" * 101}, "text", "LENGTH"),
        ({"text": "a\nb"}, "text", "FORMAT"),
        ({"text": "\u200b\u200b"}, "text", "FORMAT"),
        ({"status": "PENDING"}, "status", "UNKNOWN"),
    ],
)
def test_a_condition_that_breaks_a_rule_is_refused(arguments: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        the_filter(**arguments)

    assert [(error["field"], error["code"]) for error in refusal.value.errors] == [(field, code)]


def test_every_broken_condition_and_argument_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(
            TasksByUser, {"limit": 0, "orderBy": "TITLE", "filter": {"text": "x", "anyLabel": [], "due": {"to": "no"}}}
        )

    fields = {error["field"] for error in refusal.value.errors}
    assert fields == {"limit", "orderBy", "text", "anyLabel", "due"}


def test_the_order_by_due_date_is_one_of_open_tasks() -> None:
    assert chosen_statuses(None, None, TaskOrder.DUE_FIRST) == OPEN_STATUSES
    assert chosen_statuses(TaskStatus.PENDING, None, TaskOrder.DUE_FIRST) == {TaskStatus.PENDING}


@pytest.mark.parametrize(
    ("status", "statuses"),
    [(TaskStatus.COMPLETED, None), (None, [TaskStatus.PENDING, TaskStatus.CANCELLED])],
)
def test_closed_tasks_have_no_order_by_due_date(status: TaskStatus | None, statuses: list[TaskStatus] | None) -> None:
    with pytest.raises(ValidationError, match="closed tasks have no order by due date") as refusal:
        chosen_statuses(status, statuses, TaskOrder.DUE_FIRST)

    assert (refusal.value.info["field"], refusal.value.info["code"]) == ("orderBy", "EXCLUSIVE")


def test_a_task_of_an_unknown_status_is_in_no_list() -> None:
    task = a_task().state

    assert TaskQuery(ANNA).includes(task)
    assert not TaskQuery(ANNA).includes(a_task(status=UnknownStatus("PAUSED")).state)  # type: ignore[arg-type]


def test_a_filter_without_conditions_is_the_same_as_none() -> None:
    assert the_filter(text=None, due={"from": None}) == EVERYTHING


@pytest.mark.parametrize("text", ["Straße", "İstanbul", "Οδός", "が", "한", "ﬁn", "ŉ", "ΐ", "ǰ"])
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
