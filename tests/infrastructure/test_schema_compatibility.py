"""The contract breaks no client of the last release (docs/released/schema.graphql).

A release replaces that file: `cp schema.graphql docs/released/schema.graphql`.
"""

from collections.abc import Iterator, Mapping

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, find_breaking_changes, print_ast

from local.gateway.schema import PRELUDE
from local.settings import ROOT

RELEASED = (ROOT / "docs" / "released" / "schema.graphql").read_text()
CURRENT = (ROOT / "schema.graphql").read_text()


def breaks(released: str, current: str) -> list[str]:
    """What a client of the released schema would notice: types and fields, and ways in that are closed."""
    before, after = build_schema(PRELUDE + released), build_schema(PRELUDE + current)
    ways_in = dict(directives(after))
    closed = [
        f"{field} lost {directive}"
        for field, found in directives(before)
        for directive in sorted(found - ways_in.get(field, found))
    ]
    return [change.description for change in find_breaking_changes(before, after)] + closed


def directives(schema: GraphQLSchema) -> Iterator[tuple[str, set[str]]]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and kind.ast_node:
            yield name, {print_ast(one) for one in kind.ast_node.directives or ()}
            for field_name, field in kind.fields.items():
                yield (
                    f"{name}.{field_name}",
                    {print_ast(one) for one in (field.ast_node.directives if field.ast_node else None) or ()},
                )


def test_the_contract_breaks_no_client_of_the_last_release() -> None:
    assert breaks(RELEASED, CURRENT) == []


CHANGES: Mapping[str, tuple[str, str, str]] = {
    "a removed field": ("  nextToken: String\n}", "  more: String\n}", "TaskConnection.nextToken was removed."),
    "a new required argument": ("    limit: Int\n", "    limit: Int!\n", "limit"),
    "a closed way in": (
        "  ): Task @aws_cognito_user_pools @aws_api_key @aws_iam",
        "  ): Task @aws_iam",
        "@aws_api_key",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_breaks_clients_is_found(change: str) -> None:
    old, new, told = CHANGES[change]
    assert old in RELEASED

    found = breaks(RELEASED, RELEASED.replace(old, new, 1))

    assert any(told in one for one in found), found
