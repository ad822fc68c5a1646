"""What the processor does with a change: it updates the projections, then notifies the subscribers."""

from dataclasses import dataclass

from aws_lambda_powertools.metrics import MetricUnit

from domain.changes import TaskChange
from domain.ports import Erasures, LiveUpdateRefused, LiveUpdates, StatisticsDamaged, TaskProjections
from processor.telemetry import logger, metrics


@dataclass(frozen=True, slots=True)
class FollowChange:
    """Records one stored change of a task and publishes it."""

    projections: TaskProjections
    live_updates: LiveUpdates
    erasures: Erasures

    def __call__(self, change: TaskChange, correlation_id: str | None) -> bool:
        """Update the projections, then publish the change. Returns False when the projections already held the change.

        The change is published in either case, because an earlier attempt may have ended between the two steps. Raises
        LiveUpdateFailed after the projections are updated, and any error that updating them raises. A change of an
        erased person is dropped: it is a redelivery, or was made with an access token that outlived the account.
        """
        if self.erasures.includes(change.user_id):
            metrics.add_metric("ErasedChanges", MetricUnit.Count, 1)
            return False
        is_new = self._record(change)
        try:
            self.live_updates.publish(change, correlation_id)
        except LiveUpdateRefused:
            if change.is_known:
                raise
            # Neither this code nor the deployed schema knows the status or the event. Another attempt would be refused
            # until another deployment, and clients read the change again (docs/decisions/0016).
            logger.warning("unknown live update left out", exc_info=True)
            metrics.add_metric("UnknownLiveUpdates", MetricUnit.Count, 1)
        return is_new

    def _record(self, change: TaskChange) -> bool:
        try:
            return self.projections.record(change)
        except StatisticsDamaged:
            # The owner's changes go on. `python -m operations rebuild-projections` repairs the item from the tasks.
            logger.exception("damaged statistics")
            metrics.add_metric("DamagedStatistics", MetricUnit.Count, 1)
            return True
