"""What the processor does with a change: it updates the projections, then notifies the subscribers."""

from dataclasses import dataclass

from domain.changes import TaskChange
from domain.ports import LiveUpdates, TaskProjections


@dataclass(frozen=True, slots=True)
class FollowChange:
    """Records one stored change of a task and publishes it."""

    projections: TaskProjections
    live_updates: LiveUpdates

    def __call__(self, change: TaskChange, correlation_id: str | None) -> bool:
        """Update the projections, then publish the change. Returns False when the projections already held the change.

        The change is published in either case, because an earlier attempt may have ended between the two steps. Raises
        LiveUpdateFailed after the projections are updated, and any error that updating them raises.
        """
        is_new = self.projections.record(change)
        self.live_updates.publish(change, correlation_id)
        return is_new
