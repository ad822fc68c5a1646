"""Behavior of the service that users reported or that dumps of its introspection show, each with its source."""

from typing import Any

import pytest
from appsync_offline.execution.engine import Engine
from appsync_offline.resolver_code.evaluation import JavaScript, programs
from appsync_offline.resolver_code.translation import InvalidCode
from appsync_offline.schema.deployable import NotDeployable
from appsync_offline.testing.apis import Function, an_api, ask, code, coded, direct
from appsync_offline.testing.serving import served
from graphql import GraphQLObjectType, build_client_schema, get_introspection_query

SDL = "type Query { a: Int }"
ANSWER = coded("Query.a", response="return 1")


class TestIntrospection:
    """GetIntrospectionSchema's dumps in public repositories; apollo-ios#3287."""

    async def test_the_query_of_today_s_tools_gets_the_schema(self) -> None:
        answer = await ask(an_api("type Query { a(b: Int = 3): Int @deprecated }", ANSWER), get_introspection_query())

        assert "errors" not in answer
        query = build_client_schema(answer["data"]).query_type
        assert isinstance(query, GraphQLObjectType)
        assert query.fields["a"].args["b"].default is not None

    @pytest.mark.parametrize(
        ("field", "kind"),
        [
            ("__schema { description }", "__Schema"),
            ("__schema { directives { isRepeatable } }", "__Directive"),
            ('__type(name: "Query") { specifiedByURL }', "__Type"),
            ('__type(name: "Query") { isOneOf }', "__Type"),
            ('__type(name: "Query") { inputFields { isDeprecated } }', "__InputValue"),
        ],
    )
    async def test_younger_members_are_unknown(self, field: str, kind: str) -> None:
        (error,) = (await ask(an_api(SDL, ANSWER), f"{{ {field} }}"))["errors"]

        assert error["message"].startswith("Validation error of type FieldUndefined: Field '")
        assert f"' in type '{kind}' is undefined" in error["message"]

    async def test_directives_are_AppSync_s_with_their_older_members(self) -> None:
        answer = await ask(
            an_api(SDL, ANSWER), "{ __schema { directives { name onOperation onFragment onField locations } } }"
        )
        directives = {directive.pop("name"): directive for directive in answer["data"]["__schema"]["directives"]}

        assert {"defer", "aws_auth", "aws_lambda", "aws_publish"} <= directives.keys()
        assert not directives.keys() & {"deferred", "specifiedBy", "oneOf"}
        nowhere = {"onOperation": False, "onFragment": False, "onField": False}
        assert directives["defer"] == {**nowhere, "onField": True, "locations": ["FIELD"]}
        assert directives["aws_iam"] == {**nowhere, "locations": ["OBJECT", "FIELD_DEFINITION"]}
        assert directives["aws_auth"]["locations"] == ["FIELD_DEFINITION"]
        assert directives["skip"]["onFragment"]


@pytest.mark.parametrize(
    ("literal", "is_taken"),
    [
        (r'"\u{1F600}"', False),
        (r'"\\u{1F600}"', True),
        (r'"\u00e9"', True),
        ('"\u2028"', False),
        ('"""\u2028"""', True),
        ('"😀"', True),
    ],
    ids=ascii,
)
async def test_literals_have_graphql_java_s_older_grammar(literal: str, is_taken: bool) -> None:
    """graphql-java's Graphql.g4 of that time."""
    api = an_api("type Query { a(b: String): String }", coded("Query.a", response="return ctx.args.b"))
    async with served(api) as server:
        if is_taken:
            assert "errors" not in await server.run(f"{{ a(b: {literal}) }}")
        else:
            with pytest.raises(Exception, match="Unable to parse GraphQL query"):
                await server.run(f"{{ a(b: {literal}) }}")


ABSTRACT = """
type Query { any: Any named: Named all: [Named] shelf: Shelf }
union Any = Book | Film
interface Named { id: ID next: Named }
type Book implements Named { id: ID next: Named pages: Int }
type Film implements Named { id: ID next: Named minutes: Int }
type Shelf { first: Named any: Any }
"""


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("{ any { ... on Book { id } ... on Film { minutes } } }", []),
        ("{ named { id ... on Book { pages } } }", ["id"]),
        ("{ named { id ...named } } fragment named on Named { next { id } }", ["id", "next", "next/id"]),
        ("{ all { next { id ... on Film { minutes } } } }", ["next", "next/id"]),
        ("{ shelf { first { id ... on Book { pages } } any { __typename } } }", None),
    ],
)
async def test_selectionSetList_has_only_an_abstract_type_s_own_fields(query: str, paths: list[str] | None) -> None:
    """AppSync Developer Guide, "Info"; appsync-community#358."""
    function = Function()
    field = query[2:].split(" ")[0]

    await ask(an_api(ABSTRACT, direct(f"Query.{field}")), query, function)

    expected = ["first", "first/id", "any", "any/__typename"] if paths is None else paths
    assert function.payloads[0]["info"]["selectionSetList"] == expected


@pytest.mark.parametrize("call", ["util.error(25)", "util.error(true)", "util.error('abc', 25)"])
async def test_util_error_takes_texts_only(call: str) -> None:
    """appsync-community#384: any other call has no effect, and data are returned."""
    assert await ask(an_api(SDL, coded("Query.a", response=f"{call}; return 1")), "{ a }") == {"data": {"a": 1}}


async def test_earlyReturn_needs_a_value() -> None:
    """appsync-community#280."""
    (error,) = (await ask(an_api(SDL, coded("Query.a", request="runtime.earlyReturn()")), "{ a }"))["errors"]

    assert error["errorType"] == "Code"


@pytest.mark.parametrize("expression", ["new Date()", "Date.now()", "new Date(1).toISOString()"])
def test_Date_is_refused(expression: str) -> None:
    """appsync-community#402."""
    text = code(f"return {expression}")
    refused = programs([text])[text]

    assert isinstance(refused, InvalidCode)
    assert "use util.time" in str(refused)


PATTERNS: list[tuple[str, str, bool]] = [
    ("a*b", "aaaab", True),
    (r"^\p{L}+$", "Zoë", True),
    (r"^\p{L}+$", "Zo1", False),
    (r"\A\d{3}\z", "123", True),
    (r"\A\d{3}\z", "123\n", False),
    (r"\A\d{3}\Z", "123\n", True),
    ("(?i)^emma$", "EMMA", True),
    (r"^\p{Alpha}[\p{Digit}_]\P{Punct}$", "a1b", True),
    (r"^\p{IsLatin}+$", "é", True),
    (r"^\p{Lu}\p{javaLowerCase}*$".replace("javaLowerCase", "Ll"), "Emma", True),
    (r"^\Qa.b*\E$", "a.b*", True),
    (r"^a\-b\@c$", "a-b@c", True),
    (r"^a\hb$", "a\tb", True),
    (r"^[a\-c]+$", "a-c", True),
    (r"^[a\-c]+$", "b", False),
    ("^{a}$", "{a}", True),
    ("(?s)^a.b$", "a\nb", True),
    (r"^\x{1F600}$", "😀", True),
    ("^[^]]$", "a", True),
    ("(?<year>[0-9]{4})-(?=[0-9])", "2026-1", True),
]


async def evaluated(expression: str, **arguments: Any) -> Any:
    text = code(f"return {expression}")
    program = programs([text])[text]
    assert isinstance(program, JavaScript)
    return await program.request({"arguments": arguments, "stash": {}})


@pytest.mark.parametrize(("pattern", "text", "matches"), PATTERNS)
async def test_util_matches_takes_Java_s_patterns(pattern: str, text: str, matches: bool) -> None:
    """Types of @aws-appsync/utils: "based on Pattern"; appsync-community#338."""
    evaluation = await evaluated("util.matches(ctx.args.pattern, ctx.args.text)", pattern=pattern, text=text)

    assert evaluation.error is None
    assert evaluation.result is matches


@pytest.mark.parametrize("pattern", ["a++", "[a-z&&[^b]]", "(?x)a b", r"\Ga", "a(?i)b"])
async def test_a_pattern_without_a_counterpart_is_an_error_that_names_it(pattern: str) -> None:
    error = (await evaluated("util.matches(ctx.args.pattern, 'a')", pattern=pattern)).error

    assert error is not None
    assert "of a Java pattern has no counterpart here" in error.message


async def test_Long_needs_no_declaration() -> None:
    """amplify-category-api#3107."""
    api = an_api("type Query { n(m: Long): Long }", coded("Query.n", response="return ctx.args.m"))

    assert await ask(api, "{ n(m: 9007199254740991) }") == {"data": {"n": 9007199254740991}}
    (error,) = (await ask(api, "{ n(m: 9223372036854775808) }"))["errors"]
    assert "WrongType" in error["message"]


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        (
            "type Query { a: Int } extend type Query { b: Int }",
            "AppSync does not take extensions",
        ),
        (
            "interface N { id: ID } interface C implements N { id: ID } type Query implements N & C { id: ID }",
            "C: in AppSync an interface implements no other interface",
        ),
    ],
    ids=["serverless-appsync-plugin", "appsync-community#387"],
)
def test_a_schema_that_AppSync_s_parser_does_not_know_is_not_served(sdl: str, problem: str) -> None:
    with pytest.raises(NotDeployable, match=problem):
        Engine(an_api(sdl), Function().invoke)


SUBSCRIBED = """
type Query { a: Int }
type Mutation { add: Book! }
type Book { id: ID }
type Subscription { on: Book! @aws_subscribe(mutations: ["add"]) }
"""


async def test_a_subscription_of_a_non_null_type_ends_as_soon_as_it_starts() -> None:
    """aws-mobile-appsync-sdk-js#493."""
    async with served(an_api(SUBSCRIBED)) as server, server.connected() as client:
        refusal = await client.start("1", "subscription { on { id } }")

    assert refusal["type"] == "error"
    assert "Cannot return null for non-nullable type" in refusal["payload"]["errors"][0]["message"]


@pytest.mark.parametrize(
    "filter_",
    ["'x'", "[]", "{ filterGroup: 'x' }", "{ filterGroup: ['x'] }", "{ filterGroup: [{ filters: [1] }] }"],
)
async def test_a_malformed_filter_is_a_BadRequestException(filter_: str) -> None:
    """AppSync Developer Guide, "Enhanced subscription filtering"."""
    sdl = SUBSCRIBED.replace("Book!", "Book")
    resolver = coded("Subscription.on", response=f"extensions.setSubscriptionFilter({filter_}); return null")
    async with served(an_api(sdl, resolver)) as server, server.connected() as client:
        refusal = await client.start("1", "subscription { on { id } }")

    assert refusal["payload"]["errors"][0]["errorType"] == "BadRequestException"
