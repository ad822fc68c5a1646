"""The benchmarks apply DynamoDB's rules for the capacity units of a call."""

import json
from typing import Any

import pytest

from benchmarks.capacity import Units, item_size, put_units, read_units, units_of, with_whole_items


def an_item(status: str = "PENDING", size: int = 10, *, listed: bool = True) -> dict[str, Any]:
    listing = {"CreatedAt": {"S": "1"}} if listed else {}
    keys = {"UserId": {"S": "u"}, "Status": {"S": status}, "TaskId": {"S": "1"}}
    return {"PK": {"S": "TASK#1"}, "Text": {"S": "x" * size}} | keys | listing


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "abc"}, 3),
        ({"S": "ä"}, 2),
        ({"N": "1"}, 2),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "ab"}]}, 3 + 1 + 2),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(value: dict[str, Any], size: int) -> None:
    assert item_size({"A": value}) == 1 + size


def test_a_read_takes_a_unit_for_each_4_kb_and_half_of_it_when_it_need_not_be_consistent() -> None:
    assert read_units([an_item(size=5000)], consistent=True) == 2
    assert read_units([an_item(size=5000)], consistent=False) == 1
    assert read_units([], consistent=True) == 1


def test_a_batch_of_reads_rounds_each_of_them_up_also_of_items_that_are_not_there() -> None:
    request = {"RequestItems": {"tasks": {"Keys": [{}, {}, {}], "ConsistentRead": True}}}
    answer = {"Responses": {"tasks": [an_item(size=5000)]}}

    assert units_of([("dynamodb.BatchGetItem", json.dumps(request), json.dumps(answer))]) == Units(4, 0)


def test_a_new_item_is_written_to_the_table_and_to_each_index_that_holds_it() -> None:
    assert put_units(an_item(), None) == 3
    assert put_units(an_item(listed=False), None) == 1


def test_an_entry_whose_key_changes_is_written_twice() -> None:
    assert put_units(an_item("COMPLETED"), an_item("PENDING")) == 4
    assert put_units(an_item("PENDING"), an_item("PENDING")) == 3


def test_leaving_the_indexes_is_a_write_to_each() -> None:
    assert put_units(an_item(listed=False), an_item()) == 3


def test_the_larger_of_the_old_and_the_new_item_counts() -> None:
    assert put_units(an_item(listed=False), an_item(size=3000, listed=False)) == 3


def test_a_transaction_takes_twice_what_its_writes_take() -> None:
    writes = [{"Put": {"Item": an_item(listed=False)}}, {"Update": {}}]

    assert units_of([("dynamodb.TransactWriteItems", json.dumps({"TransactItems": writes}), "{}")]) == Units(0, 4)


def test_a_change_reads_the_item_and_writes_it_over_what_it_read() -> None:
    read = ("dynamodb.GetItem", json.dumps({"ConsistentRead": True}), json.dumps({"Item": an_item("PENDING")}))
    write = ("dynamodb.PutItem", json.dumps({"Item": an_item("COMPLETED")}), "{}")

    assert units_of([read, write]) == Units(1, 4)


def test_calls_of_other_services_take_no_units() -> None:
    assert units_of([("sns.Publish", "Action=Publish", "")]) == Units(0, 0)


def test_a_query_is_billed_for_the_whole_items_that_it_reads_whatever_attributes_it_returns() -> None:
    class Table:
        def query(self, **request: Any) -> dict[str, Any]:
            assert request == {
                "IndexName": "GSI1",
                "KeyConditionExpression": "#UserId = :UserId",
                "ExpressionAttributeNames": {"#UserId": "UserId"},
            }
            return {"Items": [an_item(size=5000)]}

    request = {
        "IndexName": "GSI1",
        "KeyConditionExpression": "#UserId = :UserId",
        "ProjectionExpression": "#PK",
        "ExpressionAttributeNames": {"#PK": "PK", "#UserId": "UserId"},
    }
    request_text = json.dumps(request)
    calls = [("dynamodb.Query", request_text, json.dumps({"Items": [{"PK": {"S": "TASK#1"}}]}))]
    table: Any = Table()

    assert units_of(calls).read == 0.5
    assert units_of(with_whole_items(calls, table)).read == 1
