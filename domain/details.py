"""The fields of a task that a user writes. This module is the only list of them and holds each field's rule."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.errors import Code, Problems, ValidationError
from domain.planning import Priority, TaskDue, TaskPriority, valid_labels, valid_reminder
from domain.text import valid_description, valid_title


def _ruled(rule: Callable[[Any], Any], **options: Any) -> Any:  # noqa: ANN401 - as `dataclasses.field` is
    return field(metadata={"rule": rule}, **options)


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - of any type whose values all keep the rule
    return value


def _valid_reminder_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else valid_reminder(moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """The details of a task, either as the caller gave them or as the task stores them.

    The rule of a field takes the given value and returns the stored value, or raises ValidationError. A field that is
    added to this class is validated, held by the aggregate, included in events and included in the fingerprint of a
    creation. docs/add-a-field.md lists the remaining steps.
    """

    title: str = _ruled(valid_title)
    description: str = _ruled(valid_description, default="")
    due: TaskDue | None = _ruled(_as_it_is, default=None)
    priority: Priority = _ruled(_as_it_is, default=TaskPriority.NONE)
    labels: tuple[str, ...] = _ruled(valid_labels, default=())
    remind_at: datetime | None = _ruled(_valid_reminder_or_none, default=None)


DEFAULTS: Mapping[str, Any] = {
    detail.name: detail.default for detail in fields(TaskDetails) if detail.default is not MISSING
}
"""The details that a user need not write, and what they are then. Such a detail can be cleared."""

_RULES: Mapping[str, Callable[[Any], Any]] = {detail.name: detail.metadata["rule"] for detail in fields(TaskDetails)}


def details_of(task: TaskDetails) -> dict[str, Any]:
    """Returns only the details of `task`, by name. `task` may be any class that has them."""
    return {name: getattr(task, name) for name in _RULES}


def checked(named: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the given details as a task stores them.

    Raises ValidationError, which names every detail that breaks its rule.
    """
    stored, problems = {}, Problems()
    for name, value in named.items():
        with problems:
            stored[name] = _RULES[name](value)
    problems.report()
    return stored


def fingerprint(task: TaskDetails) -> str:
    """Returns a digest of the details, which tells apart two creations with the same client token.

    Only details that differ from their defaults count, so that the digest of a creation stays the same when a later
    version adds a detail. A creation may be repeated forever: docs/released/fingerprints.json holds digests that must
    never change.
    """
    content = {
        name: list(value) if isinstance(value, tuple) else str(value)
        for name, value in details_of(task).items()
        if name not in DEFAULTS or value != DEFAULTS[name]
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def cleared(names: Collection[str], changed: Collection[str]) -> dict[str, Any]:
    """Returns the defaults of the details to clear.

    Raises ValidationError for a detail without a default and for one that is also given.
    """
    for name in names:
        if name not in DEFAULTS:
            raise ValidationError("clear", f"must name details that can be cleared: {', '.join(DEFAULTS)}", Code.ONE_OF)
        if name in changed:
            raise ValidationError("clear", f"must not name {name}, which is given as well", Code.EXCLUSIVE)
    return {name: DEFAULTS[name] for name in names}
