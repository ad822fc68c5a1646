"""Converts the events of a change to and from attributes, which a task's item and a history item share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_type_hints

from pydantic.alias_generators import to_pascal, to_snake

from adapters.items import Item
from adapters.task_json import facts_json
from adapters.timestamps import from_text
from domain.events import EVENT_TYPES, DomainEvent, UnknownEvent, facts_of
from domain.identifiers import TaskId, UserId
from domain.status import Status, status_of


def origin_attributes(events: Sequence[DomainEvent]) -> Item:
    """Returns the attributes that tell who made a change and which details it changed."""
    return {"By": events[-1].by, "Changed": list(events[-1].changed) or None} if events else {}


def fact_attributes(events: Iterable[DomainEvent]) -> Item:
    """Returns the attributes that hold the facts of a change's events, in which a fact's name means one thing."""
    facts = {to_pascal(to_snake(name)): fact for event in events for name, fact in facts_json(event).items()}
    return {name: fact for name, fact in facts.items() if fact is not None}


def events_in(item: Item, event_types: Sequence[str], timestamp: datetime) -> tuple[DomainEvent, ...]:
    """Returns the events of these types whose facts the item holds.

    An unknown event has no facts, because the item does not tell which of its attributes they are. Raises TypeError
    when the item lacks a fact that has no default.
    """
    common: Item = {
        "task_id": TaskId(item["TaskId"]),
        "user_id": UserId(item["UserId"]),
        "version": int(item["Version"]),
        "status": status_of(item["Status"]),
        "timestamp": timestamp,
        "by": item.get("By"),
        "changed": tuple(item.get("Changed") or ()),
    }
    return tuple(
        EVENT_TYPES[name](**common, **_facts_in(item, EVENT_TYPES[name]))
        if name in EVENT_TYPES
        else UnknownEvent(**common, named=name)
        for name in event_types
    )


def _facts_in(item: Item, kind: type[DomainEvent]) -> Item:
    attributes = {name: to_pascal(name) for name in facts_of(kind)}
    hints = get_type_hints(kind)
    return {
        name: _FROM_ITEM[hints[name]](item[attribute]) for name, attribute in attributes.items() if attribute in item
    }


_FROM_ITEM: Mapping[Any, Callable[[Any], Any]] = {
    Status: status_of,
    datetime: from_text,
    datetime | None: from_text,
}
