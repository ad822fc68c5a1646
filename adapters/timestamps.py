"""Converts times to and from text: ISO 8601 in UTC with milliseconds and `Z`.

The fixed width makes texts sort by time.
"""

import re
from datetime import UTC, datetime

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def now() -> datetime:
    """Returns the current time in UTC in whole milliseconds, the precision of the text form."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    """Returns the time as text, for example `2026-11-23T21:14:05.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """Returns the time of a text that `to_text` wrote.

    Raises ValueError for any other text, TypeError for a non-text value.
    """
    if not _FORM.fullmatch(text):
        raise ValueError(f"not UTC in whole milliseconds: {text[:40]!r}")
    return datetime.fromisoformat(text)
