"""Items in the AttributeValue form of the DynamoDB API, as boto3 has it."""

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from adapters.items import deserialize, serialize

VALUES = st.recursive(st.text() | st.integers(-(10**37), 10**37) | st.booleans(), st.lists)
ITEMS = st.dictionaries(st.text(), VALUES)


@given(ITEMS)
def test_an_item_is_written_as_boto3_writes_it_and_read_back_as_boto3_reads_it(item: dict[str, object]) -> None:
    image = serialize(item)

    assert image == {name: TypeSerializer().serialize(value) for name, value in item.items()}
    assert deserialize(image) == {name: TypeDeserializer().deserialize(value) for name, value in image.items()} == item


def test_what_no_item_holds_is_not_written() -> None:
    with pytest.raises(TypeError, match="float"):
        serialize({"Version": 1.5})


@pytest.mark.parametrize("value", [{}, {"M": {}}, {"N": "1.5"}, {"N": None}, {"S": "a", "N": "1"}])
def test_what_no_item_of_ours_holds_is_not_read(value: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        deserialize({"Version": value})
