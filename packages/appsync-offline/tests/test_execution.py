"""The gateway executes operations as AppSync does.

AppSync Developer Guide, "Direct Lambda resolvers"; error-texts.md has the texts.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from appsync_offline.back_ends.lambda_functions import FunctionFailed
from appsync_offline.control_plane.deployed_api import Resolver
from appsync_offline.execution.operation import Unparsable
from appsync_offline.gateway import SubscriptionOverHttp
from appsync_offline.testing.apis import Function, an_api, ask, coded, direct, pipeline, step

SDL = """
type Query { book(id: ID, after: String): Book strict: Book! books: [Book!] shelves: [[Book!]!] }
type Book { id: ID title: String! author: Author pages: Int }
type Author { name: String! books: [Book!] }
type Mutation { addBook(title: String): Book }
type Subscription { onBook: Book @aws_subscribe(mutations: ["addBook"]) }
"""
DIRECT = an_api(SDL, direct("Query.book"))
EMMA = {"id": "1", "title": "Emma", "author": {"name": "Austen"}, "pages": 448}


def raising(error_type: str, message: str = "no such book") -> Function:
    def fail(_payload: Any) -> Any:
        raise FunctionFailed(message, error_type)

    return Function(fail)


async def test_a_direct_Lambda_resolver_gets_the_whole_context() -> None:
    function = Function(lambda _event: EMMA)
    query = """
        query Find($id: ID) { found: book(id: $id) { title ...more } }
        fragment more on Book { author { its: name } }
    """

    await ask(DIRECT, query, function, variables={"id": "1"})

    assert function.payloads == [
        {
            "arguments": {"id": "1"},
            "identity": None,
            "source": None,
            "request": {"headers": {"x-test": "1"}, "domainName": None},
            "prev": None,
            "info": {
                "fieldName": "book",
                "parentTypeName": "Query",
                "variables": {"id": "1"},
                "selectionSetList": ["title", "author", "author/its"],
                "selectionSetGraphQL": "{\n  title\n  ...more\n}",
            },
            "stash": {},
        }
    ]


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        pytest.param("{ book { title } }", {}, id="an absent argument's key is missing"),
        pytest.param("query($i: ID) { book(id: $i) { title } }", {"id": None}, id="an unsupplied variable is a null"),
        pytest.param("{ book(id: null) { title } }", {"id": None}, id="an explicit null is a null"),
        pytest.param('query($i: ID = "7") { book(id: $i) { title } }', {"id": "7"}, id="a variable's default holds"),
    ],
)
async def test_arguments_that_are_not_given(query: str, arguments: dict[str, Any]) -> None:
    function = Function(lambda _event: EMMA)

    await ask(DIRECT, query, function)

    assert function.payloads[0]["arguments"] == arguments


async def test_a_direct_Lambda_s_exception_name_is_the_errorType() -> None:
    answer = await ask(DIRECT, "{\n  book { title }\n}", raising("BookNotFound"))

    assert answer == {
        "data": {"book": None},
        "errors": [
            {
                "path": ["book"],
                "data": None,
                "errorType": "BookNotFound",
                "errorInfo": None,
                "locations": [{"line": 2, "column": 3, "sourceName": None}],
                "message": "no such book",
            }
        ],
    }


async def test_a_direct_Lambda_s_UnauthorizedException_has_AppSync_s_own_message() -> None:
    answer = await ask(DIRECT, "{ book { title } }", raising("UnauthorizedException"))

    assert answer["errors"][0]["errorType"] == "UnauthorizedException"
    assert answer["errors"][0]["message"] == "You are not authorized to make this call."


async def test_behind_JavaScript_a_Lambda_s_exception_is_Lambda_Unhandled() -> None:
    api = an_api(
        SDL,
        coded(
            "Query.book",
            source="LAMBDA",
            request="return { operation: 'Invoke', payload: { only: ctx.args.id } }",
            response="util.error(ctx.error.message, ctx.error.type, ctx.result, { hint: 1 })",
        ),
    )
    function = raising("BookNotFound")

    answer = await ask(api, '{ book(id: "1") { title } }', function)

    assert function.payloads == [{"only": "1"}]
    error = answer["errors"][0]
    assert (error["errorType"], error["message"], error["errorInfo"]) == (
        "Lambda:Unhandled",
        "no such book",
        {"hint": 1},
    )


async def test_what_AppSync_itself_says_of_a_Lambda_passes_JavaScript() -> None:
    api = an_api(
        SDL,
        coded(
            "Query.book",
            source="LAMBDA",
            request="return { operation: 'Invoke' }",
            response="util.error(ctx.error.message, ctx.error.type)",
        ),
    )

    answer = await ask(api, "{ book { title } }", raising("Lambda:IllegalArgument", "throttled"))

    assert answer["errors"][0]["errorType"] == "Lambda:IllegalArgument"


async def test_an_Event_is_answered_null_at_once_and_the_function_runs() -> None:
    request = "return { operation: 'Invoke', invocationType: 'Event', payload: { id: ctx.args.id } }"
    api = an_api(
        SDL,
        coded(
            "Query.book",
            source="LAMBDA",
            request=request,
            response="return { title: ctx.result === null && !ctx.error ? 'accepted' : 'answered' }",
        ),
    )
    function = Function(lambda _payload: EMMA)

    assert await ask(api, '{ book(id: "1") { title } }', function) == {"data": {"book": {"title": "accepted"}}}
    assert function.payloads == [{"id": "1"}]


@pytest.mark.parametrize(
    "request_",
    ["return null", "return { payload: 1 }", "return { operation: 'Invoke', invocationType: 'Later' }"],
    ids=["nothing", "no operation", "an unknown invocationType"],
)
async def test_a_Lambda_request_of_another_form_is_a_fault_of_the_code(request_: str) -> None:
    function = Function()

    answer = await ask(
        an_api(SDL, coded("Query.book", source="LAMBDA", request=request_)), "{ book { title } }", function
    )

    assert (answer["errors"][0]["errorType"], function.payloads) == ("Code", [])


async def test_the_data_of_util_error_is_filtered_by_the_selection_and_its_info_is_not() -> None:
    api = an_api(SDL, coded("Query.book", request="util.error('m', 'T', { id: 1, title: 'Emma' }, { id: 1, any: 2 })"))

    answer = await ask(api, "{ book { title } }")

    assert answer["errors"][0]["data"] == {"title": "Emma"}
    assert answer["errors"][0]["errorInfo"] == {"id": 1, "any": 2}


async def test_util_appendError_answers_data_and_error() -> None:
    api = an_api(
        SDL,
        coded(
            "Query.book",
            request="return { payload: { title: 'Emma' } }",
            response="util.appendError('odd', 'W'); return ctx.result",
        ),
    )

    answer = await ask(api, "{ book { title } }")

    assert answer["data"] == {"book": {"title": "Emma"}}
    assert [(error["errorType"], error["path"]) for error in answer["errors"]] == [("W", ["book"])]


async def test_a_NONE_data_source_answers_the_payload() -> None:
    api = an_api(SDL, coded("Query.book", request="return { payload: { title: 'Emma ' + ctx.args.id } }"))

    assert await ask(api, '{ book(id: "1") { title } }') == {"data": {"book": {"title": "Emma 1"}}}


async def test_runtime_earlyReturn_in_a_unit_resolver_asks_no_data_source() -> None:
    api = an_api(
        SDL,
        coded(
            "Query.book",
            source="LAMBDA",
            request="runtime.earlyReturn({ title: 'early' })",
            response="return { title: 'late' }",
        ),
    )
    function = Function()

    assert await ask(api, "{ book { title } }", function) == {"data": {"book": {"title": "early"}}}
    assert function.payloads == []


A = step("a", request="ctx.stash.seen += 'a'; return { payload: ctx.prev.result + 'A' }")
B = step("b", request="ctx.stash.seen += 'b'; return { payload: ctx.prev.result + 'B' }")
_RETURNS = "return { title: ctx.prev.result + ctx.stash.seen }"
_BEGINS = "ctx.stash.seen = ':'; return '0'"


@pytest.mark.parametrize(
    ("first", "before", "title"),
    [
        pytest.param(A, _BEGINS, "0AB:ab", id="stash and prev pass from function to function"),
        pytest.param(
            step("a", request="runtime.earlyReturn('E')"), _BEGINS, "EB:b", id="earlyReturn goes to the next function"
        ),
        pytest.param(
            step("a", request="runtime.earlyReturn('E', { skipTo: 'END' })"),
            _BEGINS,
            "E:",
            id="earlyReturn with skipTo END goes to the after handler",
        ),
        pytest.param(
            A, "ctx.stash.seen = ':'; runtime.earlyReturn('E')", "E:", id="earlyReturn before goes to the after handler"
        ),
    ],
)
async def test_a_pipeline(first: Any, before: str, title: str) -> None:
    api = an_api(SDL, pipeline("Query.book", "a", "b", before=before, after=_RETURNS), functions=(first, B))

    assert await ask(api, "{ book { title } }") == {"data": {"book": {"title": title}}}


async def test_an_error_in_a_function_ends_the_pipeline() -> None:
    api = an_api(
        SDL, pipeline("Query.book", "a", "b"), functions=(step("a", request="util.error('stop', 'Stopped')"), B)
    )

    answer = await ask(api, "{ book { title } }")

    assert (answer["data"], answer["errors"][0]["errorType"]) == ({"book": None}, "Stopped")


class TestBatches:
    SDL = "type Query { books: [Book] } type Book { id: ID author: Author } type Author { name: String }"

    async def answer(self, authors: Any, size: int = 10) -> tuple[dict[str, Any], list[Any]]:
        def answers(payload: Any) -> Any:
            if isinstance(payload, list):
                return authors(payload) if callable(authors) else authors
            return [{"id": "1"}, {"id": "2"}]

        function = Function(answers)
        api = an_api(self.SDL, direct("Query.books"), direct("Book.author", max_batch_size=size))
        answer = await ask(api, "{ books { author { name } } }", function)
        return answer, function.payloads[1:]

    async def test_one_invocation_carries_the_contexts_of_all_items(self) -> None:
        answer, invocations = await self.answer([{"data": {"name": "A"}}, {"data": {"name": "B"}}])

        assert answer == {"data": {"books": [{"author": {"name": "A"}}, {"author": {"name": "B"}}]}}
        assert [[context["source"]["id"] for context in batch] for batch in invocations] == [["1", "2"]]

    async def test_a_batch_is_at_most_maxBatchSize(self) -> None:
        _, invocations = await self.answer(lambda batch: [None for _ in batch], size=1)

        assert [len(batch) for batch in invocations] == [1, 1]

    async def test_items_without_data_are_taken_as_they_are_and_null_items_are_allowed(self) -> None:
        answer, _ = await self.answer([{"name": "A"}, None])

        assert answer == {"data": {"books": [{"author": {"name": "A"}}, {"author": None}]}}

    async def test_an_item_may_fail_alone(self) -> None:
        answer, _ = await self.answer([{"data": {"name": "A"}}, {"errorMessage": "gone", "errorType": "NotFound"}])

        assert answer["data"] == {"books": [{"author": {"name": "A"}}, {"author": None}]}
        assert [(error["path"], error["errorType"], error["message"]) for error in answer["errors"]] == [
            (["books", 1, "author"], "NotFound", "gone")
        ]

    async def test_a_function_that_raises_fails_every_item(self) -> None:
        def fail(_payload: Any) -> Any:
            raise FunctionFailed("down", "Outage")

        answer, _ = await self.answer(fail)

        assert [(error["path"][1], error["errorType"]) for error in answer["errors"]] == [(0, "Outage"), (1, "Outage")]

    async def test_an_answer_of_another_length_fails_every_item(self) -> None:
        answer, _ = await self.answer([{"data": None}])

        assert [error["errorType"] for error in answer["errors"]] == ["Lambda:IllegalArgument"] * 2

    async def test_BatchInvoke_behind_JavaScript(self) -> None:
        function = Function(
            lambda payload: (
                [f"author of {book_id}" for book_id in payload]
                if isinstance(payload, list)
                else [{"id": "1"}, {"id": "2"}]
            )
        )
        author = coded(
            "Book.author",
            source="LAMBDA",
            request="return { operation: 'BatchInvoke', payload: ctx.source.id }",
            response="return { name: ctx.result }",
            batch=5,
        )

        answer = await ask(an_api(self.SDL, direct("Query.books"), author), "{ books { author { name } } }", function)

        assert answer == {"data": {"books": [{"author": {"name": f"author of {n}"}} for n in (1, 2)]}}
        assert function.payloads[1:] == [["1", "2"]]

    async def test_a_BatchInvoke_without_maxBatchSize_gathers_five(self) -> None:
        answer, batches = await self.batch_invoke(
            7, coded("Book.author", source="LAMBDA", request=self.BATCH_INVOKE, response=self.NAMES)
        )

        assert answer["data"]["books"][6] == {"author": {"name": "6"}}
        assert batches == [["0", "1", "2", "3", "4"], ["5", "6"]]

    async def test_an_item_whose_code_returns_early_does_not_hold_up_the_others(self) -> None:
        request = "if (ctx.source.id === '1') { runtime.earlyReturn({ name: 'early' }) } " + self.BATCH_INVOKE
        author = coded("Book.author", source="LAMBDA", request=request, response=self.NAMES, batch=10)

        answer, batches = await self.batch_invoke(3, author)

        assert [book["author"]["name"] for book in answer["data"]["books"]] == ["0", "early", "2"]
        assert batches == [["0", "2"]]

    async def test_functions_of_a_pipeline_batch_too(self) -> None:
        gathering = replace(step("gather", request=self.BATCH_INVOKE), data_source="LAMBDA", max_batch_size=10)
        author = pipeline("Book.author", "gather", after="return { name: ctx.prev.result }")

        answer, batches = await self.batch_invoke(3, author, functions=[gathering])

        assert [book["author"]["name"] for book in answer["data"]["books"]] == ["0", "1", "2"]
        assert batches == [["0", "1", "2"]]

    async def test_a_BatchInvoke_of_type_Event_answers_nulls(self) -> None:
        request = "return { operation: 'BatchInvoke', invocationType: 'Event', payload: ctx.source.id }"
        author = coded("Book.author", source="LAMBDA", request=request, response=self.NAMES, batch=10)

        answer, batches = await self.batch_invoke(2, author)

        assert answer["data"]["books"] == [{"author": {"name": None}}] * 2
        assert batches == [["0", "1"]]

    BATCH_INVOKE = "return { operation: 'BatchInvoke', payload: ctx.source.id }"
    NAMES = "return { name: ctx.result }"

    async def batch_invoke(self, count: int, author: Resolver, **more: Any) -> tuple[dict[str, Any], list[Any]]:
        books = [{"id": str(number)} for number in range(count)]
        function = Function(lambda payload: payload if isinstance(payload, list) else books)
        answer = await ask(
            an_api(self.SDL, direct("Query.books"), author, **more), "{ books { author { name } } }", function
        )
        return answer, function.payloads[1:]


@pytest.mark.parametrize(
    ("query", "value", "data", "message", "path"),
    [
        pytest.param(
            "{ book { title } }",
            {"title": None},
            {"book": None},
            "Cannot return null for non-nullable type: 'String' within parent 'Book' (/book/title)",
            ["book", "title"],
            id="it rises to the nearest field that may be null",
        ),
        pytest.param(
            "{ strict { title } }",
            None,
            None,
            "Cannot return null for non-nullable type: 'Book' within parent 'Query' (/strict)",
            ["strict"],
            id="or to the whole answer",
        ),
        pytest.param(
            "{ books { title } }",
            [EMMA, None],
            {"books": None},
            "Cannot return null for non-nullable type: 'Book' within parent 'null' (/books[1])",
            ["books", 1],
            id="an item of a list",
        ),
        pytest.param(
            "{ book { author { aka: name } } }",
            {"author": {}},
            {"book": {"author": None}},
            "Cannot return null for non-nullable type: 'String' within parent 'Author' (/book/author/aka)",
            ["book", "author", "aka"],
            id="under an alias",
        ),
    ],
)
async def test_a_null_where_the_schema_promises_a_value(
    query: str, value: Any, data: Any, message: str, path: list[Any]
) -> None:
    api = an_api(SDL, direct("Query.book"), direct("Query.strict"), direct("Query.books"))

    answer = await ask(api, query, Function(lambda _event: value))

    assert answer == {"data": data, "errors": [{"path": path, "locations": None, "message": message}]}


async def test_a_value_where_the_schema_promises_a_list() -> None:
    answer = await ask(an_api(SDL, direct("Query.books")), "{ books { title } }", Function(lambda _event: EMMA))

    assert answer["data"] == {"books": None}
    assert answer["errors"][0]["message"] == "Can't resolve value (/books) : type mismatch error, expected type LIST"


@pytest.mark.parametrize(
    ("query", "message", "locations"),
    [
        pytest.param(
            "{badfield}",
            "Validation error of type FieldUndefined: Field 'badfield' in type 'Query' is undefined @ 'badfield'",
            [{"line": 1, "column": 2, "sourceName": None}],
            id="an unknown field",
        ),
        pytest.param(
            "query($id: ID!) { book(id: $id) { id } }",
            "Variable 'id' has coerced Null value for NonNull type 'ID!'",
            [{"line": 1, "column": 7, "sourceName": None}],
            id="a required variable that is missing",
        ),
    ],
)
async def test_a_request_that_is_not_valid_has_errors_of_three_keys(
    query: str, message: str, locations: list[Any]
) -> None:
    assert await ask(DIRECT, query) == {
        "data": None,
        "errors": [{"path": None, "locations": locations, "message": message}],
    }


@pytest.mark.parametrize(
    "query",
    ["{ book(", "", "{ book { } }", "{ book {" * 2_000, "{ book }" * 5_001],
    ids=["syntax", "empty", "an empty selection", "nested too deeply", "too many tokens"],
)
async def test_a_query_that_is_no_document_cannot_be_parsed(query: str) -> None:
    with pytest.raises(Unparsable, match=r"Unable to parse GraphQL query\."):
        await ask(DIRECT, query)


@pytest.mark.parametrize("field", ["__schema { types { name } }", '__type(name: "Book") { name }'])
async def test_disabled_introspection_is_a_validation_error(field: str) -> None:
    query = f"{{ {field} }}"

    refused = await ask(an_api(SDL, introspection_enabled=False), query)
    allowed = await ask(an_api(SDL), query)
    name = await ask(an_api(SDL, introspection_enabled=False), "{ __typename }")

    assert refused["errors"][0]["message"].startswith("Validation error of type FieldUndefined: Field '__")
    assert "errors" not in allowed
    assert name == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("{ book { author { name } } }", False),
        ("{ book { author { books { id } } } }", True),
        ("{ book { ...deep } } fragment deep on Book { author { books { id } } }", True),
        ("{ __schema { types { fields { type { name } } } } }", False),
    ],
    ids=["at the limit", "beyond it", "beyond it by a fragment", "introspection does not count"],
)
async def test_the_query_depth_limit(query: str, refused: bool) -> None:
    answer = await ask(an_api(SDL, query_depth_limit=3), query)

    assert (answer["data"] is None) is refused


async def test_the_resolver_count_limit() -> None:
    api = an_api(SDL, direct("Query.book"), resolver_count_limit=2)
    function = Function(lambda _event: EMMA)

    answer = await ask(api, "{ a: book { id } b: book { id } c: book { id } }", function)

    assert len(function.payloads) == 2
    assert [error["errorType"] for error in answer["errors"]] == ["LimitExceeded"]


async def test_operationName_chooses_the_operation() -> None:
    query = "query A { book { id } } query B { book { title } }"
    function = Function(lambda _event: EMMA)

    assert await ask(DIRECT, query, function, operation_name="B") == {"data": {"book": {"title": "Emma"}}}
    assert (await ask(DIRECT, query, function))["data"] is None
    assert (await ask(DIRECT, query, function, operation_name="C"))["data"] is None


async def test_a_resolver_s_answer_is_at_most_5_MB() -> None:
    answer = await ask(DIRECT, "{ book { title } }", Function(lambda _event: {"title": "x" * 5_000_001}))

    assert (answer["data"], answer["errors"][0]["errorType"]) == ({"book": None}, "MappingTemplate")


async def test_a_request_takes_at_most_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appsync_offline.execution.engine._TIME_LIMIT", 0.05)

    class Slow(Function):
        async def invoke(self, *_: Any) -> Any:
            await asyncio.Event().wait()

    answer = await ask(DIRECT, "{ book { title } }", Slow())

    assert (answer["data"], answer["errors"][0]["errorType"]) == (None, "ExecutionTimeout")


async def test_directives_fragments_and_aliases() -> None:
    query = """
        query($no: Boolean = false) {
          a: book { ...on Book { id @skip(if: true) title } pages @include(if: $no) }
          b: book { __typename }
        }
    """

    answer = await ask(DIRECT, query, Function(lambda _event: EMMA))

    assert answer == {"data": {"a": {"title": "Emma"}, "b": {"__typename": "Book"}}}


async def test_a_subscription_runs_over_the_WebSocket_only() -> None:
    with pytest.raises(SubscriptionOverHttp):
        await ask(DIRECT, "subscription { onBook { id } }")


async def test_a_field_without_a_resolver_is_its_parent_s_value_of_that_name() -> None:
    api = an_api(SDL, direct("Query.book"), Resolver("Book", "author", data_source="LAMBDA"))
    function = Function(lambda event: {"name": f"of {event['source']['id']}"} if event["source"] else EMMA)

    answer = await ask(api, "{ book { pages author { name } } }", function)

    assert answer == {"data": {"book": {"pages": 448, "author": {"name": "of 1"}}}}
