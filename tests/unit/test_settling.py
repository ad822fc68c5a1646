"""A stop waits for the history of the last task that the table's stream changed."""

from typing import Any

from local.settling import last_change


def a_record(name: str, event: str = "MODIFY", **image: str) -> dict[str, Any]:
    return {"eventName": event, "dynamodb": {"Keys": {"PK": name}, **({"NewImage": image} if image else {})}}


def test_the_last_task_counts_and_not_the_history_that_follows_it() -> None:
    first, last, history = a_record("1", OutboxId="a"), a_record("2", OutboxId="b"), a_record("2#event", Type="x")

    assert last_change([first, last, history]) == {"OutboxId": "b"}


def test_an_erased_task_is_not_waited_for() -> None:
    kept, erased = a_record("1", OutboxId="a"), a_record("2", OutboxId="b")

    assert last_change([kept, erased, a_record("2", "REMOVE")]) == {"OutboxId": "a"}
    assert last_change([erased, a_record("2", "REMOVE")]) is None


def test_a_stream_without_tasks_has_no_last_one() -> None:
    assert last_change([]) is None
