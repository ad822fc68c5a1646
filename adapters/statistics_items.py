"""The layout of the item of a user's statistics."""

from datetime import date, timedelta

from adapters.items import Item
from domain.identifiers import UserId
from domain.statistics import TaskStatistics
from domain.status import TaskStatus

STATISTICS_KEY = "STATS"
COMPLETIONS_PREFIX = "Completed#"
COMPLETIONS_KEPT = timedelta(days=9)  # longer than the seven days that the API returns


def statistics_key(user_id: UserId) -> Item:
    """Returns the key of a user's statistics.

    The item has a number attribute for each status, which has the status's name, and one for the completions of each of
    the latest days, which `completions_attribute` names.
    """
    return {"PK": f"USER#{user_id}", "SK": STATISTICS_KEY}


def completions_attribute(day: date) -> str:
    """Returns the attribute name `Completed#<date>`."""
    return f"{COMPLETIONS_PREFIX}{day.isoformat()}"


def statistics_of(item: Item) -> TaskStatistics:
    """Returns the statistics that an item holds. The item {} is that of a user without tasks."""
    return TaskStatistics(
        {status: int(item.get(status, 0)) for status in TaskStatus},
        {
            date.fromisoformat(name.removeprefix(COMPLETIONS_PREFIX)): int(count)
            for name, count in item.items()
            if name.startswith(COMPLETIONS_PREFIX)
        },
    )
