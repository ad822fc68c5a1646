"""Filters that select the events of a subscription.

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
    """AppSync would refuse this filter. The message says why."""


@dataclass(frozen=True)
class Condition:
    """One comparison of one field of the payload."""

    path: tuple[str, ...]
    operator: str
    value: Any

    def holds(self, payload: Mapping[str, Any]) -> bool:
        """Returns whether the payload matches. A null or missing field matches only `ne`, `notIn` and `notContains`."""
        actual: Any = payload
        for name in self.path:
            actual = actual.get(name, _MISSING) if isinstance(actual, Mapping) else _MISSING
        if actual is _MISSING or actual is None:
            return self.operator in {"ne", "notContains", "notIn"} if self.value is not None else self.operator == "eq"
        try:
            return OPERATORS[self.operator](actual, self.value)
        except TypeError:  # a string compared with a number
            return False


def _same(actual: Any, value: Any) -> bool:
    # In Python, True == 1.
    return bool(actual == value) and isinstance(actual, bool) == isinstance(value, bool)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda actual, value: _same(actual, value),
    "ne": lambda actual, value: not _same(actual, value),
    "le": lambda actual, value: bool(actual <= value),
    "lt": lambda actual, value: bool(actual < value),
    "ge": lambda actual, value: bool(actual >= value),
    "gt": lambda actual, value: bool(actual > value),
    "contains": lambda actual, value: value in actual,
    "notContains": lambda actual, value: value not in actual,
    "beginsWith": lambda actual, value: actual.startswith(value) if isinstance(actual, str) else False,
    "in": lambda actual, value: any(_same(actual, entry) for entry in value),
    "notIn": lambda actual, value: not any(_same(actual, entry) for entry in value),
    "between": lambda actual, value: bool(value[0] <= actual <= value[1]),
    "containsAny": lambda actual, value: any(entry in actual for entry in value),
}


@dataclass(frozen=True)
class SubscriptionFilter:
    """A filter of groups: all conditions of at least one group must hold. Without groups, every event matches."""

    groups: Sequence[Sequence[Condition]] = ()

    def matches(self, payload: Mapping[str, Any]) -> bool:
        """Returns whether the subscriber receives an event with this payload."""
        return not self.groups or any(all(condition.holds(payload) for condition in group) for group in self.groups)


def basic_filter(arguments: Mapping[str, Any]) -> SubscriptionFilter:
    """Returns the filter of subscription arguments: each argument must equal the payload's field of the same name.

    A null argument requires a null field. An argument that is not given adds no condition.
    """
    if not arguments:
        return SubscriptionFilter()
    return SubscriptionFilter([[Condition((name,), "eq", value) for name, value in arguments.items()]])


def enhanced_filter(filter_group: object) -> SubscriptionFilter:
    """Returns the filter that a resolver sets: {"filterGroup": [{"filters": [{"fieldName", "operator", "value"}]}]}.

    Raises InvalidFilter.
    """
    groups = filter_group.get("filterGroup") if isinstance(filter_group, Mapping) else None
    if not isinstance(groups, list):
        raise InvalidFilter("filterGroup must be a list of groups")
    return SubscriptionFilter([[_condition(filter_) for filter_ in _filters(group)] for group in groups])


def _filters(group: object) -> Sequence[object]:
    filters = group.get("filters", []) if isinstance(group, Mapping) else None
    if not isinstance(filters, list):
        raise InvalidFilter("a group of a filterGroup must have a list of filters")
    return filters


def _condition(filter_: object) -> Condition:
    if not isinstance(filter_, Mapping):
        raise InvalidFilter("a filter must have fieldName, operator and value")
    name, operator, value = filter_.get("fieldName"), filter_.get("operator"), filter_.get("value")
    if not isinstance(name, str) or not 0 < len(name) <= _MAXIMUM_PATH or name.count(".") >= _MAXIMUM_DEPTH:
        raise InvalidFilter("fieldName must be a path of at most five names and 256 characters")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise InvalidFilter(f"{operator} is not a filter operator")
    limit = _LIST_LIMITS.get(operator)
    if limit and (not isinstance(value, list) or len(value) > limit or (operator == "between" and len(value) != limit)):
        raise InvalidFilter(f"{operator} takes a list of at most {limit} values")
    return Condition(tuple(name.split(".")), operator, value)
