"""The use cases that read and change the settings of a user."""

from dataclasses import dataclass

from domain.access import Actor
from domain.errors import Code, Conflict
from domain.identifiers import UserId
from domain.ports import Clock, SettingsRepository
from domain.settings import UserSettings

_ATTEMPTS = 3  # of a change that another one overtakes


@dataclass(frozen=True, slots=True)
class ReadSettings:
    settings: SettingsRepository

    def __call__(self, actor: Actor, owner: UserId | None) -> UserSettings:
        """Returns the owner's settings. `owner` defaults to the actor.

        Raises Unauthorized when the actor may not act for the owner. Raises ValidationError when no owner is named and
        the actor is not a user.
        """
        return self.settings.get(actor.owner(owner))


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """Changes the settings of one user."""

    settings: SettingsRepository
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        owner: UserId | None,
        *,
        time_zone: str | None = None,
        reminders: bool | None = None,
        completed_by_others: bool | None = None,
    ) -> UserSettings:
        """Returns the changed settings. None leaves a setting as it is, and settings that are equal are not stored.

        Raises what ReadSettings raises, ValidationError for a broken rule, and Conflict when other changes were stored
        first three times in a row.
        """
        user_id = actor.owner(owner)
        for _ in range(_ATTEMPTS):
            before = self.settings.get(user_id)
            after = before.changed(
                self.clock(), time_zone=time_zone, reminders=reminders, completed_by_others=completed_by_others
            )
            if after == before or self.settings.save(after):
                return after
        facts = {"code": str(Code.VERSION), "currentVersion": None, "currentStatus": None}
        raise Conflict("The settings were changed meanwhile.", facts)
