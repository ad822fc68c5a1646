"""The Task aggregate: its state, its status transitions and the events that its changes raise."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from domain.changes import TaskChange
from domain.details import TaskDetails, checked, cleared, details_of, fingerprint
from domain.errors import Code, InvalidTransition, Problems, ValidationError
from domain.events import (
    DomainEvent,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskMoved,
    TaskReminded,
    TaskReopened,
    TaskStatusChanged,
    TaskUpdated,
)
from domain.identifiers import TaskId, UserId
from domain.planning import merged_labels
from domain.snapshot import TaskSnapshot
from domain.status import OPEN_STATUSES, TRANSITIONS, TaskStatus, known

Raise = Callable[[TaskSnapshot], Sequence[DomainEvent]]
"""Returns the events that a new state of a task raises."""


@dataclass(slots=True)
class Task:
    """Something that a user intends to do.

    `Task(state)` restores a stored task and raises no event. `Task.create` makes a new task. Each change replaces
    `state` and adds to `changes`. The repository stores the events of a change together with the state.

    `fingerprint` tells whether a repeated creation (same client token) asks for the same details. It is None for a task
    that was created without a token, and for a deleted task, whose token stays used whatever the details are. `writes`
    holds the ids of the task's latest writes, by which the repository recognizes its own write (docs/decisions/0006).
    `unknown` holds what newer code stored with the task and this code does not know, so that a change keeps it
    (docs/decisions/0018). No rule of the domain reads the two.
    """

    state: TaskSnapshot
    deleted: bool = False
    fingerprint: str | None = None
    changes: list[TaskChange] = field(default_factory=list, compare=False)
    writes: tuple[str, ...] = field(default=(), compare=False, repr=False)
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def create(
        cls, *, task_id: TaskId, user_id: UserId, details: TaskDetails, at: datetime, idempotent: bool = False
    ) -> Self:
        """Returns a new pending task of version 1 that has recorded TaskCreated.

        Raises ValidationError, with field and rule, for a detail that breaks its rule.
        """
        state = TaskSnapshot(
            id=task_id,
            user_id=user_id,
            **checked(details_of(details)),
            status=TaskStatus.PENDING,
            created_at=at,
            updated_at=at,
            completed_at=None,
            version=1,
        )
        task = cls(state, fingerprint=fingerprint(state) if idempotent else None)
        task.changes.append(TaskChange(state, (TaskCreated.of(state),)))
        return task

    @property
    def id(self) -> TaskId:
        return self.state.id

    @property
    def user_id(self) -> UserId:
        return self.state.user_id

    @property
    def status(self) -> TaskStatus:
        """The task's status. Raises UnknownTaskStatus, so that every rule about statuses refuses such a task."""
        return known(self.state.status)

    @property
    def version(self) -> int:
        """The task's version, which is 1 for a new task and increases by 1 with each change."""
        return self.state.version

    @property
    def events(self) -> tuple[DomainEvent, ...]:
        """The events of all changes that are not stored yet, oldest first."""
        return tuple(event for change in self.changes for event in change.events)

    def sign(self, by: str, mutation_id: str | None) -> None:
        """Note which kind of actor made the changes that are not stored yet, and the caller's name for them."""
        self.changes = [change.signed(by, mutation_id) for change in self.changes]

    def start(self, at: datetime) -> None:
        """Start the work on a pending task. Raises InvalidTransition unless the task is pending."""
        self._move_to(TaskStatus.IN_PROGRESS, at)

    def complete(self, at: datetime) -> None:
        """Complete the task.

        Raises InvalidTransition when the task is already completed or cancelled. Records TaskStatusChanged and
        TaskCompleted, both with the time `at` (UTC).
        """
        self._move_to(TaskStatus.COMPLETED, at, lambda state: [TaskCompleted.of(state)])

    def cancel(self, at: datetime) -> None:
        """Cancel the task. Raises InvalidTransition when the task is already completed or cancelled."""
        self._move_to(TaskStatus.CANCELLED, at)

    def reopen(self, at: datetime) -> None:
        """Make a completed or cancelled task pending again and clear the time of its completion.

        A reminder whose time came while the task was closed is dropped. Raises InvalidTransition when the task is
        neither completed nor cancelled. Records TaskStatusChanged and TaskReopened, both with the time `at` (UTC).
        """
        was_completed_at = self.state.completed_at
        remind_at = self.state.remind_at
        self._move_to(
            TaskStatus.PENDING,
            at,
            lambda state: [TaskReopened.of(state, was_completed_at=was_completed_at)],
            remind_at=None if remind_at and remind_at <= at else remind_at,
        )

    def remind(self, at: datetime) -> bool:
        """Bring an open task to mind whose reminder is due, and end the reminder. Records TaskReminded.

        Returns False, and changes nothing, for a task that is closed or of an unknown status, or has no due reminder.
        """
        state = self.state
        if state.status not in OPEN_STATUSES or state.remind_at is None or state.remind_at > at:
            return False
        self._become(at, lambda state: [TaskReminded.of(state)], remind_at=None)
        return True

    def edit(
        self,
        at: datetime,
        *,
        clear: Collection[str] = (),
        add_labels: Collection[str] = (),
        remove_labels: Collection[str] = (),
        **details: Any,  # noqa: ANN401 - each detail has a type of its own
    ) -> None:
        """Change the given details and set those that `clear` names to their defaults.

        A detail that is None stays as it is, because many clients send null for what they do not set. `labels` replaces
        all labels; `add_labels` and `remove_labels` merge with those that the task has. Raises ValidationError when
        nothing is given or cleared, when a detail breaks its rule, when `labels` is given together with labels to
        merge, and when `clear` names a detail that has no default or is given as well. Raises InvalidTransition when
        the task is closed. Details that equal the current ones change nothing and record no event.
        """
        values = {name: value for name, value in details.items() if value is not None}
        if not (values or clear or add_labels or remove_labels):
            rule = f"must name a detail to change: {', '.join(details_of(self.state))}"
            raise ValidationError("input", rule, Code.REQUIRED)
        problems, stored = Problems(), dict[str, Any]()
        with problems:
            stored |= checked(values)
        if add_labels or remove_labels:
            with problems:
                if "labels" in values:
                    rule = "must not be given together with addLabels or removeLabels"
                    raise ValidationError("labels", rule, Code.EXCLUSIVE)
                stored["labels"] = merged_labels(self.state.labels, added=add_labels, removed=remove_labels)
        with problems:
            stored |= cleared(clear, values)
        problems.report()
        if self.status.is_closed:
            raise InvalidTransition(self.state, wanted=None)
        if stored.items() <= details_of(self.state).items():
            return
        self._become(at, lambda state: [TaskUpdated.of(state)], **stored)

    def move(self, rank: str, at: datetime) -> None:
        """Give the task another place in the manual order, in any status. Records TaskMoved."""
        known(self.state.status)  # the caller's answer has to show the status
        self._become(at, lambda state: [TaskMoved.of(state)], rank=rank)

    def delete(self, at: datetime) -> None:
        """Delete the task in any status. Records TaskDeleted in a change that describes the deleted task."""
        known(self.state.status)  # the caller's answer has to show the status
        self.deleted = True
        self._become(at, lambda state: [TaskDeleted.of(state)])

    def _move_to(
        self,
        status: TaskStatus,
        at: datetime,
        further_events: Raise = lambda _: [],
        **details: Any,  # noqa: ANN401 - as `replace` takes them
    ) -> None:
        previous = self.status
        if status not in TRANSITIONS[previous]:
            raise InvalidTransition(self.state, wanted=status)
        self._become(
            at,
            lambda state: [TaskStatusChanged.of(state, previous_status=previous), *further_events(state)],
            status=status,
            completed_at=self._no_earlier(at) if status is TaskStatus.COMPLETED else None,
            **details,
        )

    def _become(self, at: datetime, events: Raise, **fields: Any) -> None:  # noqa: ANN401 - as `replace` takes them
        """Replace the state and record the change with the events that the new state raises."""
        before = details_of(self.state)
        self.state = replace(self.state, updated_at=self._no_earlier(at), version=self.version + 1, **fields)
        changed = tuple(name for name, value in details_of(self.state).items() if value != before[name])
        raised = tuple(replace(event, changed=changed) for event in events(self.state))
        self.changes.append(TaskChange(self.state, raised))

    def _no_earlier(self, at: datetime) -> datetime:
        # The clocks of two Lambda instances differ. The larger time is used, so that a task's times never decrease.
        return max(at, self.state.updated_at)
