"""Filters decide which events a subscriber receives (AppSync Developer Guide, "Enhanced subscription filters")."""

from typing import Any

import pytest
from appsync_offline.realtime.filters import InvalidFilter, basic_filter, enhanced_filter

BOOK: dict[str, Any] = {
    "title": "Emma",
    "pages": 448,
    "shelf": None,
    "tags": ["novel", "classic"],
    "author": {"name": {"last": "Austen"}},
}

OPERATORS = [
    ("eq", "title", "Emma", "Persuasion"),
    ("ne", "title", "Persuasion", "Emma"),
    ("le", "pages", 448, 447),
    ("lt", "pages", 449, 448),
    ("ge", "pages", 448, 449),
    ("gt", "pages", 447, 448),
    ("contains", "title", "mm", "x"),
    ("contains", "tags", "novel", "essay"),
    ("notContains", "title", "x", "mm"),
    ("notContains", "tags", "essay", "novel"),
    ("beginsWith", "title", "Em", "mm"),
    ("in", "title", ["Emma", "Persuasion"], ["Persuasion"]),
    ("notIn", "title", ["Persuasion"], ["Emma"]),
    ("between", "pages", [400, 448], [449, 500]),
    ("containsAny", "tags", ["essay", "classic"], ["essay"]),
    ("eq", "author.name.last", "Austen", "Brontë"),
]


def _filter(operator: str, name: str, value: object) -> dict[str, Any]:
    return {"filterGroup": [{"filters": [{"fieldName": name, "operator": operator, "value": value}]}]}


@pytest.mark.parametrize(
    ("operator", "name", "holds", "fails"), OPERATORS, ids=[f"{o} on {n}" for o, n, *_ in OPERATORS]
)
def test_each_operator(operator: str, name: str, holds: object, fails: object) -> None:
    assert enhanced_filter(_filter(operator, name, holds)).matches(BOOK)
    assert not enhanced_filter(_filter(operator, name, fails)).matches(BOOK)


@pytest.mark.parametrize("name", ["shelf", "unknown", "author.unknown.last"], ids=["null", "absent", "absent below"])
@pytest.mark.parametrize(
    ("operator", "value", "matches"),
    [
        ("eq", None, True),
        ("ne", None, False),
        ("eq", "A", False),
        ("ne", "A", True),
        ("gt", 1, False),
        ("contains", "A", False),
        ("notContains", "A", True),
        ("beginsWith", "A", False),
        ("in", ["A"], False),
        ("notIn", ["A"], True),
        ("between", [1, 2], False),
        ("containsAny", ["A"], False),
    ],
)
def test_a_field_that_is_null_or_absent(operator: str, value: object, matches: bool, name: str) -> None:
    assert enhanced_filter(_filter(operator, name, value)).matches(BOOK) is matches


@pytest.mark.parametrize("operator", ["eq", "in"])
def test_true_is_not_1(operator: str) -> None:
    value: object = 1 if operator == "eq" else [1]

    assert not enhanced_filter(_filter(operator, "read", value)).matches({"read": True})
    assert enhanced_filter(_filter(operator, "read", value)).matches({"read": 1})


def test_values_of_different_kinds_do_not_compare() -> None:
    assert not enhanced_filter(_filter("gt", "title", 1)).matches(BOOK)


@pytest.mark.parametrize(
    ("arguments", "matches"),
    [
        pytest.param({}, True, id="an omitted argument does not filter"),
        pytest.param({"title": "Emma"}, True, id="an argument equals the field of its name"),
        pytest.param({"title": "Persuasion"}, False, id="an argument differs from the field of its name"),
        pytest.param({"title": "Emma", "pages": 1}, False, id="every argument must equal"),
        pytest.param({"shelf": None}, True, id="a null argument wants a null field"),
        pytest.param({"title": None}, False, id="a null argument does not want a field with a value"),
        pytest.param({"shelf": "A"}, False, id="an argument with a value does not want a null field"),
    ],
)
def test_basic_filtering(arguments: dict[str, Any], matches: bool) -> None:
    assert basic_filter(arguments).matches(BOOK) is matches


@pytest.mark.parametrize(
    ("groups", "matches"),
    [
        ([[("eq", "title", "Emma"), ("eq", "pages", 448)]], True),
        ([[("eq", "title", "Emma"), ("eq", "pages", 1)]], False),
        ([[("eq", "title", "x")], [("eq", "pages", 448)]], True),
        ([[("eq", "title", "x")], [("eq", "pages", 1)]], False),
    ],
    ids=["and: both hold", "and: one fails", "or: one holds", "or: none holds"],
)
def test_filters_of_a_group_are_anded_and_groups_are_ored(
    groups: list[list[tuple[str, str, object]]], matches: bool
) -> None:
    filter_group = [
        {"filters": [_filter(*condition)["filterGroup"][0]["filters"][0] for condition in group]} for group in groups
    ]

    assert enhanced_filter({"filterGroup": filter_group}).matches(BOOK) is matches


@pytest.mark.parametrize(
    "invalid",
    [
        pytest.param(_filter("eq", "a.b.c.d.e.f", 1), id="more than five levels"),
        pytest.param(_filter("eq", "a" * 257, 1), id="a path of more than 256 characters"),
        pytest.param(_filter("in", "title", list("abcdef")), id="in: more than five values"),
        pytest.param(_filter("notIn", "title", list("abcdef")), id="notIn: more than five values"),
        pytest.param(
            _filter("containsAny", "tags", [str(n) for n in range(21)]), id="containsAny: more than 20 values"
        ),
        pytest.param(_filter("between", "pages", [1]), id="between: not two values"),
        pytest.param(_filter("like", "title", "E%"), id="an unknown operator"),
        pytest.param({}, id="no filterGroup"),
    ],
)
def test_a_filter_beyond_the_limits_is_refused(invalid: dict[str, Any]) -> None:
    with pytest.raises(InvalidFilter):
        enhanced_filter(invalid)
