"""Items convert to and from the AttributeValue form of the DynamoDB API."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic.alias_generators import to_pascal

from adapters.items import deserialize, serialize
from adapters.task_items import SNAPSHOT, snapshot_of, task_item, task_of
from domain.details import DEFAULTS
from domain.status import TaskStatus
from tests.builders import a_planned_task, a_task, later

VALUES = st.recursive(st.text() | st.integers(-(10**37), 10**37) | st.booleans(), st.lists, max_leaves=8)


@pytest.mark.no_cover
@given(st.dictionaries(st.text(), VALUES, max_size=8))
def test_an_item_is_read_back_as_it_was_written(item: dict[str, object]) -> None:
    assert deserialize(serialize(item)) == item


def test_what_no_item_holds_is_not_written() -> None:
    with pytest.raises(TypeError, match="Float"):
        serialize({"Version": 1.5})


@pytest.mark.parametrize("value", [{}, {"X": "1"}, {"N": None}, "text"])
def test_what_is_no_attribute_value_is_not_read(value: object) -> None:
    with pytest.raises((TypeError, AttributeError)):
        deserialize({"Version": value})


def test_what_a_list_reads_of_an_item_is_the_whole_snapshot() -> None:
    task = a_planned_task(status=TaskStatus.IN_PROGRESS, version=2, rank="zUWH2nT0a7Qx")
    task.complete(later())
    item = task_item(task, write_id="w", correlation_id="Root=1-abc")

    assert set(SNAPSHOT) - set(item) <= {to_pascal(name) for name in DEFAULTS}  # a default need not be stored
    assert snapshot_of({name: item[name] for name in SNAPSHOT if name in item}) == task.state


def test_no_attribute_of_a_task_is_taken_for_one_of_newer_code() -> None:
    task = a_task(status=TaskStatus.COMPLETED, version=2)
    task.reopen(later())
    reopened = task_item(replace(task, fingerprint="f", writes=("v", "w")), write_id="x", correlation_id="Root=1-abc")
    task.complete(later())
    task.delete(later())
    deleted = task_item(task, write_id="y", correlation_id=None)

    assert [task_of(item).unknown for item in (reopened, deleted)] == [{}, {}]
    assert {"WasCompletedAt", "PreviousStatus", "EarlierWrites", "Fingerprint"} < reopened.keys()
