"""Settings tell on which day a moment is, also after the zone has changed, and what is sent by e-mail."""

from datetime import date, timedelta

import pytest

from domain.access import Actor
from domain.errors import Conflict, ValidationError
from domain.services.user_settings import UpdateSettings
from domain.settings import EmailSettings, UserSettings, ZoneChange
from processor.follow_change import FollowChange
from tests.builders import ANNA, NOON, a_created_task, changes_of
from tests.in_memory_projections import (
    InMemoryErasures,
    InMemoryListeners,
    InMemoryProjections,
    InMemorySettings,
    Subscribers,
)

ME = Actor(ANNA, acts_for_anyone=False)
EVENING = NOON + timedelta(hours=8)  # 05:00 of the next day in Tokyo


def test_without_settings_days_are_utc_days_and_nothing_is_sent() -> None:
    settings = UserSettings(ANNA)

    assert (settings.time_zone, settings.day_of(EVENING)) == ("UTC", date(2026, 11, 23))
    assert settings.email == EmailSettings(reminders=False, completed_by_others=False)


def test_a_change_of_the_zone_counts_from_its_moment_on() -> None:
    settings = UserSettings(ANNA).changed(EVENING, time_zone="Asia/Tokyo")

    assert settings.day_of(EVENING - timedelta(milliseconds=1)) == date(2026, 11, 23)
    assert settings.day_of(EVENING) == date(2026, 11, 24)
    assert settings.today(EVENING - timedelta(hours=1)) == date(2026, 11, 24), "today is always that of the new zone"


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/Berlin", "2026-03-28T22:59:59Z", date(2026, 3, 28)),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", date(2026, 3, 29)),
        ("Europe/Berlin", "2026-03-29T21:59:59Z", date(2026, 3, 29)),  # a day of 23 hours
        ("Pacific/Kiritimati", "2026-11-23T10:00:00Z", date(2026, 11, 24)),  # UTC+14
        ("Etc/GMT+12", "2026-11-23T11:59:59Z", date(2026, 11, 22)),
    ],
)
def test_a_day_begins_at_the_midnight_of_its_zone(zone: str, moment: str, day: date) -> None:
    at = NOON.fromisoformat(moment)

    assert UserSettings(ANNA).changed(at - timedelta(days=1), time_zone=zone).day_of(at) == day


def test_a_completion_is_taken_back_from_the_day_that_counts_it_although_the_zone_changed_since() -> None:
    settings, projections = InMemorySettings(), InMemoryProjections()
    update = UpdateSettings(settings, lambda: NOON)
    update(ME, None, time_zone="Asia/Tokyo")
    follow = FollowChange(
        projections, Subscribers(), InMemoryErasures(), InMemoryListeners(), settings, lambda: EVENING
    )
    task = a_created_task(at=NOON)
    task.complete(EVENING)
    for change in changes_of(task):
        follow(change, None)
    assert projections.statistics(ANNA).completions == {date(2026, 11, 24): 1}

    UpdateSettings(settings, lambda: EVENING + timedelta(hours=1))(ME, None, time_zone="America/Los_Angeles")
    task.reopen(EVENING + timedelta(hours=2))
    follow(changes_of(task)[-1], None)

    assert projections.statistics(ANNA).completions == {date(2026, 11, 24): 0}


def test_only_a_change_that_counts_completions_reads_the_settings() -> None:
    class Counting(InMemorySettings):
        reads = 0

        def get(self, user_id: object) -> UserSettings:
            Counting.reads += 1
            return UserSettings(ANNA)

    follow = FollowChange(
        InMemoryProjections(), Subscribers(), InMemoryErasures(), InMemoryListeners(), Counting(), lambda: NOON
    )
    task = a_created_task()
    task.start(NOON)
    task.edit(NOON, title="Other")
    for change in changes_of(task):
        follow(change, None)
    assert Counting.reads == 0

    task.complete(NOON)
    follow(changes_of(task)[-1], None)

    assert Counting.reads == 1


def test_changes_of_the_zone_are_forgotten_when_no_completion_of_their_time_is_kept() -> None:
    settings = UserSettings(ANNA)
    for day in range(40):
        settings = settings.changed(NOON + timedelta(days=day), time_zone=("Asia/Tokyo", "UTC")[day % 2])

    assert [change.since.day for change in settings.zones][:2] == [20, 21], "the last one before them stays"
    assert len(settings.zones) == 13


def test_however_often_the_zone_changes_the_settings_stay_small() -> None:
    settings = UserSettings(ANNA)
    for minute in range(500):
        settings = settings.changed(NOON + timedelta(minutes=minute), time_zone=("Asia/Tokyo", "UTC")[minute % 2])

    assert len(settings.zones) == 20


def test_a_zone_that_this_code_does_not_know_has_utc_days() -> None:
    settings = UserSettings(ANNA, (ZoneChange(NOON, "Mars/Olympus"),))

    assert (settings.time_zone, settings.day_of(EVENING)) == ("Mars/Olympus", EVENING.date())


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", "", "CEST", "A" * 1000, "right/UTC", "+02:00"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError) as refused:
        UserSettings(ANNA).changed(NOON, time_zone=zone)

    assert (refused.value.info["field"], refused.value.info["code"]) == ("timeZone", "ONE_OF")


def test_a_change_names_at_least_one_setting() -> None:
    with pytest.raises(ValidationError, match="must name a setting to change: timeZone, email"):
        UserSettings(ANNA).changed(NOON)


def test_a_setting_that_is_not_named_stays() -> None:
    update = UpdateSettings(InMemorySettings(), lambda: NOON)
    update(ME, None, time_zone="Asia/Tokyo", reminders=True)

    settings = update(ME, None, completed_by_others=True)

    assert (settings.time_zone, settings.email) == ("Asia/Tokyo", EmailSettings(True, True))


def test_a_change_that_another_one_overtakes_is_made_again_upon_it_three_times_at_most() -> None:
    settings = InMemorySettings(overtaken=2)
    update = UpdateSettings(settings, lambda: NOON)

    assert update(ME, None, reminders=True).email.reminders
    settings.overtaken = 3
    with pytest.raises(Conflict):
        update(ME, None, reminders=False)

    assert settings.get(ANNA).email.reminders
