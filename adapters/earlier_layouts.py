"""Brings items of earlier layouts into the present one."""

from adapters.history_items import HISTORY_PREFIX
from adapters.items import Item
from adapters.task_items import open_due, snapshot_of

_RETIRED = ("GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK")  # the keys of the indexes until record 19


def in_present_layout(item: Item) -> Item:
    """Returns an item of the present or an earlier layout in the form in which the present code stores it.

    It keeps attributes that this code does not know. Applied to its own result, it changes nothing.
    """
    present = {name: value for name, value in item.items() if name not in _RETIRED}
    if present.get("Deleted") and "CreatedAt" in present:
        present["WasCreatedAt"] = present.pop("CreatedAt")
    if "Due" in present and (due := open_due(snapshot_of(present))):
        present["OpenDue"] = due
    if str(item["SK"]).startswith(HISTORY_PREFIX) and "RecordedAt" not in item:
        present["RecordedAt"] = item["Timestamp"]  # when it was recorded is not known
    return present
