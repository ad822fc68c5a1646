"""Keeps the running subscriptions and publishes events to them."""

import json
import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from appsync_offline.authentication.caller import Caller
from appsync_offline.execution.engine import Engine, Listening, Publication
from appsync_offline.execution.operation import Operation
from appsync_offline.realtime.filters import basic_filter
from appsync_offline.text.json_text import is_larger

logger = logging.getLogger(__name__)
_MAXIMUM_PAYLOAD = 240 * 1024  # bytes of one message (AppSync quotas)


@dataclass(frozen=True, eq=False)
class Subscription:
    """A running subscription. `send` sends a JSON payload to the client; `end` closes the client's connection."""

    operation: Operation
    caller: Caller
    listening: Listening
    send: Callable[[str], None]
    end: Callable[[], None]

    @cached_property
    def audience(self) -> Hashable:
        """A value that is equal for subscriptions that receive the same payload for an event."""
        return self.operation.key, self.caller.rights


class Subscriptions:
    """The running subscriptions, by the field that they subscribe to."""

    def __init__(self) -> None:
        self._by_field: dict[str, set[Subscription]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_field.values()))

    def add(self, subscription: Subscription) -> None:
        """Register a subscription, so that it receives events from now on."""
        self._by_field.setdefault(subscription.listening.field_name, set()).add(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Remove a subscription, so that it receives no more events."""
        self._by_field.get(subscription.listening.field_name, set()).discard(subscription)

    def publish(self, engine: Engine, publications: Iterable[Publication]) -> None:
        """Send each publication to the matching subscriptions. Oversized messages are dropped, as AppSync does."""
        for publication in publications:
            texts: dict[Hashable, str | None] = {}
            for field_name in engine.listeners(publication.mutation):
                for subscription in tuple(self._by_field.get(field_name, ())):
                    if not _wants(subscription, publication.payload):
                        continue
                    if subscription.audience not in texts:
                        texts[subscription.audience] = _text(engine, subscription, publication.payload)
                    if text := texts[subscription.audience]:
                        subscription.send(text)

    def invalidate(self, invalidations: Iterable[Mapping[str, Any]]) -> None:
        """End the subscriptions whose invalidation filter matches: {"subscriptionField", "payload"} each."""
        for invalidation in invalidations:
            for subscription in tuple(self._by_field.get(invalidation.get("subscriptionField", ""), ())):
                ends = subscription.listening.invalidated_by
                if ends and ends != basic_filter({}) and ends.matches(invalidation.get("payload") or {}):
                    subscription.end()


def _text(engine: Engine, subscription: Subscription, payload: Any) -> str | None:
    answer = engine.deliver(subscription.operation, subscription.listening.field_name, subscription.caller, payload)
    if is_larger(answer, _MAXIMUM_PAYLOAD):
        logger.warning(
            "%s: an update of more than %d bytes is dropped", subscription.listening.field_name, _MAXIMUM_PAYLOAD
        )
        return None
    return json.dumps(answer, separators=(",", ":"))


def _wants(subscription: Subscription, payload: Any) -> bool:
    return subscription.listening.filter.matches(payload if isinstance(payload, Mapping) else {})
