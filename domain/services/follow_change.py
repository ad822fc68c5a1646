"""Follow a change: bring the projections up to date, then tell the subscribers."""

from dataclasses import dataclass

from domain.changes import TaskChange
from domain.ports import LiveUpdates, TaskProjections


@dataclass(frozen=True, slots=True)
class FollowChange:
    """Does what follows from one change of a task."""

    projections: TaskProjections
    live_updates: LiveUpdates

    def __call__(self, change: TaskChange, correlation_id: str | None) -> bool:
        """Returns False when the projections already held the change.

        Subscribers are told in either case, because the attempt that recorded the change may have ended before it told
        them. Raises LiveUpdateFailed after the projections are up to date, and whatever keeps them from being so.
        """
        is_new = self.projections.record(change)
        self.live_updates.publish(change, correlation_id)
        return is_new
