"""The state of a task at one moment."""

from dataclasses import dataclass
from datetime import datetime

from domain.details import TaskDetails
from domain.identifiers import TaskId, UserId
from domain.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot(TaskDetails):
    """All fields of a task. The snapshot is complete, so that no consumer has to query for more.

    Times are timezone-aware and in UTC. `version` is 1 for a new task and increases by 1 with each change.
    """

    id: TaskId
    user_id: UserId
    status: Status
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int
