"""The resolvers of Subscription fields, which decide who may subscribe to whose tasks."""

from typing import Any

from domain.access import Actor
from resolvers.answers import Answer
from resolvers.inputs import Subscription, parse
from resolvers.routing import actor, named, parts, router


@router.resolver(type_name="Subscription", field_name="onTaskCompleted")
def on_task_completed(**arguments: object) -> Answer:
    """Subscribe the caller to completions."""
    return _filtered("userId", parse(Subscription, arguments).user_id)


@router.resolver(type_name="Subscription", field_name="onTaskChanged")
def on_task_changed(**arguments: object) -> Answer:
    """Subscribe the caller to changes."""
    return _filtered("task.userId", parse(Subscription, arguments).user_id)


def _filtered(owner_field: str, user_id: str | None) -> Answer:
    # The answer always sets an enhanced filter. Without one, AppSync compares the event with the arguments, and a null
    # userId would match only tasks without an owner. The filter `ne ""` matches the tasks of all users, because no
    # owner is the empty text.
    caller = actor()
    owner = parts().subscribe(caller, named(user_id))
    condition: dict[str, Any] = {"ne": ""} if owner is None else {"eq": str(owner)}
    return {
        "data": None,
        "subscriptionFilter": {owner_field: condition},
        "invalidationFilter": _ended_by(caller),
    }


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
