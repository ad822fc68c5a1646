"""Reads the history of a task."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.access import Actor
from domain.history import HistoryEntry
from domain.identifiers import TaskId, UserId
from domain.ports import TaskProjections

LATEST = 100  # entries; the schema documents the number


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """The use case that reads the history of one task."""

    projections: TaskProjections

    def __call__(self, actor: Actor, owner: UserId, task_id: TaskId) -> Sequence[HistoryEntry]:
        """Returns the latest 100 entries, oldest first. Raises Unauthorized when the actor may not act for the owner.

        `owner` is the owner that the caller's task names. A history stores no owner to compare it with, because the
        same actor has to find the task first.
        """
        actor.owner(owner)
        return self.projections.history(task_id, LATEST)
