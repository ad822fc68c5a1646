"""`@aws-appsync/utils` returns what AWS recorded and documented.

RECORDED are answers of EvaluateCode that the public repository localstack/appsync-utils recorded (its snapshots of
`index.test.js` and `resolvers.test.js`, November 2026). Left out are helpers of `@aws-appsync/utils/dynamodb` and
`/rds`, for data sources that the local AppSync does not have, and functions whose answers differ each time. DOCUMENTED
are the examples of the AppSync Developer Guide, "Time helpers" and "XML helpers". STANDARD are examples of the
libraries that the guide refers to: Java's DateTimeFormatter, Apache Commons Lang's escapeJavaScript, org.json's
XML.toJSONObject.
"""

import json

import pytest
from appsync_offline.resolver_code.evaluation import Evaluation, JavaScript, programs
from appsync_offline.testing.apis import BY_API_KEY, Function, a_gateway, an_api, code, coded
from test_resolver_code import CONTEXT

_DISHES = '{ "foo": "bar", "baz": 1234, "beep": ["boop"] }'
_DISHES_TYPED = {"foo": {"S": "bar"}, "baz": {"N": 1234}, "beep": {"L": [{"S": "boop"}]}}
RECORDED: list[tuple[str, object]] = [
    ('util.dynamodb.toDynamoDB("test")', {"S": "test"}),
    ("util.dynamodb.toDynamoDB(12345)", {"N": 12345}),
    ("util.dynamodb.toDynamoDB(true)", {"BOOL": True}),
    ('util.dynamodb.toString("test")', {"S": "test"}),
    ('util.dynamodb.toStringSet(["foo", "bar", "baz"])', {"SS": ["foo", "bar", "baz"]}),
    ("util.dynamodb.toNumber(12345)", {"N": 12345}),
    ("util.dynamodb.toNumberSet([1, 23, 4.56])", {"NS": [1, 23, 4.56]}),
    ('util.dynamodb.toBinary("foo")', {"B": "foo"}),
    ('util.dynamodb.toBinarySet(["foo", "bar", "baz"])', {"BS": ["foo", "bar", "baz"]}),
    ("util.dynamodb.toBoolean(true)", {"BOOL": True}),
    ("util.dynamodb.toNull()", {"NULL": None}),
    (
        'util.dynamodb.toList(["foo", 123, { bar: "baz" }])',
        {"L": [{"S": "foo"}, {"N": 123}, {"M": {"bar": {"S": "baz"}}}]},
    ),
    (f"util.dynamodb.toMap({_DISHES})", {"M": _DISHES_TYPED}),
    (f"util.dynamodb.toMapValues({_DISHES})", _DISHES_TYPED),
    (
        'util.dynamodb.toS3Object("foo", "bar", "baz")',
        {"S": '{"s3":{"key":"foo","bucket":"bar","region":"baz"}}'},
    ),
    (
        'util.dynamodb.toS3Object("foo", "bar", "baz", "beep")',
        {"S": '{"s3":{"key":"foo","bucket":"bar","region":"baz","version":"beep"}}'},
    ),
    (
        'util.transform.toDynamoDBFilterExpression({ "title": { "contains": "Hello World" } })',
        '{"expression":"(contains(#title,:title_contains))","expressionNames":{"#title":"title"},'
        '"expressionValues":{":title_contains":{"S":"Hello World"}}}',
    ),
    (
        "util.transform.toDynamoDBConditionExpression({ id: { attributeExists: true }, version: { eq: 10 } })",
        '{"expression":"(attribute_exists(#id)) AND (#version = :version_eq)",'
        '"expressionNames":{"#id":"id","#version":"version"},"expressionValues":{":version_eq":{"N":10}}}',
    ),
    ("[{ shift: util.dynamodb.toDynamoDB(10) }]", [{"shift": {"N": 10}}]),
]
RECORDED_ERRORS = {"util.error('foo')": "foo"}

_POST = "<post>\\n <id>{}</id>\\n <title>Getting started with {}</title>\\n</post>\\n"
_POSTS = f'<?xml version="1.0" encoding="UTF-8"?>\\n<posts>\\n{_POST.format(1, "GraphQL")}%s</posts>'
_FIRST, _SECOND = (
    {"id": 1, "title": "Getting started with GraphQL"},
    {"id": 2, "title": "Getting started with AppSync"},
)
DOCUMENTED: list[tuple[str, object]] = [
    ("util.time.epochMilliSecondsToSeconds(1517943695758)", 1517943695),
    ("util.time.epochMilliSecondsToISO8601(1517943695758)", "2018-02-06T19:01:35.758Z"),
    (
        "util.time.epochMilliSecondsToFormatted(1517943695758, 'yyyy-MM-dd HH:mm:ssZ')",
        "2018-02-06 19:01:35+0000",
    ),
    (
        "util.time.epochMilliSecondsToFormatted(1517943695758, 'yyyy-MM-dd HH:mm:ssZ', '+08:00')",
        "2018-02-07 03:01:35+0800",
    ),
    ("util.time.parseISO8601ToEpochMilliSeconds('2018-02-01T17:21:05.180+08:00')", 1517476865180),
    (
        "util.time.parseFormattedToEpochMilliSeconds('2018-02-02 01:19:22+0800', 'yyyy-MM-dd HH:mm:ssZ')",
        1517505562000,
    ),
    (
        "util.time.parseFormattedToEpochMilliSeconds('2018-02-02 01:19:22', 'yyyy-MM-dd HH:mm:ss', '+08:00')",
        1517505562000,
    ),
    ("util.time.epochMilliSecondsToFormatted(1531347255000, 'yyyy-MM-dd[XXX]', '-07:00:30')", "2018-07-11-07:00"),
    (
        "util.time.epochMilliSecondsToFormatted(1531347285000, \"yyyy-MM-dd'T'HH:mm:ss[XXXXX]\", '-07:00:30')",
        "2018-07-11T15:14:15-07:00:30",
    ),
    (f"util.xml.toMap('{_POSTS % ''}')", {"posts": {"post": _FIRST}}),
    (f"util.xml.toMap('{_POSTS % _POST.format(2, 'AppSync')}')", {"posts": {"post": [_FIRST, _SECOND]}}),
    (
        f"util.xml.toJsonString('{_POSTS % ''}')",
        '{"posts":{"post":{"id":1,"title":"Getting started with GraphQL"}}}',
    ),
    ("JSON.parse('no JSON')", ""),
    ("util.http.copyHeaders({ host: 'a', connection: 'b', 'x-mine': 'c' })", {"x-mine": "c"}),
]

_AT = 1517943695758
STANDARD: list[tuple[str, object]] = [
    *(
        (f"util.time.epochMilliSecondsToFormatted({_AT}, {json.dumps(format_)}, '{zone}')", text)
        for format_, zone, text in [
            ("yy-M-d h:mm a", "UTC", "18-2-6 7:01 PM"),
            ("EEEE, MMMM dd, uuuu", "UTC", "Tuesday, February 06, 2018"),
            ("EEE MMM d, D", "UTC", "Tue Feb 6, 37"),
            ("HH:mm:ss.SSS XXX", "America/New_York", "14:01:35.758 -05:00"),
            ("HH 'o''clock' z", "Asia/Kolkata", "00 o'clock Asia/Kolkata"),
            ("X XX XXX x Z ZZZZ ZZZZZ", "UTC", "Z Z Z +00 +0000 GMT Z"),
        ]
    ),
    (
        "util.time.parseFormattedToEpochMilliSeconds('Jul 4, 2026 9:05 PM', 'MMM d, yyyy h:mm a', 'America/New_York')",
        1783213500000,
    ),
    ("util.time.nowFormatted('yyyy', 'UTC').length", 4),
    (
        "util.escapeJavaScript('He didn\\'t say, \"stop!\" </a> \u00e9\\n')",
        'He didn\\\'t say, \\"stop!\\" <\\/a> \\u00E9\\n',
    ),
    (
        "util.xml.toMap('<a b=\"1\"><c/><d>true</d>x &amp; y<![CDATA[<z>]]></a>')",
        {"a": {"b": 1, "c": "", "d": True, "content": "x & y<z>"}},
    ),
]


def compiled(body: str) -> JavaScript:
    text = code(body)
    program = programs([text])[text]
    assert isinstance(program, JavaScript), program
    return program


async def evaluation(call: str) -> Evaluation:
    return await compiled(f"return {call};").request(CONTEXT)


@pytest.mark.parametrize(("call", "answer"), [*RECORDED, *DOCUMENTED, *STANDARD])
async def test_a_call_answers_what_AWS_answers(call: str, answer: object) -> None:
    value = await evaluation(call)

    assert value.error is None
    assert value.result == answer


@pytest.mark.parametrize(("call", "message"), RECORDED_ERRORS.items())
async def test_a_call_fails_as_on_AWS(call: str, message: str) -> None:
    error = (await evaluation(call)).error

    assert error is not None
    assert (error.message, error.error_type) == (message, None)


@pytest.mark.parametrize(
    "call",
    [
        "util.xml.toMap('<a><b></a>')",
        "util.time.nowFormatted('yyyy-bb')",
        "util.time.parseFormattedToEpochMilliSeconds('yesterday', 'yyyy-MM-dd')",
        "util.time.parseFormattedToEpochMilliSeconds('2026-02-30', 'yyyy-MM-dd')",
        "util.http.addResponseHeader('x-amzn-mine', 'a')",
        "util.http.addResponseHeader('content-type', 'a')",
        "util.http.addResponseHeader('mine', 'a\\r\\nb: c')",
        "util.http.addResponseHeader('mine', `${[1, 2].map(() => ctx.stash.long)}`)",
        "util.transform.toDynamoDBFilterExpression({ a: { like: 1 } })",
    ],
)
async def test_a_call_that_cannot_be_answered_is_a_fault_of_the_code(call: str) -> None:
    error = (await compiled(f"return {call};").request({**CONTEXT, "stash": {"long": "x" * 3000}})).error

    assert error is not None
    assert error.error_type == "Code"


async def test_response_headers_come_with_the_answer_and_the_last_of_a_name_counts() -> None:
    sets = (
        "util.http.addResponseHeader('itemsCount', 7); util.http.addResponseHeader('itemsCount', 8);"
        "util.http.addResponseHeaders({ kind: { x: 'y' } }); return 1;"
    )
    gateway = a_gateway(an_api("type Query { a: Int }", coded("Query.a", response=sets)), Function())

    outcome = await gateway.run("{ a }", {}, None, BY_API_KEY, {})

    assert outcome.response_headers == {"itemsCount": "8", "kind": '{"x":"y"}'}
