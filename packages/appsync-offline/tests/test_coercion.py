"""The gateway coerces variables and answers as graphql-java 9 does, and writes values as Java does."""

# ruff: noqa: E501 # a value and its expected message are on one line

from typing import Any

import pytest
from appsync_offline.testing.apis import Function, an_api, ask, direct
from appsync_offline.text.java_text import class_name, hash_set_text, text_of

SDL = """
type Query { take(int: Int, float: Float, string: String, boolean: Boolean, id: ID, shelf: Shelf, list: [Int], box: Box): Given }
type Given { int: Int float: Float string: String boolean: Boolean id: ID shelf: Shelf list: [Int] }
enum Shelf { TOP }
input Box { size: Int = 3 name: String box: Box shelf: Shelf }
"""
API = an_api(SDL, direct("Query.take"))
NAMES = {"Int": "int", "Float": "float", "String": "string", "Boolean": "boolean", "ID": "id"}

CONVERTED: list[Any] = [
    ("Int", "5", 5),
    ("Int", 5.0, 5),
    ("Int", "5e1", 50),
    ("Int", -(2**31), -(2**31)),
    ("Float", "1.5", 1.5),
    ("Float", 2, 2.0),
    ("String", 5, "5"),
    ("String", 1e21, "1.0E21"),
    ("String", True, "true"),
    ("String", {"a": [1, None], "b": {"c": "d"}}, "{a=[1, null], b={c=d}}"),
    ("Boolean", "TRUE", True),
    ("Boolean", "yes", False),
    ("Boolean", 2, True),
    ("ID", 7, "7"),
]
REFUSED: list[Any] = [
    ("Int", 1.5, "Double"),
    ("Int", 2**31, "Long"),
    ("Int", 2**63, "BigInteger"),
    ("Int", True, "Boolean"),
    ("Int", "1e999999999", "String"),
    ("Float", "one", "String"),
    ("Float", "1e999", "String"),
    ("Float", [1], "ArrayList"),
    ("Boolean", {}, "LinkedHashMap"),
    ("ID", 1.5, "Double"),
    ("ID", True, "Boolean"),
]


@pytest.mark.parametrize(("kind", "value", "converted"), CONVERTED)
async def test_what_stands_for_another_value(kind: str, value: Any, converted: Any) -> None:
    name = NAMES[kind]
    function = Function(lambda _event: {name: value})

    answer = await ask(API, f"query($v: {kind}) {{ take({name}: $v) {{ {name} }} }}", function, variables={"v": value})

    assert function.payloads[0]["arguments"] == {name: converted}
    assert answer == {"data": {"take": {name: converted}}}


@pytest.mark.parametrize(("kind", "value", "java"), REFUSED)
async def test_what_stands_for_nothing(kind: str, value: Any, java: str) -> None:
    name = NAMES[kind]
    words = f"Expected type '{kind}' but was '{java}'."

    refused = await ask(API, f"query($v: {kind}) {{ take({name}: $v) {{ id }} }}", variables={"v": value})
    answered = await ask(API, f"{{ take {{ {name} }} }}", Function(lambda _event: {name: value}))

    assert refused["errors"][0]["message"] == f"Variable 'v' has an invalid value. {words}"
    assert answered["errors"][0]["message"] == f"Can't serialize value (/take/{name}) : {words}"


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("Shelf", "LOW", "Variable 'v' has an invalid value. Invalid input for Enum 'Shelf'. No value found for name 'LOW'"),
        ("[Int]", [1, "x"], "Variable 'v' has an invalid value. Expected type 'Int' but was 'String'."),
        (
            "Box",
            "x",
            "Variable 'v' has an invalid value. Expected type 'Map' but was 'String'."
            " Variables for input objects must be an instance of type 'Map'.",
        ),
        ("Box", {"box": {"box": {"size": "x"}}}, "Variable 'size' has an invalid value. Expected type 'Int' but was 'String'."),
        ("Box", {"box": {"shelf": 1}}, "Variable 'shelf' has an invalid value. Invalid input for Enum 'Shelf'. No value found for name '1'"),
        ("Box", {"box": []}, "Variable 'box' has an invalid value. Expected type 'Map' but was 'ArrayList'. Variables for input objects must be an instance of type 'Map'."),
    ],
)  # fmt: skip
async def test_a_variable_that_does_not_fit_is_named_by_its_innermost_field(
    kind: str, value: Any, message: str
) -> None:
    name = {"Shelf": "shelf", "[Int]": "list", "Box": "box"}[kind]

    answer = await ask(API, f"query($v: {kind}) {{ take({name}: $v) {{ id }} }}", variables={"v": value})

    assert [error["message"] for error in answer["errors"]] == [message]


async def test_only_the_first_variable_that_does_not_fit_is_told() -> None:
    query = "query($a: Int, $b: Int) { take(int: $a, list: [$b]) { id } }"

    answer = await ask(API, query, variables={"b": "y", "a": "x"})

    assert [error["locations"][0]["column"] for error in answer["errors"]] == [7]


@pytest.mark.parametrize(
    ("variable", "arguments"),
    [({}, {"size": 3}), ({"size": None}, {"size": 3}), ({"size": 1, "name": None}, {"size": 1, "name": None})],
)
async def test_a_default_stands_for_a_null_too(variable: Any, arguments: Any) -> None:
    function = Function()

    await ask(API, "query($v: Box) { take(box: $v) { id } }", function, variables={"v": variable})

    assert function.payloads[0]["arguments"] == {"box": arguments}


@pytest.mark.parametrize(
    ("value", "java", "text"),
    [
        (None, "null", "null"),
        (0.0001, "Double", "1.0E-4"),
        (1234567.0, "Double", "1234567.0"),
        (12345678.0, "Double", "1.2345678E7"),
        (-0.0, "Double", "-0.0"),
        (2**31 - 1, "Integer", "2147483647"),
        (-(2**63), "Long", "-9223372036854775808"),
        ([], "ArrayList", "[]"),
        ({}, "LinkedHashMap", "{}"),
    ],
)
def test_a_value_in_Java_s_writing(value: Any, java: str, text: str) -> None:
    assert (class_name(value), text_of(value)) == (java, text)


def test_a_set_stands_in_the_order_of_its_buckets() -> None:
    # `new HashSet<>(List.of("title", "userId", "status", "description"))` prints in the order of String.hashCode modulo
    # 16.
    assert hash_set_text(["title", "userId", "status", "description"]) == "[description, title, userId, status]"
