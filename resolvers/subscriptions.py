"""The resolvers of Subscription fields, which decide who may subscribe to whose tasks."""

from collections.abc import Mapping
from typing import Any

from domain.identifiers import UserId
from domain.status import chosen_statuses
from resolvers.answers import Answer
from resolvers.inputs import Changes, Completions, parse
from resolvers.routing import actor, named, parts, router


@router.resolver(type_name="Subscription", field_name="onTaskCompleted")
def on_task_completed(**arguments: object) -> Answer:
    """Subscribe the caller to completions."""
    owner = parts().subscribe(actor(), named(parse(Completions, arguments).user_id))
    return _filtered({"userId": _owned_by(owner)})


@router.resolver(type_name="Subscription", field_name="onTaskChanged")
def on_task_changed(**arguments: object) -> Answer:
    """Subscribe the caller to changes, of one task or of some statuses if they ask for that."""
    wanted = parse(Changes, arguments)
    conditions = {"task.userId": _owned_by(parts().subscribe(actor(), named(wanted.user_id)))}
    if wanted.id is not None:
        conditions["task.id"] = {"eq": wanted.id}
    if wanted.statuses is not None:
        conditions["task.status"] = {"in": sorted(map(str, chosen_statuses(None, wanted.statuses)))}
    return _filtered(conditions)


def _owned_by(owner: UserId | None) -> Mapping[str, Any]:
    # The answer always sets an enhanced filter. Without one, AppSync compares the event with the arguments, and a null
    # userId would match only tasks without an owner. The filter `ne ""` matches the tasks of all users, because no
    # owner is the empty text.
    return {"ne": ""} if owner is None else {"eq": str(owner)}


def _filtered(conditions: Mapping[str, Mapping[str, Any]]) -> Answer:
    # All conditions of a filter must hold (AppSync Developer Guide, "Enhanced subscription filtering"), so that an id
    # or a status never widens what the owner's condition allows.
    return {"data": None, "subscriptionFilter": dict(conditions)}
