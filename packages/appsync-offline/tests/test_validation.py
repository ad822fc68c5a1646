"""The gateway validates as graphql-java 9 does: in the same words, at the same positions, in the same order.

captured_answers.py has the captured answers of the service. differences.md lists the rules that only this file tests.
"""

# ruff: noqa: E501 # a document and its expected message are on one line

from typing import Any

import pytest
from appsync_offline.testing.apis import Function, an_api, ask, direct

SDL = """
type Query { book(id: ID, filter: BookFilter): Book search: Found named: Named books(ids: [ID!]!): [Book!] tag(tags: [Tag!]): ID }
type Mutation { addBook(title: String!): Book }
type Book implements Named { id: ID! name: String author: Author pages: Int }
type Author implements Named { name: String born: AWSDate books(first: Int!): [Book] }
type Film { id: ID name: Int length: Float by: Book }
interface Named { name: String }
union Found = Book | Author | Film
input BookFilter { shelf: Shelf pages: Int title: String rating: Float sold: Boolean and: [BookFilter!] owner: Owner tags: [Tag] }
input Owner { name: String! city: String! id: ID }
enum Shelf { TOP BOTTOM }
enum Tag { NEW OLD }
"""
API = an_api(SDL, direct("Query.book"))


async def messages(query: str, variables: dict[str, Any] | None = None) -> list[str]:
    answer = await ask(API, query, variables=variables)
    return [error["message"].removeprefix("Validation error of type ") for error in answer.get("errors", [])]


def argument(words: str) -> str:
    return f"WrongType: argument {words} @ 'book'"


KINDS: list[Any] = [
    ("type Book { id: ID } { book { id } }", "NonExecutableDefinition: The Book definition is not executable."),
    ("schema { query: Query } { book { id } }", "NonExecutableDefinition: The schema definition is not executable."),
    ("directive @a on FIELD { book { id } }", "NonExecutableDefinition: The provided definition is not executable."),
    ("{ found: search { id } }", "FieldUndefined: Field 'id' in type 'Found' is undefined @ 'search/id'"),
    ("{ named { pages } }", "FieldUndefined: Field 'pages' in type 'Named' is undefined @ 'named/pages'"),
    ("mutation { book }", "FieldUndefined: Field 'book' in type 'Mutation' is undefined @ 'book'"),
    (
        "{ book { ... on Shelf { id } } }",
        "InlineFragmentTypeConditionInvalid:"
        " Inline fragment type condition is invalid, must be on Object/Interface/Union @ 'book'",
    ),
    (
        "{ book { ...f } } fragment f on Shelf { id }",
        "InlineFragmentTypeConditionInvalid:"
        " Fragment type condition is invalid, must be on Object/Interface/Union @ 'f'",
    ),
    ("{ book { ... on Nothing { id } } }", "UnknownType: Unknown type Nothing @ 'book'"),
    ("{ book { ...f } } fragment f on Nothing { id }", "UnknownType: Unknown type Nothing @ 'f'"),
    ("query($t: Nothing) { book(id: $t) { id } }", "UnknownType: Unknown type Nothing"),
    ("{ book { id @include(if: true, unless: 1) } }", "UnknownDirective: Unknown directive argument unless @ 'book/id'"),
    ("{ book { id @nothing } }", "UnknownDirective: Unknown directive nothing @ 'book/id'"),
    ("query @skip(if: true) { book { id } }", "MisplacedDirective: Directive skip not allowed here"),
    ("{ book { id @include } }", "MissingDirectiveArgument: Missing directive argument if @ 'book/id'"),
    ("{ book { ...f } } fragment f on Author { name }", "InvalidFragmentType: Fragment f cannot be spread here as objects of type Book can never be of type Author @ 'book'"),
    ("{ book { ... on Film { id } } }", "InvalidFragmentType: Fragment cannot be spread here as objects of type Book can never be of type Film @ 'book'"),
    ("{ named { ... on Film { id } } }", "InvalidFragmentType: Fragment cannot be spread here as objects of type Named can never be of type Film @ 'named'"),
    ("{ book { id } } fragment f on Book { id }", "UnusedFragment: Unused fragment f"),
    ("query($a: ID) { book { id } }", "UnusedVariable: Unused variable a"),
    ("{ book(id: $a) { id } }", "UndefinedVariable: Undefined variable a @ 'book'"),
    ("{ book { ...f } } fragment f on Book { author { books(first: $n) { id } } }", "UndefinedVariable: Undefined variable n @ 'book/f/author/books'"),
    ("{ book { id: name id } }", "FieldsConflict: id: name and id are different fields @ 'book'"),
    ('{ book(id: "1") { id } book(id: "2") { id } }', "FieldsConflict: book: they have differing arguments"),
    ("{ search { ... on Book { name } ... on Film { name } } }", "FieldsConflict: name: they return differing types String and Int @ 'search'"),
    ("{ search { ... on Book { x: id } ... on Film { x: id } } }", "FieldsConflict: x: they return differing types null and ID @ 'search'"),
    ("{ book { author { name } } book { author { name: born } } }", "FieldsConflict: book: (author: (name: name and born are different fields))"),
    ("{ book { id } } { book { id } }", "LoneAnonymousOperationViolation: Anonymous operation with other operations."),
    ("{ book { id } } query a { book { id } }", "LoneAnonymousOperationViolation: Operation a is following anonymous operation."),
    ('query($a: ID! = "1") { book(id: $a) { id } }', "DefaultForNonNullArgument: Missing value for non null type"),
    ('query($a: Int = "1") { book(filter: {pages: $a}) { id } }', "BadValueForDefaultArg: Bad default value StringValue{value='1'} for type Int"),
    ("query($a: [Int] = [1.5]) { tag(tags: [NEW]) }", "BadValueForDefaultArg: Bad default value ArrayValue{values=[FloatValue{value=1.5}]} for type null"),
    ("query($a: Book) { book(id: $a) { id } }", "NonInputTypeOnVariable: Wrong type for a variable"),
    ("query($a: [ID]) { book(id: $a) { id } }", "VariableTypeMismatch: Variable type '[ID]' doesn't match expected type 'ID' @ 'book'"),
    ("query($a: [ID]) { books(ids: $a) { id } }", "VariableTypeMismatch: Variable type '[ID]' doesn't match expected type '[ID!]!' @ 'books'"),
    ('query($a: Int = 1) { book(filter: {title: $a}) { id } }', "VariableTypeMismatch: Variable type 'Int!' doesn't match expected type 'String' @ 'book'"),
    ("{ book }", "SubSelectionRequired: Sub selection required for type Book of field book @ 'book'"),
    ("{ books(ids: []) }", "SubSelectionRequired: Sub selection required for type null of field books @ 'books'"),
    ("{ book { name { x } } }", "SubSelectionNotAllowed: Sub selection not allowed on leaf type String of field name @ 'book/name'"),
    ("{ book { id { x } } }", "SubSelectionNotAllowed: Sub selection not allowed on leaf type null of field id @ 'book/id'"),
    ('{ book(filter: "x") { id } }', argument("'filter' with value 'StringValue{value='x'}' must be an object type")),
    ("{ books(ids: null) { id } }", "WrongType: argument 'ids' with value 'NullValue{}' must not be null @ 'books'"),
    ("{ books(ids: [1, null]) { id } }", "WrongType: argument 'ids[1]' with value 'NullValue{}' must not be null @ 'books'"),
    ("{ book(filter: {pages: 1.5}) { id } }", argument("'filter.pages' with value 'FloatValue{value=1.5}' is not a valid 'Int'")),
    ("{ book(filter: {pages: 2147483648}) { id } }", argument("'filter.pages' with value 'IntValue{value=2147483648}' is not a valid 'Int'")),
    ("{ book(filter: {title: 1}) { id } }", argument("'filter.title' with value 'IntValue{value=1}' is not a valid 'String'")),
    ("{ book(filter: {sold: 1}) { id } }", argument("'filter.sold' with value 'IntValue{value=1}' is not a valid 'Boolean'")),
    ("{ book(filter: {rating: true}) { id } }", argument("'filter.rating' with value 'BooleanValue{value=true}' is not a valid 'Float'")),
    ("{ book(filter: {rating: 1e400}) { id } }", argument("'filter.rating' with value 'FloatValue{value=1E+400}' is not a valid 'Float'")),
    ("{ book(filter: {shelf: MIDDLE}) { id } }", argument("'filter.shelf' with value 'EnumValue{name='MIDDLE'}' is not a valid 'Shelf'")),
    ('{ book(filter: {shelf: "TOP"}) { id } }', argument("'filter.shelf' with value 'StringValue{value='TOP'}' is not a valid 'Shelf'")),
    ("{ book(id: 1.5) { id } }", argument("'id' with value 'FloatValue{value=1.5}' is not a valid 'ID'")),
    ("{ tag(tags: [NEW, ODD]) }", "WrongType: argument 'tags[1]' with value 'EnumValue{name='ODD'}' is not a valid 'Tag' @ 'tag'"),
    (
        "{ book(filter: {and: [{}, {and: {tags: [NEW, 1]}}]}) { id } }",
        argument("'filter.and[1].and.tags[1]' with value 'IntValue{value=1}' is not a valid 'Tag'"),
    ),
    (
        "{ book(filter: {owner: {id: 1}}) { id } }",
        argument(
            "'filter.owner' with value 'ObjectValue{objectFields=[ObjectField{name='owner', value=ObjectValue{objectFields="
            "[ObjectField{name='id', value=IntValue{value=1}}]}}]}' is missing required fields '[city, name]'"
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "message"), KINDS, ids=[message[:60] for _, message in KINDS])
async def test_each_kind_has_graphql_java_s_words(query: str, message: str) -> None:
    assert message in await messages(query)


async def test_errors_come_in_the_order_of_the_places_and_of_the_rules_at_each() -> None:
    query = """
        query a($x: Nothing, $y: ID) {
          book(odd: 1, id: 1.5) @odd { ...none id { x } ... on Film { nothing } }
          other(id: $z)
        }
        fragment left on Odd { id }
    """

    assert await messages(query) == [
        "UnknownType: Unknown type Nothing",
        "UnknownArgument: Unknown field argument odd @ 'book'",
        "WrongType: argument 'id' with value 'FloatValue{value=1.5}' is not a valid 'ID' @ 'book'",
        "UnknownDirective: Unknown directive odd @ 'book'",
        "UndefinedFragment: Undefined fragment none @ 'book'",
        "SubSelectionNotAllowed: Sub selection not allowed on leaf type null of field id @ 'book/id'",
        "InvalidFragmentType: Fragment cannot be spread here"
        " as objects of type Book can never be of type Film @ 'book'",
        "FieldUndefined: Field 'nothing' in type 'Film' is undefined @ 'book/nothing'",
        "FieldUndefined: Field 'other' in type 'Query' is undefined @ 'other'",
        "UndefinedVariable: Undefined variable z @ 'other'",
        "UnusedVariable: Unused variable x",
        "UnusedVariable: Unused variable y",
        "UnknownType: Unknown type Odd @ 'left'",
        "UnusedFragment: Unused fragment left",
    ]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("{\n  book {\n    id: name\n    id\n  }\n}", [(3, 5), (4, 5)]),
        ("{ book { ...a } }\nfragment a on Book {\n  ...b\n}\nfragment b on Book {\n  ...a\n}", [(3, 3)]),
        ("query(\n  $a: ID) { book { id } }", [(2, 3)]),
        ("{ book { id } }\nfragment f on Book { id }", [(2, 1)]),
        ("{ book(\n  id: 1.5) { id } }", [(2, 3)]),
        ("{ book(id:\n  $a) { id } }", [(2, 3)]),
        ("{ book { id\n @odd } }", [(2, 2)]),
    ],
    ids=[
        "both fields",
        "the spreads before the last",
        "a variable",
        "a fragment",
        "an argument",
        "a use",
        "a directive",
    ],
)
async def test_an_error_says_where(query: str, places: list[tuple[int, int]]) -> None:
    error = (await ask(API, query))["errors"][0]

    assert error["locations"] == [{"line": line, "column": column, "sourceName": None} for line, column in places]
    assert (list(error), error["path"]) == (["path", "locations", "message"], None)


@pytest.mark.parametrize(
    "query",
    [
        "{ book { id id name ...f } } fragment f on Book { id author { name } }",
        "{ search { __typename ... on Book { a: name } ... on Author { a: name } ... on Film { length } } }",
        "{ search { ... on Book { x: pages } ... on Film { x: name } } }",
        "{ search { ... on Book { x: author { name } } ... on Film { x: by { name } } } }",
        'query($a: ID = "1") { book(id: $a) { id } }',
        "query($a: ID!) { books(ids: [$a]) { id } }",
        "{ books(ids: 1) { id } }",
        "{ book(filter: {and: {pages: 1}}) { id } }",
        "query a { book { id } } query b { book { id } }",
        '{ __schema { types { name } } __type(name: "Book") { name } __typename }',
        "query($yes: Boolean!) { book { id @include(if: $yes) } }",
        "{ ... { book { id } } ... on Query @include(if: true) { search { __typename } } }",
    ],
)
async def test_what_is_valid_is_not_refused(query: str) -> None:
    answer = await ask(
        API,
        query,
        Function(lambda _event: None),
        variables={"a": "1", "yes": True},
        operation_name="a" if "query a {" in query else None,
    )

    assert "errors" not in answer


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("subscription { book }", "Schema is not configured for subscriptions."),
        ("query a { book { id } } query b { book { id } }", "Must provide operation name if query contains multiple operations."),
        ("fragment f on Book { id } query a { book { ...f } } query b { book { ...f } }", "Must provide operation name if query contains multiple operations."),
    ],
)  # fmt: skip
async def test_an_operation_that_cannot_be_chosen(query: str, message: str) -> None:
    assert await messages(query) == [message]


FLAT = "{ book { " + "name " * 14_000 + "} }"
DIFFERENT = "{ " + " ".join(f'a: book(id: "{number}") {{ id }}' for number in range(900)) + " }"
SPREADS = (
    "{ book { ...f0 } }"
    + " ".join(
        f"fragment f{number} on Book {{ ...f{number + 1} ...f{number + 1} author {{ books(first: $n) {{ ...f{number + 1} }} }} }}"
        for number in range(200)
    )
    + " fragment f200 on Book { id }"
)
CYCLES = "{ book { ...f0 } }" + " ".join(
    f"fragment f{number} on Book {{ {' '.join(f'...f{other}' for other in range(30))} }}" for number in range(30)
)


@pytest.mark.parametrize("query", [FLAT, DIFFERENT, SPREADS, CYCLES], ids=["flat", "different", "spreads", "cycles"])
async def test_a_large_document_is_validated_within_bounds(query: str) -> None:
    assert len(await messages(query)) <= 100
