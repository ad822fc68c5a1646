"""Each scalar accepts the right values from callers and from resolvers (AppSync Developer Guide, "Scalar types")."""

import pytest
from appsync_offline.schema.scalars import AWS_SCALARS
from appsync_offline.testing.apis import Function, an_api, ask, direct

SCALARS = ("Int", "Float", *AWS_SCALARS)
SDL = "type Query { " + " ".join(f"take{s}(value: {s}): Boolean give{s}: {s}" for s in SCALARS) + " }"
API = an_api(SDL, *(direct(f"Query.{way}{scalar}") for scalar in SCALARS for way in ("take", "give")))

TAKEN = [
    ("AWSDateTime", "1970-01-01T12:30:00.123456789Z", "up to nine digits of fraction"),
    ("AWSDateTime", "1970-01-01T12:30Z", "seconds are optional"),
    ("AWSDateTime", "1970-01-01T12:30:00+05:30", "an offset of hours and minutes"),
    ("AWSDateTime", "1970-01-01T12:30:00-07:00:15", "an offset of hours, minutes and seconds"),
    ("AWSDateTime", "-1970-01-01T12:30:00Z", "a negative year"),
    ("AWSDate", "1970-01-01", "a date"),
    ("AWSDate", "1970-01-01Z", "a date may carry Z"),
    ("AWSDate", "1970-01-01-07:00", "a date may carry an offset"),
    ("AWSTime", "12:30", "seconds are optional"),
    ("AWSTime", "12:30:24.123Z", "fraction and offset"),
    ("AWSTimestamp", 1_700_000_000, "seconds since the epoch"),
    ("AWSTimestamp", -1, "before the epoch"),
    ("AWSEmail", "anna@example.com", "an address"),
    ("AWSURL", "https://example.com/a?b=c", "an absolute URL"),
    ("AWSPhone", "+49 30 123456", "with a country code"),
    ("AWSPhone", "202-555-0123", "without a country code, of the United States"),
    ("AWSIPAddress", "127.0.0.1", "IPv4"),
    ("AWSIPAddress", "2001:db8::1", "IPv6"),
    ("AWSIPAddress", "10.0.0.0/8", "with a CIDR suffix"),
    ("Int", 2**31 - 1, "32 bits"),
    ("Float", 1.5, "a double"),
]
REFUSED = [
    ("AWSDateTime", "1970-01-01T12:30:00", "the offset is compulsory"),
    ("AWSDateTime", "1970-01-01T12:30:00.1234567891Z", "ten digits of fraction"),
    ("AWSDateTime", "1970-02-30T12:30:00Z", "no such day"),
    ("AWSDateTime", "1970-01-01T25:30:00Z", "no such hour"),
    ("AWSDateTime", "1970-01-01T12:30:00+25:00", "no such offset"),
    ("AWSDateTime", "1970-01-01T12:30:00.\u0661Z", "other digits than ASCII's"),
    ("AWSDate", "1970-13-01", "no such month"),
    ("AWSDate", "01.01.1970", "another form"),
    ("AWSTime", "24:61", "no such minute"),
    ("AWSTimestamp", "1700000000", "a text is refused"),
    ("AWSTimestamp", 1.5, "a fraction"),
    ("AWSTimestamp", True, "a boolean"),
    ("AWSEmail", "anna", "no domain"),
    ("AWSURL", "example.com/a", "the scheme is compulsory"),
    ("AWSPhone", "call me", "no number"),
    ("AWSPhone", "1110004444", "no number of the United States"),
    ("AWSIPAddress", "256.0.0.1", "no such address"),
    ("Int", 2**31, "33 bits"),
]


def _ids(cases: list[tuple[str, object, str]]) -> list[str]:
    return [f"{scalar}: {fact}" for scalar, _, fact in cases]


@pytest.mark.parametrize(("scalar", "value", "fact"), TAKEN, ids=_ids(TAKEN))
async def test_a_scalar_goes_in_and_comes_out_unchanged(scalar: str, value: object, fact: str) -> None:
    function = Function(lambda event: value if event["info"]["fieldName"].startswith("give") else True)

    taken = await ask(API, f"query($v: {scalar}) {{ take{scalar}(value: $v) }}", function, variables={"v": value})
    response = await ask(API, f"{{ give{scalar} }}", function)

    assert taken == {"data": {f"take{scalar}": True}}
    assert function.payloads[0]["arguments"] == {"value": value}
    assert response == {"data": {f"give{scalar}": value}}


@pytest.mark.parametrize(("scalar", "value", "fact"), REFUSED, ids=_ids(REFUSED))
async def test_a_scalar_of_another_form_reaches_no_resolver(scalar: str, value: object, fact: str) -> None:
    function = Function()

    answer = await ask(API, f"query($v: {scalar}) {{ take{scalar}(value: $v) }}", function, variables={"v": value})

    assert answer["data"] is None
    assert answer["errors"][0]["message"].startswith("Variable 'v' has an invalid value")
    assert function.payloads == []


_OUTPUT = [case for case in REFUSED if case[0].startswith("AWS")]


@pytest.mark.parametrize(("scalar", "value", "fact"), _OUTPUT, ids=_ids(_OUTPUT))
async def test_a_resolver_cannot_answer_a_scalar_of_another_form(scalar: str, value: object, fact: str) -> None:
    answer = await ask(API, f"{{ give{scalar} }}", Function(lambda _event: value))

    assert answer["data"] == {f"give{scalar}": None}
    assert answer["errors"][0]["message"].startswith(f"Can't serialize value (/give{scalar}) :")


@pytest.mark.parametrize("scalar", ["AWSDate", "AWSDateTime", "AWSEmail", "AWSURL", "AWSTimestamp", "AWSJSON"])
async def test_a_literal_is_validated_as_a_variable_is(scalar: str) -> None:
    answer = await ask(API, f'{{ take{scalar}(value: "{{no {scalar}") }}')

    assert answer["data"] is None
    assert answer["errors"][0]["message"].startswith("Validation error of type WrongType")


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a": [1]}', {"a": [1]}), ("[1]", [1]), ('"text"', "text"), ("1.5", 1.5), ("true", True)],
    ids=["an object", "a list", "a text", "a number", "a boolean"],
)
async def test_AWSJSON_goes_in_as_a_text_and_resolvers_see_its_value(text: str, value: object) -> None:
    function = Function()

    await ask(API, "query($v: AWSJSON) { takeAWSJSON(value: $v) }", function, variables={"v": text})

    assert function.payloads[0]["arguments"] == {"value": value}


@pytest.mark.parametrize(
    "value", [{"a": 1}, "{a: 1}", 1, "NaN"], ids=["an object", "a text that is no JSON", "a number", "NaN"]
)
async def test_AWSJSON_that_is_no_text_of_JSON_is_refused(value: object) -> None:
    answer = await ask(API, "query($v: AWSJSON) { takeAWSJSON(value: $v) }", variables={"v": value})

    assert answer["data"] is None


@pytest.mark.parametrize("scalar", ["Int", "Float"])
async def test_a_resolver_cannot_answer_a_number_that_is_none(scalar: str) -> None:
    answer = await ask(API, f"{{ give{scalar} }}", Function(lambda _event: "x"))

    assert answer["data"] == {f"give{scalar}": None}
    assert answer["errors"][0]["message"].startswith(f"Can't serialize value (/give{scalar}) :")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, "ü"]}, '{"a":[1,"ü"]}'),
        ([], "[]"),
        (True, "true"),
        ('{"a": 1}', '{"a": 1}'),
        ("no JSON", '"no JSON"'),
    ],
    ids=["an object, without blanks", "a list", "a boolean", "a text of JSON, as it is", "another text"],
)
async def test_a_resolver_s_value_comes_out_as_a_text_of_AWSJSON(value: object, text: str) -> None:
    assert await ask(API, "{ giveAWSJSON }", Function(lambda _event: value)) == {"data": {"giveAWSJSON": text}}
