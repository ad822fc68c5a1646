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
    """The moment. Raises ValueError for anything but ISO 8601."""
    return datetime.fromisoformat(text)
