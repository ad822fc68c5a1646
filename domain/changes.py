"""A change: one write of a task. The product publishes, records and announces changes, not single events."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from domain.events import DomainEvent, TaskCompleted
from domain.identifiers import TaskId, UserId
from domain.snapshot import TaskSnapshot


@dataclass(frozen=True, slots=True)
class TaskChange:
    """The task after one write, and the one or two events that the write raised, in their order.

    The task's id and version identify a change permanently. `mutation_id` is the caller's own name for the mutation,
    which lives as long as the change is on its way. Raises ValueError for a change without events.
    """

    task: TaskSnapshot
    events: tuple[DomainEvent, ...]
    mutation_id: str | None = None

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError("a change raises at least one event")

    @property
    def task_id(self) -> TaskId:
        return self.task.id

    @property
    def user_id(self) -> UserId:
        return self.task.user_id

    @property
    def version(self) -> int:
        """The task's version after the change."""
        return self.task.version

    @property
    def timestamp(self) -> datetime:
        """The time of the change, which all of its events share."""
        return self.events[0].timestamp

    @property
    def event_type(self) -> str:
        """The type of the last event, which is the most specific one (for example TaskCompleted or TaskReopened)."""
        return self.events[-1].event_type

    @property
    def by(self) -> str | None:
        """What the party that made the change is to the owner, which all of its events share."""
        return self.events[0].by

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the details that changed."""
        return self.events[0].changed

    def signed(self, by: str, mutation_id: str | None) -> Self:
        """Returns the change as one that an actor of this kind made."""
        return replace(self, events=tuple(replace(event, by=by) for event in self.events), mutation_id=mutation_id)

    @property
    def counts_completions(self) -> bool:
        """Whether the change adds to, or takes from, the completions of a day."""
        return any(event.adds().completions for event in self.events)

    @property
    def is_known(self) -> bool:
        """Whether this code knows the status of the task and the types of all events."""
        return all(event.is_known for event in self.events)

    @property
    def completes_the_task(self) -> bool:
        """Whether the change completed the task."""
        return any(isinstance(event, TaskCompleted) for event in self.events)
