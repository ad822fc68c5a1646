"""Items convert to and from the AttributeValue form of the DynamoDB API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.items import deserialize, serialize

VALUES = st.recursive(st.text() | st.integers(-(10**37), 10**37) | st.booleans(), st.lists)


@given(st.dictionaries(st.text(), VALUES))
def test_an_item_is_read_back_as_it_was_written(item: dict[str, object]) -> None:
    assert deserialize(serialize(item)) == item


def test_what_no_item_holds_is_not_written() -> None:
    with pytest.raises(TypeError, match="Float"):
        serialize({"Version": 1.5})


@pytest.mark.parametrize("value", [{}, {"X": "1"}, {"N": None}, "text"])
def test_what_is_no_attribute_value_is_not_read(value: object) -> None:
    with pytest.raises((TypeError, AttributeError)):
        deserialize({"Version": value})
