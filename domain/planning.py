"""When a task is due, how important it is, and how it is labeled."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import Code, ValidationError
from domain.text import composed_line

LABELS = 20  # per task
_LAST_YEAR = 2100  # of a reminder
LABEL_LENGTH = 50  # code points in NFC

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)", re.ASCII)
# Names of the IANA Time Zone Database. Their first letter keeps paths out; other files that stand beside the zones on
# some systems are no zones of IANA.
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z0-9+_-]+){0,2}", re.ASCII)
_NO_ZONES = frozenset({"posix", "right", "localtime", "posixrules", "Factory"})


class TaskPriority(StrEnum):
    """The importance of a task, from the least to the most."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


class UnknownPriority(str):
    """A priority that newer code stored and this code does not know. Its task shows it as NONE and keeps it."""

    __slots__ = ()


Priority = TaskPriority | UnknownPriority
"""The priority of a stored task or a message."""


def priority_of(text: str) -> Priority:
    """Returns the priority of this name, known or unknown."""
    try:
        return TaskPriority(text)
    except ValueError:
        return UnknownPriority(text)


@dataclass(frozen=True, slots=True)
class TaskDue:
    """When a task is due: a whole day, or a moment (UTC, milliseconds) and the IANA zone in which it was chosen.

    `day` is the day of the moment in its zone.
    """

    day: date
    at: datetime | None = None
    time_zone: str | None = None

    @classmethod
    def of(cls, day: str | None, at: str | None, time_zone: str | None) -> Self:
        """Returns what a caller names: a day, or a moment and its zone, which is UTC by default.

        A time that the zone skips or repeats is the moment that its offset names. Raises ValidationError for both and
        for neither, for a zone with a day, and for texts that are no day, moment or zone.
        """
        if (day is None) == (at is None):
            raise ValidationError("due", "must have exactly one of date and at", Code.EXCLUSIVE)
        if at is None:
            if time_zone is not None:
                raise ValidationError("due", "must have a timeZone only together with at", Code.EXCLUSIVE)
            return cls(day_of(day or ""))
        moment = moment_of(at, field="due")
        zone = zone_named("UTC" if time_zone is None else time_zone, field="due", rule=_DUE_ZONE)
        try:
            return cls(moment.astimezone(zone).date(), moment, zone.key)
        except OverflowError as fault:
            raise ValidationError("due", _YEARS, Code.RANGE) from fault

    def __str__(self) -> str:
        moment = self.at.astimezone(UTC).isoformat(timespec="milliseconds") if self.at else ""
        return "#".join([self.day.isoformat(), moment, self.time_zone or ""])


_DUE_ZONE = "must have a timeZone of the IANA Time Zone Database, for example Europe/Berlin"
_YEARS = "must be in the years 1 to 9999"


def day_of(text: str) -> date:
    """Returns the day of a text of the form YYYY-MM-DD. Raises ValidationError."""
    if not _DATE.fullmatch(text):
        raise ValidationError("due", "must have a date of the form YYYY-MM-DD, without an offset", Code.FORMAT)
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise ValidationError("due", "must have a date that exists, in the years 1 to 9999", Code.RANGE) from fault


def moment_of(text: str, *, field: str) -> datetime:
    """Returns the moment (UTC, milliseconds) of a text with an offset or Z. Raises ValidationError of the field."""
    if not _MOMENT.fullmatch(text):
        rule = "must have a time of the form YYYY-MM-DDThh:mm:ss with an offset or Z"
        raise ValidationError(field, rule, Code.FORMAT)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ValidationError(field, "must have a time that exists, in the years 1 to 9999", Code.RANGE) from fault
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def zone_named(name: str, *, field: str, rule: str) -> ZoneInfo:
    """Returns the zone of a name of the IANA Time Zone Database. Raises ValidationError of the field and the rule."""
    if len(name) > 64 or not _ZONE.fullmatch(name) or name.partition("/")[0] in _NO_ZONES:
        raise ValidationError(field, rule, Code.ONE_OF)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:  # a folder of zones is an OSError
        raise ValidationError(field, rule, Code.ONE_OF) from fault


def valid_reminder(moment: datetime) -> datetime:
    """Returns the time of a reminder. Raises ValidationError for a time after the year 2100.

    A time in the past is allowed: it means at once. A repeated creation would otherwise be refused after its time.
    """
    if moment.year > _LAST_YEAR:
        raise ValidationError("remindAt", f"must not be after the year {_LAST_YEAR}", Code.RANGE, max=_LAST_YEAR)
    return moment


def valid_labels(labels: Collection[str], *, field: str = "labels") -> tuple[str, ...]:
    """Returns the labels in Form C, each once, sorted by code points. Raises ValidationError, which names `field`."""
    if len(labels) > LABELS * 2:  # bounds the work; equal labels count once below
        raise ValidationError(field, f"must be at most {LABELS}", Code.LIMIT, max=LABELS)
    stored = tuple(sorted({composed_line(field, label, LABEL_LENGTH) for label in labels}))
    if len(stored) > LABELS:
        raise ValidationError(field, f"must be at most {LABELS}", Code.LIMIT, max=LABELS)
    return stored


def merged_labels(labels: Sequence[str], *, added: Collection[str], removed: Collection[str]) -> tuple[str, ...]:
    """Returns the labels with some more and without others. Removing a label that is not there changes nothing.

    Raises ValidationError for a label that breaks the rule, for too many labels and for a label in both collections.
    """
    to_add, to_remove = valid_labels(added, field="addLabels"), valid_labels(removed, field="removeLabels")
    if set(to_add) & set(to_remove):
        raise ValidationError("removeLabels", "must not name a label that addLabels names", Code.EXCLUSIVE)
    return valid_labels((set(labels) | set(to_add)) - set(to_remove))
