"""Who listens: the registry of running subscriptions, and what each of them is told."""

import json
import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.gateway.caller import Caller
from local.gateway.execution import Engine, Listening, Publication
from local.gateway.filters import basic_filter
from local.gateway.json_text import is_larger
from local.gateway.operation import Operation

logger = logging.getLogger(__name__)
_MAXIMUM_PAYLOAD = 240 * 1024  # bytes of one message (AppSync quotas)


@dataclass(frozen=True, eq=False)
class Subscription:
    """A running subscription. `send` takes what it is told, as JSON; `end` closes its connection, once invalidated."""

    operation: Operation
    caller: Caller
    listening: Listening
    send: Callable[[str], None]
    end: Callable[[], None]

    @cached_property
    def audience(self) -> Hashable:
        """Equal for subscriptions that hear the same of an event."""
        return self.operation.key, self.caller.rights


class Subscriptions:
    """The running subscriptions, by the field that they subscribe to."""

    def __init__(self) -> None:
        self._by_field: dict[str, set[Subscription]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_field.values()))

    def add(self, subscription: Subscription) -> None:
        """From now on it is told."""
        self._by_field.setdefault(subscription.listening.field_name, set()).add(subscription)

    def remove(self, subscription: Subscription) -> None:
        """From now on it is not."""
        self._by_field.get(subscription.listening.field_name, set()).discard(subscription)

    def publish(self, engine: Engine, publications: Iterable[Publication]) -> None:
        """Tell every subscription whose filter wants it. Too large a message is dropped, as AppSync does."""
        for publication in publications:
            texts: dict[Hashable, str | None] = {}
            for field_name in engine.listeners(publication.mutation):
                for one in tuple(self._by_field.get(field_name, ())):
                    if not _wants(one, publication.payload):
                        continue
                    if one.audience not in texts:
                        texts[one.audience] = _text(engine, one, publication.payload)
                    if text := texts[one.audience]:
                        one.send(text)

    def invalidate(self, invalidations: Iterable[Mapping[str, Any]]) -> None:
        """End the subscriptions whose invalidation filter matches: {"subscriptionField", "payload"} each."""
        for invalidation in invalidations:
            for one in tuple(self._by_field.get(invalidation.get("subscriptionField", ""), ())):
                ends = one.listening.invalidated_by
                if ends and ends != basic_filter({}) and ends.matches(invalidation.get("payload") or {}):
                    one.end()


def _text(engine: Engine, one: Subscription, payload: Any) -> str | None:
    answer = engine.deliver(one.operation, one.listening.field_name, one.caller, payload)
    if is_larger(answer, _MAXIMUM_PAYLOAD):
        logger.warning("%s: an update of more than %d bytes is dropped", one.listening.field_name, _MAXIMUM_PAYLOAD)
        return None
    return json.dumps(answer, separators=(",", ":"))


def _wants(one: Subscription, payload: Any) -> bool:
    return one.listening.filter.matches(payload if isinstance(payload, Mapping) else {})
