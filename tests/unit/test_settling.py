"""A stop waits for the history of the last task that the table's stream changed."""

from typing import Any

from adapters.items import serialize
from adapters.task_items import task_item
from local.settling import history_item_key, last_change
from tests.builders import a_created_task


def a_record(name: str, event: str = "MODIFY", **image: str) -> dict[str, Any]:
    return {"eventName": event, "dynamodb": {"Keys": {"PK": name}, **({"NewImage": image} if image else {})}}


def test_the_last_task_counts_and_not_the_history_that_follows_it() -> None:
    first, last, history = a_record("1", OutboxId="a"), a_record("2", OutboxId="b"), a_record("2#event", Type="x")

    assert last_change([first, last, history]) == {"OutboxId": "b"}


def test_an_erased_task_is_not_waited_for() -> None:
    record, erased = a_record("1", OutboxId="a"), a_record("2", OutboxId="b")

    assert last_change([record, erased, a_record("2", "REMOVE")]) == {"OutboxId": "a"}
    assert last_change([erased, a_record("2", "REMOVE")]) is None


def test_a_stream_without_tasks_has_no_last_one() -> None:
    assert last_change([]) is None


def test_a_task_that_edited_code_wrote_meanwhile_is_no_error() -> None:
    item = task_item(a_created_task(), write_id="w", correlation_id=None)

    assert history_item_key(serialize(item | {"Status": "BLOCKED", "Outbox": ["TaskArchived"]})) is not None
    assert history_item_key(serialize({name: value for name, value in item.items() if name != "Outbox"})) is None
