"""The layout of the item of a user's settings."""

from adapters.items import Item
from adapters.timestamps import from_text, to_text
from domain.identifiers import UserId
from domain.settings import EmailSettings, UserSettings, ZoneChange

SETTINGS_KEY = "SETTINGS"


def settings_key(user_id: UserId) -> Item:
    return {"PK": f"USER#{user_id}", "SK": SETTINGS_KEY}


def settings_item(settings: UserSettings) -> Item:
    """Returns the item of a user's settings as their next version, with what newer code stored.

    `TimeZones` lists the changes of the time zone, the oldest first, each as `<time> <zone>`.
    """
    return {
        **settings.unknown,
        **settings_key(settings.user_id),
        "UserId": str(settings.user_id),
        "Version": settings.version + 1,
        "TimeZones": [f"{to_text(change.since)} {change.time_zone}" for change in settings.zones],
        "EmailReminders": settings.email.reminders,
        "EmailCompletedByOthers": settings.email.completed_by_others,
    }


def settings_of(user_id: UserId, item: Item) -> UserSettings:
    """Returns the settings that an item holds. The item {} is that of a user who changed none."""
    changes = [text.split(" ", 1) for text in item.get("TimeZones", ())]
    known = settings_item(UserSettings(user_id))
    return UserSettings(
        user_id,
        tuple(ZoneChange(from_text(since), zone) for since, zone in changes),
        EmailSettings(bool(item.get("EmailReminders")), bool(item.get("EmailCompletedByOthers"))),
        int(item.get("Version", 0)),
        {name: value for name, value in item.items() if name not in known},
    )
