"""A caller names the statuses of a list in one of two arguments."""

import pytest

from domain.errors import ValidationError
from domain.lists import chosen_statuses
from domain.status import TaskStatus
from resolvers.outputs import STATUS_COUNTS
from tests.root_fields import SCHEMA

PENDING, STARTED = TaskStatus.PENDING, TaskStatus.IN_PROGRESS


@pytest.mark.parametrize(
    ("status", "statuses", "meant"),
    [
        (None, None, set(TaskStatus)),
        (PENDING, None, {PENDING}),
        (None, [PENDING, STARTED], {PENDING, STARTED}),
        (None, list(TaskStatus), set(TaskStatus)),
    ],
)
def test_a_caller_names_one_status_several_or_means_any(
    status: TaskStatus | None, statuses: list[TaskStatus] | None, meant: set[TaskStatus]
) -> None:
    assert chosen_statuses(status, statuses) == meant


@pytest.mark.parametrize(
    ("status", "statuses", "rule"),
    [
        (PENDING, [STARTED], "must not be given together with status"),
        (None, [], "must name at least one status"),
        (None, [PENDING, STARTED, PENDING], "must not name a status twice"),
    ],
)
def test_statuses_that_contradict_each_other_are_refused(
    status: TaskStatus | None, statuses: list[TaskStatus], rule: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        chosen_statuses(status, statuses)

    assert (refusal.value.info["field"], refusal.value.info["rule"]) == ("statuses", rule)


def test_the_schema_names_every_status() -> None:
    assert [*SCHEMA.type_map["TaskStatus"].values] == [*TaskStatus], "schema.graphql, enum TaskStatus"  # type: ignore[attr-defined]


def test_the_schema_counts_every_status() -> None:
    counted = set(SCHEMA.type_map["TaskStatistics"].fields)  # type: ignore[attr-defined]

    assert set(STATUS_COUNTS.values()) <= counted, "schema.graphql, type TaskStatistics"
    assert counted - set(STATUS_COUNTS.values()) == {"userId", "total", "completedToday", "completedLast7Days"}
