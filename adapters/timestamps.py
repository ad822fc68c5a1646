"""Times as text: UTC, ISO 8601, milliseconds, `Z`. Of fixed width, so that they sort as text."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time now, UTC, in whole milliseconds: what text can hold."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    """`2026-11-23T21:14:05.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """The moment of a text as `to_text` writes it. Raises ValueError for any other, TypeError for what is no text."""
    moment = datetime.fromisoformat(text)
    try:
        is_ours = to_text(moment) == text
    except OverflowError:  # in UTC it would be before the year 1 or after 9999
        is_ours = False
    if not is_ours:
        raise ValueError(f"not UTC in whole milliseconds: {text[:40]!r}")
    return moment
