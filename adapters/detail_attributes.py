"""Converts a task's details, which are the fields that users give, to and from the attributes of its item."""

from datetime import date

from adapters.items import Item
from adapters.timestamps import from_text, to_text
from domain.details import TaskDetails
from domain.planning import TaskDue, TaskPriority, priority_of

NO_DETAILS = TaskDetails(title="")  # the details of a tombstone


def detail_attributes(task: TaskDetails) -> Item:
    """Returns the attributes of a task's details. Those of details that a task without planning has are None."""
    return {
        "Title": task.title,
        "Description": task.description,
        "Due": _due_text(task.due) if task.due else None,
        "Priority": str(task.priority) if task.priority != TaskPriority.NONE else None,
        "Labels": list(task.labels) or None,
        "RemindAt": to_text(task.remind_at) if task.remind_at else None,
    }


def details_in(item: Item) -> TaskDetails:
    """Returns the details that the attributes of an item hold. An item without planning has the defaults."""
    due = item.get("Due")
    return TaskDetails(
        title=item["Title"],
        description=item["Description"],
        due=_due_in(due) if due else None,
        priority=priority_of(item.get("Priority") or TaskPriority.NONE),
        labels=tuple(item.get("Labels") or ()),
        remind_at=from_text(item["RemindAt"]) if item.get("RemindAt") else None,
    )


def _due_text(due: TaskDue) -> str:
    """Returns `<day>` for a whole day, or `<day>#<moment>#<zone>`, which sort by day and then by moment."""
    if due.at is None:
        return due.day.isoformat()
    return f"{due.day.isoformat()}#{to_text(due.at)}#{due.time_zone}"


def _due_in(text: str) -> TaskDue:
    day, _, rest = text.partition("#")
    moment, _, zone = rest.partition("#")
    return TaskDue(date.fromisoformat(day), from_text(moment) if moment else None, zone or None)
