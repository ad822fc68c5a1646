"""What the processor does with a change: it updates the projections, then notifies the subscribers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_lambda_powertools.metrics import MetricUnit

from adapters.timestamps import now
from domain.changes import TaskChange
from domain.events import utc_day
from domain.identifiers import UserId
from domain.ports import (
    Clock,
    Erasures,
    Listeners,
    LiveUpdateRefused,
    LiveUpdates,
    SettingsRepository,
    StatisticsDamaged,
    TaskProjections,
)
from processor.telemetry import logger, metrics

# Half the time until a message that fails becomes a dead letter (cdk/consumer.py), so that no absence of AppSync makes
# one. The contract names this age, because clients read older changes themselves (docs/contract.md).
LIVE = timedelta(minutes=15)


class EveryoneListens(Listeners):
    """Publishes every change, as while a version runs that records no listeners (docs/decisions/0037)."""

    def add(self, owner: UserId | None, at: datetime) -> None:
        """Everybody is a listener already."""

    def include(self, owner: UserId, at: datetime) -> bool:  # noqa: ARG002 - the protocol's arguments
        """Returns true."""
        return True


@dataclass(frozen=True, slots=True)
class FollowChange:
    """Records one stored change of a task and publishes it while it is news and somebody listens."""

    projections: TaskProjections
    live_updates: LiveUpdates
    erasures: Erasures
    listeners: Listeners
    settings: SettingsRepository
    clock: Clock = now

    def __call__(self, change: TaskChange, correlation_id: str | None, deliveries: int = 1) -> bool:
        """Update the projections, then publish the change. Returns False when the projections already held the change.

        `deliveries` counts how often the queue has delivered the message, this time included. The change is published
        also when it was recorded before, because an earlier attempt may have ended between the two steps. It is not
        published when it is older than LIVE, or when nobody listened after it was recorded. Raises LiveUpdateFailed
        after the projections are updated, and any error that updating them raises. A change of an erased person is
        dropped: it is a redelivery, or was made with an access token that outlived the account.
        """
        if self.erasures.includes(change.user_id):
            metrics.add_metric("ErasedChanges", MetricUnit.Count, 1)
            return False
        # A read costs a quarter of the transaction that DynamoDB would cancel.
        is_new = not (deliveries > 1 and self.projections.includes(change)) and self._record(change)
        at = self.clock()
        if change.timestamp < at - LIVE:
            metrics.add_metric("LiveUpdatesTooOld", MetricUnit.Count, 1)
        elif self.listeners.include(change.user_id, at):
            self._publish(change, correlation_id)
        else:
            metrics.add_metric("LiveUpdatesUnheard", MetricUnit.Count, 1)
        return is_new

    def _publish(self, change: TaskChange, correlation_id: str | None) -> None:
        try:
            self.live_updates.publish(change, correlation_id)
        except LiveUpdateRefused:
            if change.is_known:
                raise
            # Neither this code nor the deployed schema knows the status or the event. Another attempt would be refused
            # until another deployment, and clients read the change again (docs/decisions/0016).
            logger.warning("unknown live update left out", exc_info=True)
            metrics.add_metric("UnknownLiveUpdates", MetricUnit.Count, 1)

    def _record(self, change: TaskChange) -> bool:
        # Only a change that counts completions costs this read. Everything else counts the same in any zone.
        day_of = self.settings.get(change.user_id).day_of if change.counts_completions else utc_day
        try:
            return self.projections.record(change, day_of)
        except StatisticsDamaged:
            # The owner's changes go on. `python -m operations rebuild-projections` repairs the item from the tasks.
            logger.exception("damaged statistics")
            metrics.add_metric("DamagedStatistics", MetricUnit.Count, 1)
            return True
