"""Which events a subscription gets.

AppSync Developer Guide, "Enhanced subscription filtering" and "Using subscription arguments".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MISSING = object()
_LIST_LIMITS = {"in": 5, "notIn": 5, "containsAny": 20, "between": 2}
_MAXIMUM_PATH = 256  # characters
_MAXIMUM_DEPTH = 5


class InvalidFilter(Exception):
    """AppSync would not take this filter; the message says why."""


@dataclass(frozen=True)
class Condition:
    """One comparison of one field of the payload."""

    path: tuple[str, ...]
    operator: str
    value: Any

    def holds(self, payload: Mapping[str, Any]) -> bool:
        """Whether it holds. A field that is null or not there is only `ne` and `not…` something."""
        found: Any = payload
        for name in self.path:
            found = found.get(name, _MISSING) if isinstance(found, Mapping) else _MISSING
        if found is _MISSING or found is None:
            return self.operator in {"ne", "notContains", "notIn"} if self.value is not None else self.operator == "eq"
        try:
            return OPERATORS[self.operator](found, self.value)
        except TypeError:  # text against number
            return False


def _same(found: Any, value: Any) -> bool:
    # To Python, true is 1.
    return bool(found == value) and isinstance(found, bool) == isinstance(value, bool)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: _same(found, value),
    "ne": lambda found, value: not _same(found, value),
    "le": lambda found, value: bool(found <= value),
    "lt": lambda found, value: bool(found < value),
    "ge": lambda found, value: bool(found >= value),
    "gt": lambda found, value: bool(found > value),
    "contains": lambda found, value: value in found,
    "notContains": lambda found, value: value not in found,
    "beginsWith": lambda found, value: found.startswith(value) if isinstance(found, str) else False,
    "in": lambda found, value: any(_same(found, one) for one in value),
    "notIn": lambda found, value: not any(_same(found, one) for one in value),
    "between": lambda found, value: bool(value[0] <= found <= value[1]),
    "containsAny": lambda found, value: any(one in found for one in value),
}


@dataclass(frozen=True)
class SubscriptionFilter:
    """Groups of conditions: one group must hold, and in a group every condition. No group at all lets everything by."""

    groups: Sequence[Sequence[Condition]] = ()

    def matches(self, payload: Mapping[str, Any]) -> bool:
        """Whether an event with this payload is for the subscriber."""
        return not self.groups or any(all(one.holds(payload) for one in group) for group in self.groups)


def basic_filter(arguments: Mapping[str, Any]) -> SubscriptionFilter:
    """Every argument equals the payload's field of its name: a null one wants a null, a missing one nothing."""
    if not arguments:
        return SubscriptionFilter()
    return SubscriptionFilter([[Condition((name,), "eq", value) for name, value in arguments.items()]])


def enhanced_filter(filter_group: Mapping[str, Any]) -> SubscriptionFilter:
    """The filter that a resolver sets: {"filterGroup": [{"filters": [{"fieldName", "operator", "value"}]}]}.

    Raises InvalidFilter.
    """
    groups = filter_group.get("filterGroup")
    if not isinstance(groups, list):
        raise InvalidFilter("filterGroup must be a list of groups")
    return SubscriptionFilter([[_condition(one) for one in group.get("filters", ())] for group in groups])


def _condition(filter_: Mapping[str, Any]) -> Condition:
    name, operator, value = filter_.get("fieldName"), filter_.get("operator"), filter_.get("value")
    if not isinstance(name, str) or not 0 < len(name) <= _MAXIMUM_PATH or name.count(".") >= _MAXIMUM_DEPTH:
        raise InvalidFilter("fieldName must be a path of at most five names and 256 characters")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise InvalidFilter(f"{operator} is not a filter operator")
    limit = _LIST_LIMITS.get(operator)
    if limit and (not isinstance(value, list) or len(value) > limit or (operator == "between" and len(value) != limit)):
        raise InvalidFilter(f"{operator} takes a list of at most {limit} values")
    return Condition(tuple(name.split(".")), operator, value)
