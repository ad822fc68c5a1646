"""The fields of a task that a user writes. This module is the only list of them and holds each field's rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any

from domain.text import valid_description, valid_title


def _ruled(rule: Callable[[Any], Any], **options: Any) -> Any:  # noqa: ANN401 - as `dataclasses.field` is
    return field(metadata={"rule": rule}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """The details of a task, either as the caller gave them or as the task stores them.

    The rule of a field takes the given value and returns the stored value, or raises ValidationError. A field that is
    added to this class is validated, held by the aggregate, included in events and included in the fingerprint of a
    creation. docs/add-a-field.md lists the remaining steps.
    """

    title: str = _ruled(valid_title)
    description: str = _ruled(valid_description, default="")


_RULES: Mapping[str, Callable[[Any], Any]] = {detail.name: detail.metadata["rule"] for detail in fields(TaskDetails)}


def details_of(task: TaskDetails) -> dict[str, Any]:
    """Returns only the details of `task`, by name. `task` may be any class that has them."""
    return {name: getattr(task, name) for name in _RULES}


def checked(named: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the given details as a task stores them.

    Raises ValidationError for the first detail that breaks its rule.
    """
    return {name: _RULES[name](value) for name, value in named.items()}


def fingerprint(task: TaskDetails) -> str:
    """Returns a digest of every detail, which tells apart two creations with the same client token."""
    return sha256("\0".join(str(value) for value in details_of(task).values()).encode()).hexdigest()
