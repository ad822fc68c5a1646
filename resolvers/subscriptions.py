"""The resolvers of Subscription fields, which decide who may subscribe to whose tasks."""

from collections.abc import Mapping
from typing import Any

from domain.access import Actor
from domain.budget import Work
from domain.identifiers import UserId
from domain.lists import chosen_statuses
from resolvers.answers import Answer
from resolvers.inputs import Changes, Completions, parse
from resolvers.routing import named, parts, router, spender


@router.resolver(type_name="Subscription", field_name="onTaskCompleted")
def on_task_completed(**arguments: object) -> Answer:
    """Subscribe the caller to completions."""
    caller = spender(Work.SUBSCRIPTIONS)
    owner = parts().subscribe(caller, named(parse(Completions, arguments).user_id))
    return _filtered(caller, {"userId": _owned_by(owner)})


@router.resolver(type_name="Subscription", field_name="onTaskChanged")
def on_task_changed(**arguments: object) -> Answer:
    """Subscribe the caller to changes, of one task or of some statuses if they ask for that."""
    request, caller = parse(Changes, arguments), spender(Work.SUBSCRIPTIONS)
    statuses = None if request.statuses is None else chosen_statuses(None, request.statuses)
    conditions = {"task.userId": _owned_by(parts().subscribe(caller, named(request.user_id)))}
    if request.id is not None:
        conditions["task.id"] = {"eq": request.id}
    if statuses is not None:
        conditions["task.status"] = {"in": sorted(map(str, statuses))}
    return _filtered(caller, conditions)


def _owned_by(owner: UserId | None) -> Mapping[str, Any]:
    # The answer always sets an enhanced filter. Without one, AppSync compares the event with the arguments, and a null
    # userId would match only tasks without an owner. The filter `ne ""` matches the tasks of all users, because no
    # owner is the empty text.
    return {"ne": ""} if owner is None else {"eq": str(owner)}


def _filtered(caller: Actor, conditions: Mapping[str, Mapping[str, Any]]) -> Answer:
    # All conditions of a filter must hold (AppSync Developer Guide, "Enhanced subscription filtering"), so that an id
    # or a status never widens what the owner's condition allows.
    return {"data": None, "subscriptionFilter": dict(conditions), "invalidationFilter": _ended_by(caller)}


def _ended_by(caller: Actor) -> dict[str, Any]:
    """Returns the filter of the payloads that end this subscription (end_subscriptions_resolver.js).

    A payload names a user or everyone.
    """
    conditions: dict[str, Any] = {"everyone": True}
    if caller.user_id:
        conditions["userId"] = str(caller.user_id)
    return {
        "filterGroup": [
            {"filters": [{"fieldName": name, "operator": "eq", "value": value}]} for name, value in conditions.items()
        ]
    }
