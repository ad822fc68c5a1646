"""One write of a task: the unit that is published, recorded and told to subscribers."""

from dataclasses import dataclass
from datetime import datetime

from domain.events import DomainEvent, TaskCompleted
from domain.identifiers import TaskId, UserId
from domain.snapshot import TaskSnapshot


@dataclass(frozen=True, slots=True)
class TaskChange:
    """The task after a write, and the one or two events that the write raised, in their order.

    A task and its version name a change for ever. Raises ValueError for a change without events.
    """

    task: TaskSnapshot
    events: tuple[DomainEvent, ...]

    def __post_init__(self) -> None:
        if not self.events:
            raise ValueError("a change raises at least one event")

    @property
    def task_id(self) -> TaskId:
        """The task that changed."""
        return self.task.id

    @property
    def user_id(self) -> UserId:
        """Whose task it is."""
        return self.task.user_id

    @property
    def version(self) -> int:
        """The task's version after it."""
        return self.task.version

    @property
    def timestamp(self) -> datetime:
        """When it happened: the time of all of its events."""
        return self.events[0].timestamp

    @property
    def event_type(self) -> str:
        """The change in one word: the type of its last event, which tells most (TaskCompleted, TaskReopened)."""
        return self.events[-1].event_type

    @property
    def completes_the_task(self) -> bool:
        """Whether the task was completed by it."""
        return any(isinstance(event, TaskCompleted) for event in self.events)
