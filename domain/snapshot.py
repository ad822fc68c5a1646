"""The state of a task at one moment."""

from dataclasses import dataclass
from datetime import datetime

from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.ranks import rank_of_creation
from domain.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot(TaskDetails):
    """All fields of a task. The snapshot is complete, so that no consumer has to query for more.

    Times are timezone-aware and in UTC. `version` is 1 for a new task and increases by 1 with each change. `rank` is
    the place in the manual order; without a value it is that of a task that was never moved.
    """

    id: TaskId
    user_id: UserId
    status: Status
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
    rank: str = ""

    def __post_init__(self) -> None:
        if not self.rank:
            object.__setattr__(self, "rank", rank_of_creation(self.created_at, str(self.id)))

    @property
    def was_moved(self) -> bool:
        """Whether a user gave the task its place in the manual order."""
        return self.rank != rank_of_creation(self.created_at, str(self.id))
