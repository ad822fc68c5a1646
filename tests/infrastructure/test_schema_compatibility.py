"""The contract breaks no client of the last release and documents what may surprise one (docs/contract.md).

A release replaces the files of the previous release (`make release`) and empties the table of changes in
docs/contract.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import pytest
from appsync_offline.schema.executable import PRELUDE
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
    print_ast,
)

from local.settings import ROOT

RELEASED = (ROOT / "docs" / "released" / "schema.graphql").read_text()
CURRENT = (ROOT / "schema.graphql").read_text()
CONTRACT = (ROOT / "docs" / "contract.md").read_text()


def breaks(released: str, current: str) -> list[str]:
    """Returns the changes that break a client of the released schema: lost types, fields and authorization modes."""
    before, after = build_schema(PRELUDE + released), build_schema(PRELUDE + current)
    ways_in = dict(directives(after))
    closed = [
        f"{field} lost {directive}"
        for field, modes in directives(before)
        for directive in sorted(modes - ways_in.get(field, modes))
    ]
    return [advised(change.description) for change in find_breaking_changes(before, after)] + closed


def advised(change: str) -> str:
    """Returns the change with the right way, if it is a mistake that this product knows."""
    if re.match(r"A required field (TaskSnapshotInput|TaskChangeInput)\.", change):
        return f"{change} Make it nullable: an older processor publishes without it (docs/decisions/0017)."
    return change


def dangers(released: str, current: str) -> list[str]:
    """Returns the changes that may surprise an unprepared client: a new enum value or a new optional argument."""
    before, after = build_schema(PRELUDE + released), build_schema(PRELUDE + current)
    return [change.description for change in find_dangerous_changes(before, after)]


def unannounced(changes: list[str], contract: str) -> list[str]:
    return [change for change in changes if f"| {change} |" not in contract]


def directives(schema: GraphQLSchema) -> Iterator[tuple[str, set[str]]]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and kind.ast_node:
            yield name, {print_ast(directive) for directive in kind.ast_node.directives or ()}
            for field_name, field in kind.fields.items():
                yield (
                    f"{name}.{field_name}",
                    {
                        print_ast(directive)
                        for directive in (field.ast_node.directives if field.ast_node else None) or ()
                    },
                )


def test_the_contract_breaks_no_client_of_the_last_release() -> None:
    assert breaks(RELEASED, CURRENT) == []


def detached(released: Sequence[str], schema: str) -> list[str]:
    """Returns the fields that lose their resolver and their place in the schema at once, and what to do instead.

    AppSync detaches the resolver of a field that is removed. A rollback of such a deployment restores the field without
    its resolver (aws-appsync-community#146). Each of the two removals can be rolled back if it is deployed separately.
    """
    types = build_schema(PRELUDE + schema).type_map
    gone = [name for name in released if name.split(".")[1] not in getattr(types.get(name.split(".")[0]), "fields", {})]
    return [
        f"{name} takes two releases: one without its resolver (cdk/fields.py), then one without it." for name in gone
    ]


def test_no_field_is_removed_together_with_its_resolver() -> None:
    released = (ROOT / "docs" / "released" / "resolvers.txt").read_text().split()

    assert released
    assert detached(released, CURRENT) == []


def test_a_field_is_removed_in_the_release_after_that_of_its_resolver() -> None:
    without = CURRENT.replace("  taskStatistics(", "  statistics(")
    assert without != CURRENT

    assert detached(["Query.task", "Query.taskStatistics"], without) == [
        "Query.taskStatistics takes two releases: one without its resolver (cdk/fields.py), then one without it."
    ]
    assert detached(["Query.task"], without) == []


def test_the_contract_announces_every_change_that_may_surprise_a_client() -> None:
    assert unannounced(dangers(RELEASED, CURRENT), CONTRACT) == []


SURPRISES: Mapping[str, tuple[str, str, str]] = {
    "a new value of an enum": (
        "  CANCELLED\n}",
        "  CANCELLED\n  POSTPONED\n}",
        "Enum value TaskStatus.POSTPONED was added.",
    ),
    "a new argument": (
        "    limit: Int\n",
        "    limit: Int\n    search: String\n",
        "An optional argument Query.tasksByUser(search:) was added.",
    ),
}


@pytest.mark.parametrize("change", SURPRISES)
def test_a_change_that_may_surprise_a_client_is_listed_until_the_contract_announces_it(change: str) -> None:
    old, new, message = SURPRISES[change]
    assert old in RELEASED

    messages = dangers(RELEASED, RELEASED.replace(old, new, 1))

    assert unannounced(messages, CONTRACT) == [message]
    assert unannounced(messages, f"{CONTRACT}\n| {message} | asked for |") == []


CHANGES: Mapping[str, tuple[str, str, str]] = {
    "a removed field": ("  nextToken: String\n}", "  more: String\n}", "TaskConnection.nextToken was removed."),
    "a new required argument": ("    limit: Int\n", "    limit: Int!\n", "limit"),
    "a new required field of a live update": (
        "input TaskSnapshotInput {\n",
        "input TaskSnapshotInput {\n  effort: Int!\n",
        "Make it nullable: an older processor publishes without it",
    ),
    "a closed way in": (
        "  ): Task @aws_cognito_user_pools @aws_api_key @aws_iam",
        "  ): Task @aws_iam",
        "@aws_api_key",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_breaks_clients_is_found(change: str) -> None:
    old, new, message = CHANGES[change]
    assert old in RELEASED

    messages = breaks(RELEASED, RELEASED.replace(old, new, 1))

    assert any(message in finding for finding in messages), messages
