"""Read what happened to a task."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.access import Actor
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.ports import TaskProjections

LATEST = 100  # entries; the schema says so too


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Reads the history of one task."""

    projections: TaskProjections

    def __call__(self, actor: Actor, owner: UserId, task_id: TaskId) -> Sequence[HistoryEntry]:
        """Returns the latest 100 entries, oldest first. Raises Unauthorized where the actor may not act for the owner.

        `owner` is what the caller's task says. A history has no owner of its own to be compared with: its task is found
        first, on behalf of the same actor.
        """
        actor.owner(owner)
        return self.projections.history(task_id, LATEST)
