"""APPSYNC_JS code can call the documented functions and gets the documented results."""

import asyncio
from typing import Any

import pytest
from appsync_offline.resolver_code.evaluation import Evaluation, JavaScript, programs
from appsync_offline.resolver_code.translation import MAXIMUM_CODE, InvalidCode
from appsync_offline.testing.apis import code

CONTEXT: dict[str, Any] = {
    "arguments": {"id": "1"},
    "identity": None,
    "stash": {},
    "info": {"fieldName": "book", "parentTypeName": "Query"},
    "env": {"STAGE": "dev"},
}


def compiled(text: str) -> JavaScript:
    """Returns the compiled program. Raises InvalidCode."""
    program = programs([text])[text]
    if isinstance(program, InvalidCode):
        raise program
    return program


async def run(body: str) -> Evaluation:
    return await compiled(code(body)).request(CONTEXT)


async def test_util_error_ends_the_handler_with_message_type_data_and_info() -> None:
    evaluation = await run("util.error('Gone', 'NotFound', { a: 1 }, { b: 2 }); return 1;")

    assert evaluation.result is None
    assert evaluation.error is not None
    fault = evaluation.error
    assert (fault.message, fault.error_type, fault.data, fault.info) == ("Gone", "NotFound", {"a": 1}, {"b": 2})


async def test_util_appendError_goes_on() -> None:
    evaluation = await run("util.appendError('Odd', 'Warning', null, { b: 2 }); return 1;")

    assert evaluation.result == 1
    assert evaluation.error is None
    assert [(error.message, error.error_type, error.info) for error in evaluation.appended] == [
        ("Odd", "Warning", {"b": 2})
    ]


async def test_util_unauthorized_denies_the_field() -> None:
    error = (await run("util.unauthorized();")).error

    assert error is not None
    assert (error.error_type, error.message) == ("Unauthorized", "Not Authorized to access book on type Query")


async def test_a_fault_of_the_code_itself_has_the_type_Code() -> None:
    error = (await run("return ctx.unknown.field;")).error

    assert error is not None
    assert (error.error_type, error.info) == ("Code", None)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param("return ctx.unknown.field;", "2:51", id="within a line"),
        pytest.param("for (const x of ctx.unknown.field) {}", "2:60", id="within what a loop runs over"),
        pytest.param("for (const x of [1]) { return x.unknown.field; }", "2:72", id="after what a loop runs over"),
        pytest.param("return [1].map((x) => {\n\n return x.unknown.field; });", "4:19", id="on a later line"),
    ],
)
async def test_a_fault_of_the_code_itself_says_where(body: str, place: str) -> None:
    error = (await run(body)).error

    assert error is not None
    assert error.message == f"code.js:{place}: TypeError: Cannot read properties of undefined (reading 'field')"


@pytest.mark.parametrize(("options", "skip_to"), [("", None), (", { skipTo: 'END' }", "END")], ids=["next", "end"])
async def test_runtime_earlyReturn_gives_a_value_at_once(options: str, skip_to: str | None) -> None:
    evaluation = await run(f"runtime.earlyReturn({{ a: 1 }}{options}); return 2;")

    assert (evaluation.early_return, evaluation.result, evaluation.skip_to) == (True, {"a": 1}, skip_to)


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return ctx.args", {"id": "1"}),
        ("return ctx.arguments", {"id": "1"}),
        ("return ctx.env.STAGE", "dev"),
        ("return util.time.epochMilliSecondsToISO8601(0)", "1970-01-01T00:00:00.000Z"),
        ("return util.time.parseISO8601ToEpochMilliSeconds('1970-01-01T00:00:01Z')", 1000),
        ("return util.time.nowISO8601().length", 24),
        ("return util.autoId().length", 36),
        ("return util.autoUlid().length", 26),
        ("return util.autoKsuid().length", 27),
        ("return util.matches('^E', 'Emma')", True),
        ("return util.authType()", "API Key Authorization"),
        ("return util.urlEncode('a b&ü')", "a+b%26%C3%BC"),
        ("return util.urlDecode('a+b%26%C3%BC')", "a b&ü"),
        ("return util.base64Encode('Grüße')", "R3LDvMOfZQ=="),
        ("return util.base64Decode('R3LDvMOfZQ==')", "Grüße"),
        ("return util.math.maxVal(1, util.math.roundNum(1.5))", 2),
        ("return util.str.normalize('e\u0301', 'nfc')", "\u00e9"),
        ("return util.transform.toSubscriptionFilter(null)", None),
        ("return util.dynamodb.toDynamoDB('a')", {"S": "a"}),
        ("return util.dynamodb.toDynamoDB(1)", {"N": 1}),
        ("return util.dynamodb.toDynamoDB([true])", {"L": [{"BOOL": True}]}),
        ("return util.dynamodb.toMapValues({ a: { b: 1 } })", {"a": {"M": {"b": {"N": 1}}}}),
        ("return util.dynamodb.toStringSet(['a'])", {"SS": ["a"]}),
        ("return util.dynamodb.toNull()", {"NULL": None}),
        ("util.appendError('odd'); return ctx.outErrors.length", 1),
        ("return undefined", None),
    ],
)
async def test_what_a_handler_can_read_and_call(body: str, result: object) -> None:
    assert (await run(body)).result == result


async def test_util_extensions_and_runtime_need_no_import() -> None:
    program = compiled(
        "export function request() { extensions.setSubscriptionFilter(null); runtime.earlyReturn(util.authType()) }\n"
        "export function response() {}"
    )

    assert (await program.request(CONTEXT)).result == "API Key Authorization"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        pytest.param("util.isNull(1)", "util.isNull", id="a function of VTL's util"),
        pytest.param("util.rds.toJsonString('')", "util.rds.toJsonString", id="a function for another data source"),
    ],
)
async def test_a_function_that_is_not_there_is_named(call: str, name: str) -> None:
    error = (await run(f"return {call}")).error

    assert error is not None
    assert error.message.endswith(f": Error: {name} is not available on the local AppSync")


@pytest.mark.parametrize("items", ["ctx.args.many", "Object.entries(ctx.args.many)"], ids=["of a list", "of a call"])
@pytest.mark.parametrize(("count", "ends"), [(1000, True), (1001, False)])
async def test_a_loop_runs_a_thousand_times_at_most(items: str, count: int, ends: bool) -> None:
    program = compiled(code(f"let seen = 0; for (const [one] of {items}) {{ seen += 1 }} return seen"))

    evaluation = await program.request({**CONTEXT, "arguments": {"many": ["x"] * count}})

    assert (evaluation.result == count, evaluation.error is None) == (ends, ends)


async def test_a_loop_over_keys_counts_them() -> None:
    program = compiled(code("for (const key in ctx.args) { ctx.stash[key] = 1 } return 'done'"))

    few = await program.request(CONTEXT)
    many = await program.request({**CONTEXT, "arguments": {str(number): 1 for number in range(1001)}})

    assert (few.result, few.stash) == ("done", {"id": 1})
    assert many.error is not None


async def test_what_the_code_logs_is_kept_for_the_log() -> None:
    assert (await run("console.log('asked', { id: ctx.args.id });")).logs == ('asked {"id":"1"}',)


async def test_the_stash_that_a_handler_changes_is_kept() -> None:
    assert (await run("ctx.stash.seen = true; return {}")).stash == {"seen": True}


async def test_nothing_is_shared_between_evaluations() -> None:
    program = compiled("let count = 0;\n" + code("count += 1; return count"))

    assert [(await program.request(CONTEXT)).result for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("call", "groups"),
    [
        pytest.param(
            "{ a: { eq: 1 }, b: { gt: 2 } }",
            [[("a", "eq", 1), ("b", "gt", 2)]],
            id="the conditions of an object are one group",
        ),
        pytest.param(
            "{ a: { ge: 1, le: 2 } }", [[("a", "ge", 1)], [("a", "le", 2)]], id="two operators of a field: either"
        ),
        pytest.param("{ or: [{ a: { eq: 1 } }, { b: { eq: 2 } }] }", [[("a", "eq", 1)], [("b", "eq", 2)]], id="or"),
        pytest.param("{ and: [{ a: { eq: 1 } }, { b: { eq: 2 } }] }", [[("a", "eq", 1), ("b", "eq", 2)]], id="and"),
        pytest.param("{ a: { eq: 1 }, b: { eq: 2 } }, ['b']", [[("a", "eq", 1)]], id="ignored fields are left out"),
        pytest.param(
            "{ a: { eq: 1 } }, [], { owner: { eq: 'anna' } }",
            [[("a", "eq", 1), ("owner", "eq", "anna")]],
            id="a rule must hold",
        ),
        pytest.param(
            "{ or: [{ a: { eq: 1 } }, { b: { eq: 2 } }] }, [], { owner: { eq: 'anna' } }",
            [[("a", "eq", 1), ("owner", "eq", "anna")], [("b", "eq", 2), ("owner", "eq", "anna")]],
            id="a rule must hold in every group",
        ),
        pytest.param(
            "{ a: { eq: 1 } }, [], { r: { eq: 2 }, s: { eq: 3 } }",
            [[("a", "eq", 1), ("r", "eq", 2)], [("a", "eq", 1), ("s", "eq", 3)]],
            id="of several rules, at least one must hold",
        ),
        pytest.param(
            "{ or: [{ c: { eq: 3 } }], and: [{ b: { eq: 2 } }], a: { eq: 1 } }",
            [[("a", "eq", 1), ("b", "eq", 2), ("c", "eq", 3)]],
            id="fields, and, or: in this order",
        ),
        pytest.param(
            "{ and: [{ a: { eq: 1 } }, { b: { eq: 2 } }] }, ['b']", [[("a", "eq", 1)]], id="ignored below, too"
        ),
        pytest.param("{}", [], id="an empty filter has no group"),
    ],
)
async def test_util_transform_toSubscriptionFilter(call: str, groups: list[list[tuple[str, str, object]]]) -> None:
    result = (await run(f"return util.transform.toSubscriptionFilter({call})")).result

    assert [
        [(condition["fieldName"], condition["operator"], condition["value"]) for condition in group["filters"]]
        for group in result["filterGroup"]
    ] == groups


async def test_the_extensions_of_subscriptions() -> None:
    evaluation = await run(
        "extensions.setSubscriptionFilter({ filterGroup: [1] });"
        "extensions.setSubscriptionInvalidationFilter({ filterGroup: [2] });"
        "extensions.invalidateSubscriptions({ subscriptionField: 'onBook', payload: { a: 1 } });"
    )

    assert evaluation.subscription_filter == {"filterGroup": [1]}
    assert evaluation.invalidation_filter == {"filterGroup": [2]}
    assert evaluation.invalidations == ({"subscriptionField": "onBook", "payload": {"a": 1}},)


# Each loop is within AppSync's limit, but the three nested loops make a billion iterations.
ENDLESS = "const t = Array(1000).fill(0); for (const a of t) { for (const b of t) { for (const c of t) {} } }"


async def test_a_handler_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appsync_offline.resolver_code.evaluation._TIMEOUT", 0.2)

    program = compiled(code(f"if (ctx.args.id === '1') {{ {ENDLESS} }} return 'done'"))

    error = (await program.request(CONTEXT)).error

    assert error is not None
    assert error.error_type == "Code"
    assert (await program.request({**CONTEXT, "arguments": {}})).result == "done"


async def test_a_handler_that_takes_all_memory_is_ended_and_the_next_one_runs() -> None:
    hoards = "const all = []; for (const a of Array(1000).fill(0)) { all.push(Array(100000).fill('x')) }"
    program = compiled(code(f"if (ctx.args.id === '1') {{ {hoards} }} return 'done'"))

    error = (await program.request(CONTEXT)).error

    assert error is not None
    assert error.error_type == "Code"
    assert (await program.request({**CONTEXT, "arguments": {}})).result == "done"


async def test_nothing_is_shared_between_evaluations_of_a_hundred_waiting_calls() -> None:
    program = compiled("let count = 0;\n" + code("count += 1; return [count, ctx.args.id]"))

    results = await asyncio.gather(*(program.request({**CONTEXT, "arguments": {"id": n}}) for n in range(100)))

    assert [evaluation.result for evaluation in results] == [[1, number] for number in range(100)]


@pytest.mark.parametrize(
    "harm",
    [
        "const all = []; for (const a of Array(1000).fill(0)) { all.push(Array(100000).fill('x')) }",
        "for (const a of Array(999).fill(0)) { for (const b of Array(999).fill(0)) { ctx.args.many.sort() } }",
    ],
    ids=["all memory", "all time"],
)
async def test_of_calls_that_wait_together_only_the_harmful_one_fails(
    harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appsync_offline.resolver_code.evaluation._TIMEOUT", 1)
    program = compiled(code(f"if (ctx.args.id === 2) {{ {harm} }} return ctx.args.id"))
    many = [str(number) for number in range(1000)]

    results = await asyncio.gather(
        *(program.request({**CONTEXT, "arguments": {"id": number, "many": many}}) for number in range(5))
    )

    assert [evaluation.error is None for evaluation in results] == [True, True, False, True, True]
    assert [evaluation.result for evaluation in results] == [0, 1, None, 3, 4]


async def test_a_call_that_is_cancelled_takes_no_other_with_it() -> None:
    program = compiled(code("return ctx.args.id"))
    calls = [asyncio.create_task(program.request({**CONTEXT, "arguments": {"id": number}})) for number in range(5)]
    await asyncio.sleep(0)

    calls[0].cancel()
    calls[3].cancel()

    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [None if isinstance(answer, BaseException) else answer.result for answer in results] == [None, 1, 2, None, 4]


async def test_a_handler_that_runs_long_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appsync_offline.resolver_code.evaluation._TIMEOUT", 0.5)
    busy = asyncio.create_task(run(ENDLESS))

    assert (await run("return 'done'")).result == "done"
    assert not busy.done()
    assert (await busy).error is not None


async def test_a_loop_that_breaks_off_may_run_over_more_than_a_thousand() -> None:
    program = compiled(code("for (const one of ctx.args.many) { if (one === 'x') break } return 'done'"))

    assert (await program.request({**CONTEXT, "arguments": {"many": ["x"] * 2000}})).result == "done"


MINIFIED = (
    'import{util as t}from"@aws-appsync/utils";'
    "function r(e){return t.authType()}const s=({result:e})=>e;export{r as request,s as response};"
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MINIFIED, id="minified, exported under other names"),
        pytest.param(
            "import * as appsync from '@aws-appsync/utils';\n"
            "export const request = () => appsync.util.authType();\nexport const response = function () {};",
            id="a namespace, function expressions",
        ),
        pytest.param(
            "import {\n  util,\n  extensions as more,\n} from '@aws-appsync/utils';\n"
            "function request() { return util.authType() }\nfunction response() {}\nexport { request };\n"
            "export { response };",
            id="an import over several lines, exports at the end",
        ),
        pytest.param(
            "// import x from 'y'; export default\n"
            + code("const text = 'for (const x of y) while (true) throw /x/'; return text && util.authType()"),
            id="a comment and a text that look like what is not supported",
        ),
        pytest.param(
            code("const response = ctx.args; const { id: request } = response; return request && util.authType()"),
            id="variables that are called as functions are",
        ),
    ],
)
async def test_every_form_that_AppSync_takes_runs(text: str) -> None:
    assert (await compiled(text).request(CONTEXT)).result == "API Key Authorization"


@pytest.mark.parametrize(
    "invalid",
    [
        pytest.param("x" * (MAXIMUM_CODE + 1), id="more than 32,768 characters"),
        pytest.param("export function request(ctx) {}", id="no response handler"),
        pytest.param("export function request(", id="code that does not parse"),
        pytest.param("import { x } from 'other';\n" + code(""), id="an import of another module"),
        pytest.param("import x from '@aws-appsync/utils';\n" + code(""), id="a default import"),
        pytest.param("import { x } from '@aws-appsync/utils';\n" + code(""), id="an import of what is not there"),
        pytest.param("import { get } from '@aws-appsync/utils/rds';\n" + code(""), id="RDS's helpers"),
        pytest.param(code("") + "export default 1;", id="a default export"),
        pytest.param(code("") + "export * from 'other';", id="an export of another module"),
        pytest.param("export const request = 1;\nexport function response() {}", id="a handler that is no function"),
        pytest.param(code("const a = 1; const a = 2;"), id="a name that is declared twice"),
        pytest.param(code("return unknown;"), id="a name that nothing declares"),
    ],
)
def test_code_that_AppSync_would_not_take(invalid: str) -> None:
    with pytest.raises(InvalidCode):
        compiled(invalid)
