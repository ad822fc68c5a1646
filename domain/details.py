"""What a person writes about a task: the one list of these fields, each with its rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any

from domain.text import valid_description, valid_title


def _ruled(rule: Callable[[Any], Any], **options: Any) -> Any:  # noqa: ANN401 - as `dataclasses.field` is
    return field(metadata={"rule": rule}, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """The details of a task, as they were given or as they are kept.

    A field's rule takes what was given and returns what is kept, or raises ValidationError. A field that is added here
    is checked, kept by the aggregate, told by events and part of a creation's fingerprint; docs/add-a-field.md has the
    rest.
    """

    title: str = _ruled(valid_title)
    description: str = _ruled(valid_description, default="")


_RULES: Mapping[str, Callable[[Any], Any]] = {detail.name: detail.metadata["rule"] for detail in fields(TaskDetails)}


def details_of(task: TaskDetails) -> dict[str, Any]:
    """The details alone, by name, of anything that has them."""
    return {name: getattr(task, name) for name in _RULES}


def checked(named: Mapping[str, Any]) -> dict[str, Any]:
    """The named details as a task keeps them. Raises ValidationError for the first that breaks its rule."""
    return {name: _RULES[name](value) for name, value in named.items()}


def fingerprint(task: TaskDetails) -> str:
    """What tells two creations with the same client token apart: a digest of every detail."""
    return sha256("\0".join(str(value) for value in details_of(task).values()).encode()).hexdigest()
