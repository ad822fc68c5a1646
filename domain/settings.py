"""The settings of a user: the time zone in which days are counted, and what is sent by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.errors import Code, ValidationError
from domain.identifiers import UserId
from domain.planning import zone_named

DEFAULT_ZONE = "UTC"
# Longer than completions are kept (adapters/statistics_items.py), so that a completion is taken back from the day that
# counts it.
_ZONES_KEPT = timedelta(days=12)
_ZONES = 20  # changes of the zone, which bound the size of the settings


def valid_time_zone(name: str) -> str:
    """Returns the name of a zone. Raises ValidationError."""
    zone_named(name, field="timeZone", rule="must be a time zone of the IANA Time Zone Database, like Europe/Berlin")
    return name


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """What a user receives by e-mail: reminders, and completions of their tasks by somebody else."""

    reminders: bool = False
    completed_by_others: bool = False


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """From `since` (UTC) on, the user's days are those of the zone."""

    since: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class UserSettings:
    """The settings of one user. Without any, days are UTC days and nothing is sent.

    `zones` are the latest changes of the zone, the oldest first. They make the day of a completion a matter of the
    completion's time alone, so that it can be taken back after the zone has changed (docs/decisions/0040). `version` is
    0 for settings that are not stored. `unknown` holds what newer code stored and this code does not know.
    """

    user_id: UserId
    zones: tuple[ZoneChange, ...] = ()
    email: EmailSettings = EmailSettings()
    version: int = 0
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def time_zone(self) -> str:
        """The IANA time zone in which days are counted now."""
        return self.zones[-1].time_zone if self.zones else DEFAULT_ZONE

    def day_of(self, moment: datetime) -> date:
        """Returns the day of a moment in the zone that the user had then, or its UTC day for an unknown zone."""
        name = next((change.time_zone for change in reversed(self.zones) if change.since <= moment), DEFAULT_ZONE)
        return _day_in(name, moment)

    def today(self, now: datetime) -> date:
        """Returns the day of the present moment in the present zone."""
        return _day_in(self.time_zone, now)

    def changed(
        self,
        at: datetime,
        *,
        time_zone: str | None = None,
        reminders: bool | None = None,
        completed_by_others: bool | None = None,
    ) -> UserSettings:
        """Returns the settings with the given values. None leaves a value as it is.

        Raises ValidationError when nothing is given and for a zone that does not exist.
        """
        if time_zone is None and reminders is None and completed_by_others is None:
            raise ValidationError("input", "must name a setting to change: timeZone, email", Code.REQUIRED)
        zones = self.zones
        if time_zone is not None and valid_time_zone(time_zone) != self.time_zone:
            zones = _recent((*self.zones, ZoneChange(at, time_zone)), at)
        return replace(
            self,
            zones=zones,
            email=EmailSettings(
                self.email.reminders if reminders is None else reminders,
                self.email.completed_by_others if completed_by_others is None else completed_by_others,
            ),
        )


def _recent(zones: tuple[ZoneChange, ...], at: datetime) -> tuple[ZoneChange, ...]:
    """Returns the changes since _ZONES_KEPT and the one before them, which was in force then."""
    older = [change for change in zones if change.since <= at - _ZONES_KEPT]
    return zones[max(len(older) - 1, 0) :][-_ZONES:]


def _day_in(time_zone: str, moment: datetime) -> date:
    try:
        return moment.astimezone(zone_named(time_zone, field="timeZone", rule="")).date()
    except ValidationError:  # a zone of a newer Time Zone Database
        return moment.astimezone(UTC).date()
