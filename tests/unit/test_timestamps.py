"""Times are texts of one width in UTC, which sort by time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.timestamps import from_text, now, to_text

MOMENT = datetime(2026, 11, 23, 21, 14, 5, 123_000, UTC)
TEXT = "2026-11-23T21:14:05.123Z"


@pytest.mark.parametrize("hours", [0, 2, -7])
def test_a_time_of_any_zone_is_told_in_utc_with_milliseconds(hours: int) -> None:
    assert to_text(MOMENT.astimezone(timezone(timedelta(hours=hours)))) == TEXT


def test_a_text_is_read_back() -> None:
    assert from_text(TEXT) == MOMENT
    assert from_text(TEXT).tzinfo == UTC


def test_now_has_whole_milliseconds_and_loses_no_time_as_text() -> None:
    before = datetime.now(UTC)
    moment = now()

    assert timedelta(milliseconds=-1) < moment - before < timedelta(minutes=1)
    assert moment.tzinfo is UTC
    assert from_text(to_text(moment)) == moment


@pytest.mark.parametrize("text", ["", "2026-11-23T21:14:05Z", "2026-11-23T21:14:05.123+00:00", f"{TEXT}x", f"x{TEXT}"])
def test_any_other_form_is_refused_and_told_short(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not UTC in whole milliseconds: ") as refused:
        from_text(text + "!" * 100)

    assert str(refused.value) == f"not UTC in whole milliseconds: {(text + '!' * 100)[:40]!r}"


def test_a_month_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="month"):
        from_text("2026-13-23T21:14:05.123Z")
