"""What a list of tasks contains, and in which order.

The TypeScript client decides the same for live updates (packages/client/src/filter.ts). Both are tested with the cases
of tests/filter_cases.json.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self
from unicodedata import normalize

from domain.details import TaskDetails
from domain.errors import Code, Problems, ValidationError
from domain.identifiers import UserId
from domain.planning import TaskPriority, day_of, valid_labels
from domain.snapshot import TaskSnapshot
from domain.status import EVERY_STATUS, OPEN_STATUSES, TaskStatus
from domain.text import composed_line

TEXT_LENGTH = (2, 100)  # code points in NFC


class TaskOrder(StrEnum):
    """The order of a list. DUE_FIRST holds open tasks with a due date: by day, whole days first, then by moment."""

    NEWEST_FIRST = "NEWEST_FIRST"
    DUE_FIRST = "DUE_FIRST"


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Conditions that all tasks of a list keep. Without a value, a condition holds for every task.

    The days of `due_from` and `due_to` are included, each in the zone of the task's due date. `text` is folded.
    """

    due_from: date | None = None
    due_to: date | None = None
    priorities: frozenset[TaskPriority] = frozenset()
    any_label: frozenset[str] = frozenset()
    all_labels: frozenset[str] = frozenset()
    no_label: frozenset[str] = frozenset()
    text: str = ""

    @classmethod
    def of(
        cls,
        *,
        due_from: str | None = None,
        due_to: str | None = None,
        priorities: Collection[TaskPriority] | None = None,
        any_label: Collection[str] | None = None,
        all_labels: Collection[str] | None = None,
        no_label: Collection[str] | None = None,
        text: str | None = None,
    ) -> Self:
        """Returns the filter that a caller describes; None means that there is no such condition.

        Raises ValidationError, which names every broken field: a text that is no day, a range whose end precedes its
        start, an empty list, a label that breaks its rule, and a text that is too short or too long.
        """
        problems = Problems()
        first = last = None
        with problems:
            first, last = _range(due_from, due_to)
        with problems:
            _must_name_one("priorities", priorities)
        labels = dict[str, frozenset[str]]()
        for field, names in {"anyLabel": any_label, "allLabels": all_labels, "noLabel": no_label}.items():
            with problems:
                _must_name_one(field, names)
                labels[field] = frozenset(valid_labels(names or (), field=field))
        folded = ""
        if text is not None:
            with problems:
                folded = _searched(text)
        problems.report()
        return cls(
            due_from=first,
            due_to=last,
            priorities=frozenset(priorities or ()),
            any_label=labels["anyLabel"],
            all_labels=labels["allLabels"],
            no_label=labels["noLabel"],
            text=folded,
        )

    @property
    def due(self) -> Self:
        """The condition on the due date alone."""
        return type(self)(self.due_from, self.due_to)

    def matches(self, task: TaskDetails) -> bool:
        """Returns whether the task keeps all conditions. A priority of newer code counts as NONE, as callers see it."""
        if self.due_from or self.due_to:
            day = task.due.day if task.due else None
            if day is None or (self.due_from and day < self.due_from) or (self.due_to and day > self.due_to):
                return False
        priority = task.priority if isinstance(task.priority, TaskPriority) else TaskPriority.NONE
        if self.priorities and priority not in self.priorities:
            return False
        if self.any_label and self.any_label.isdisjoint(task.labels):
            return False
        if not self.all_labels.issubset(task.labels) or not self.no_label.isdisjoint(task.labels):
            return False
        return self.text in fold(task.title) or self.text in fold(task.description)


EVERYTHING = TaskFilter()


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """The tasks that a list contains, and their order."""

    user_id: UserId
    statuses: frozenset[TaskStatus] = EVERY_STATUS
    filter: TaskFilter = EVERYTHING
    order: TaskOrder = TaskOrder.NEWEST_FIRST

    def includes(self, task: TaskSnapshot) -> bool:
        """Returns whether a task of the user is in the list. A task of an unknown status never is."""
        if self.order is TaskOrder.DUE_FIRST and task.due is None:
            return False
        return task.status in self.statuses and self.filter.matches(task)


def chosen_statuses(
    status: TaskStatus | None,
    statuses: Sequence[TaskStatus] | None,
    order: TaskOrder = TaskOrder.NEWEST_FIRST,
) -> frozenset[TaskStatus]:
    """Returns the statuses that a list contains: every status, or every open status in the order DUE_FIRST, by default.

    Raises ValidationError when both arguments are given, when `statuses` is empty, when it names a status twice, and
    when the order is DUE_FIRST and a status is closed.
    """
    if statuses is None:
        if status is None:
            return OPEN_STATUSES if order is TaskOrder.DUE_FIRST else EVERY_STATUS
        chosen = frozenset({status})
    elif status is not None:
        raise ValidationError("statuses", "must not be given together with status", Code.EXCLUSIVE)
    elif not statuses:
        raise ValidationError("statuses", "must name at least one status", Code.LIMIT, min=1)
    elif len(set(statuses)) < len(statuses):
        raise ValidationError("statuses", "must not name a status twice", Code.DUPLICATE)
    else:
        chosen = frozenset(statuses)
    if order is TaskOrder.DUE_FIRST and not chosen <= OPEN_STATUSES:
        rule = "must not be DUE_FIRST for COMPLETED and CANCELLED, because closed tasks have no order by due date"
        raise ValidationError("orderBy", rule, Code.EXCLUSIVE)
    return chosen


def fold(text: str) -> str:
    """Returns the text without differences of case and accents, for searches.

    Accents are the combining diacritical marks U+0300 to U+036F. The marks of other scripts, for example Japanese and
    Hindi ones, make other letters and stay.
    """
    if text.isascii():
        return text.upper()
    bare = "".join(character for character in normalize("NFD", text) if not "\u0300" <= character <= "\u036f")
    # Lower case first: ẞ becomes ß, and ß becomes SS as the ss of others does. JavaScript has the same two mappings.
    return normalize("NFC", bare.lower().upper())


def _searched(text: str) -> str:
    shortest, longest = TEXT_LENGTH
    composed = composed_line("text", text, longest)
    if len(composed) < shortest:
        rule = f"must be {shortest} to {longest} characters, blanks around it not counted"
        raise ValidationError("text", rule, Code.LENGTH, min=shortest, max=longest)
    return fold(composed)


def _range(start: str | None, end: str | None) -> tuple[date | None, date | None]:
    first = None if start is None else day_of(start)
    last = None if end is None else day_of(end)
    if first and last and last < first:
        raise ValidationError("due", "must have a to that is not before from", Code.RANGE)
    return first, last


def _must_name_one(field: str, values: Collection[object] | None) -> None:
    # An empty list would mean "none" for one condition and "every" for another.
    if values is not None and not values:
        raise ValidationError(field, "must name at least one", Code.LIMIT, min=1)
