"""The deployed schema equals the contract, and resolvers follow its changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from appsync_offline.schema.executable import PRELUDE
from graphql import (
    GraphQLSchema,
    Lexer,
    SchemaDefinitionNode,
    Source,
    TokenKind,
    ast_to_dict,
    build_schema,
    parse,
)

from cdk.fields import resolved_fields
from cdk.schema import with_comments
from cdk.stages import STAGES
from domain.pages import MAXIMUM_LIMIT
from local.settings import ROOT
from tests.infrastructure.conftest import Synthesized

SDL = (ROOT / "schema.graphql").read_text()


def without_descriptions(tree: Any) -> Any:
    """Returns a document as nested dictionaries and lists without descriptions."""
    if isinstance(tree, list):
        return [without_descriptions(item) for item in tree]
    if isinstance(tree, dict):
        return {name: without_descriptions(value) for name, value in tree.items() if name != "description"}
    return tree


def shown(sdl: str) -> list[str]:
    """Returns the comments that are directly above types and fields."""
    fields: list[str] = []
    above: list[str] = []
    for line in (line.strip() for line in sdl.splitlines()):
        if line.startswith("#"):
            above.append(line.removeprefix("# "))
        elif line:
            if above and not line.startswith("schema"):  # the schema itself has no description in AppSync
                fields.append("\n".join(above))
            above = []
    return sorted(fields)


def described(schema: GraphQLSchema) -> list[str]:
    own = [kind for name, kind in schema.type_map.items() if kind.ast_node]
    texts = [kind.description for kind in own]
    texts += [field.description for kind in own for field in getattr(kind, "fields", {}).values()]
    return sorted(text for text in texts if text)


def test_tools_on_graphql_js_14_read_the_schema() -> None:
    """A description of the schema itself is younger: Postman's importer refused it as `Invalid Data`."""
    (definition,) = (node for node in parse(SDL).definitions if isinstance(node, SchemaDefinitionNode))

    assert definition.description is None


def test_AWS_gets_no_description_as_a_string(production: Synthesized) -> None:
    lexer = Lexer(Source(production.the("AWS::AppSync::GraphQLSchema")["Definition"]))
    tokens = []
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        tokens.append(token)

    # The remaining strings are arguments of directives in parentheses or brackets.
    openers = {TokenKind.BRACKET_L, TokenKind.COLON, TokenKind.STRING}
    strings = {TokenKind.STRING, TokenKind.BLOCK_STRING}
    before = [tokens[place - 1].kind for place, token in enumerate(tokens) if token.kind in strings]
    assert before
    assert set(before) <= openers


def test_AWS_shows_the_descriptions_of_every_type_and_field(production: Synthesized) -> None:
    deployed = production.the("AWS::AppSync::GraphQLSchema")["Definition"]

    assert shown(deployed) == described(build_schema(PRELUDE + SDL))


def test_printing_comments_changes_nothing_else() -> None:
    before, after = ast_to_dict(parse(SDL)), ast_to_dict(parse(with_comments(SDL)))

    assert without_descriptions(after) == without_descriptions(before)


@pytest.mark.parametrize(
    ("sdl", "printed"),
    [
        ('"A." type Query { "F." f: Int }', "# A.\ntype Query { # F.\nf: Int }"),
        ('"""\n  One.\n  Two.\n"""\ntype Query {\n  f: Int\n}', "# One.\n# Two.\ntype Query {\n  f: Int\n}"),
        ('type Query {\n  f(\n    "A."\n    a: Int\n  ): Int\n}', "type Query {\n  f(\n    a: Int\n  ): Int\n}"),
        ('enum E {\n  "A."\n  A\n}', "enum E {\n  A\n}"),
        ('"""\nAll.\n"""\nschema { query: Q }', "schema { query: Q }"),
        ('type Q {\n  f: Int @deprecated(reason: "old")\n}', 'type Q {\n  f: Int @deprecated(reason: "old")\n}'),
    ],
    ids=["on one line", "of several lines", "an argument's", "an enum value's", "the schema's", "no description"],
)
def test_a_description_becomes_a_comment_where_AppSync_takes_one(sdl: str, printed: str) -> None:
    assert with_comments(sdl) == printed


@pytest.mark.parametrize("stage", STAGES)
def test_every_resolver_changes_with_the_schema(synthesized: Callable[[str], Synthesized], stage: str) -> None:
    stack = synthesized(stage)
    digest = hashlib.sha256(stack.the("AWS::AppSync::GraphQLSchema")["Definition"].encode()).hexdigest()

    codes = {
        f"{resolver['TypeName']}.{resolver['FieldName']}": resolver.get("Code", "")
        for resolver in stack.of_type("AWS::AppSync::Resolver").values()
    }

    assert set(codes) == set(resolved_fields())
    assert not {field for field, code in codes.items() if not code.endswith(f"\n// For the schema {digest[:16]}\n")}


def test_the_histories_of_the_largest_page_are_one_batch(dev: Synthesized) -> None:
    (history,) = (
        resolver for resolver in dev.of_type("AWS::AppSync::Resolver").values() if resolver["FieldName"] == "history"
    )

    assert history["MaxBatchSize"] == MAXIMUM_LIMIT
    assert history["Runtime"] == {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}
