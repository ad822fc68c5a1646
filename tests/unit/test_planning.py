"""Due dates, priorities and labels."""

from datetime import UTC, date, datetime

import pytest

from domain.details import TaskDetails, fingerprint
from domain.errors import ValidationError
from domain.planning import TaskDue, TaskPriority, UnknownPriority, priority_of, valid_labels
from tests.builders import a_planned_task, a_task, later

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one visible emoji of five code points


def test_a_task_is_due_on_a_whole_day() -> None:
    assert TaskDue.of("2026-12-24", None, None) == TaskDue(date(2026, 12, 24))


def test_a_moment_is_due_on_its_day_in_its_zone() -> None:
    due = TaskDue.of(None, "2026-12-24T23:30:00.9999Z", "Asia/Tokyo")

    assert due == TaskDue(date(2026, 12, 25), datetime(2026, 12, 24, 23, 30, 0, 999000, tzinfo=UTC), "Asia/Tokyo")


def test_the_zone_of_a_moment_is_utc_by_default() -> None:
    assert TaskDue.of(None, "2026-12-24T23:30:00-05:00", None) == TaskDue(
        date(2026, 12, 25), datetime(2026, 12, 25, 4, 30, tzinfo=UTC), "UTC"
    )


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        ("2026-03-29T02:30:00+01:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # the zone skips this hour
        ("2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the zone has this hour twice
        ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_a_zone_skips_or_repeats_is_the_moment_that_its_offset_names(at: str, moment: datetime) -> None:
    assert TaskDue.of(None, at, "Europe/Berlin").at == moment


@pytest.mark.parametrize(
    ("day", "at", "zone", "rule"),
    [
        ("2026-12-24", "2026-12-24T08:00:00Z", None, "exactly one of date and at"),
        (None, None, None, "exactly one of date and at"),
        (None, None, "UTC", "exactly one of date and at"),
        ("2026-12-24", None, "UTC", "only together with at"),
        ("2026-12-24+01:00", None, None, "without an offset"),
        ("2026-12-24Z", None, None, "without an offset"),
        ("2026-02-30", None, None, "that exists"),
        ("0000-01-01", None, None, "years 1 to 9999"),
        ("10000-01-01", None, None, "of the form YYYY-MM-DD"),
        ("٢٠٢٦-12-24", None, None, "of the form YYYY-MM-DD"),
        (None, "2026-12-24T08:00:00", None, "with an offset or Z"),
        (None, "2026-12-24T25:00:00Z", None, "that exists"),
        (None, "0000-12-24T08:00:00Z", None, "years 1 to 9999"),
        (None, "9999-12-31T23:59:59-12:00", None, "years 1 to 9999"),
        (None, "0001-01-01T00:00:00Z", "America/New_York", "years 1 to 9999"),
        (None, "2026-12-24T08:00:00Z", "Europe/Atlantis", "IANA"),
        (None, "2026-12-24T08:00:00Z", "../etc/passwd", "IANA"),
        (None, "2026-12-24T08:00:00Z", "/etc/localtime", "IANA"),
        (None, "2026-12-24T08:00:00Z", "America", "IANA"),
        (None, "2026-12-24T08:00:00Z", "right/UTC", "IANA"),
        (None, "2026-12-24T08:00:00Z", "", "IANA"),
        (None, "2026-12-24T08:00:00Z", "A" * 1000, "IANA"),
    ],
)
def test_what_names_no_due_date_is_refused(day: str | None, at: str | None, zone: str | None, rule: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TaskDue.of(day, at, zone)

    assert refusal.value.info["field"] == "due"
    assert rule in str(refusal.value.info["rule"])


def test_labels_are_composed_trimmed_sorted_and_kept_once() -> None:
    assert valid_labels([" home ", "e\u0301tude", "home", "Zoo"]) == ("Zoo", "home", "étude")


def test_a_task_has_at_most_20_labels_of_50_code_points() -> None:
    labels = [f"{FAMILY * 9}{number:05}" for number in range(20)]

    assert len(valid_labels(labels)) == 20
    for refused in ([*labels, "one more"], ["\U0001f600" * 51], ["x" * 51], [" "], [""], ["a\u0000b"], ["a\nb"]):
        with pytest.raises(ValidationError) as refusal:
            valid_labels(refused)
        assert refusal.value.info["field"] == "labels"


def test_labels_merge_with_those_that_a_task_has() -> None:
    task = a_planned_task()

    task.edit(later(), add_labels=["office", "home"], remove_labels=["family", "unknown"])

    assert (task.state.labels, task.version) == (("home", "office"), 2)


def test_labels_that_merge_to_the_same_change_nothing() -> None:
    task = a_planned_task()

    task.edit(later(), add_labels=["home"], remove_labels=["unknown"])

    assert task.events == ()


def test_labels_replace_or_merge_but_not_both() -> None:
    with pytest.raises(ValidationError, match="labels must not be given together with addLabels or removeLabels"):
        a_task().edit(later(), labels=["a"], add_labels=["b"])
    with pytest.raises(ValidationError, match="removeLabels must not name a label that addLabels names"):
        a_task().edit(later(), add_labels=["b"], remove_labels=["b"])
    with pytest.raises(ValidationError, match="labels must be at most 20"):
        a_task(labels=tuple(map(str, range(20)))).edit(later(), add_labels=["one more"])


def test_a_due_date_can_be_cleared() -> None:
    task = a_planned_task()

    task.edit(later(), clear=["due"])

    assert task.state.due is None


def test_a_due_date_cannot_be_cleared_and_given() -> None:
    with pytest.raises(ValidationError, match="clear must not name due"):
        a_planned_task().edit(later(), clear=["due"], due=TaskDue.of("2026-12-24", None, None))


def test_a_priority_of_newer_code_is_kept_and_compared() -> None:
    assert priority_of("URGENT") is TaskPriority.URGENT
    assert priority_of("BLOCKER") == UnknownPriority("BLOCKER")


def test_the_same_moment_in_another_zone_is_another_creation() -> None:
    def of(zone: str) -> str:
        return fingerprint(TaskDetails(title="a", due=TaskDue.of(None, "2026-12-24T08:30:00Z", zone)))

    assert of("Europe/Berlin") != of("Europe/Paris")
