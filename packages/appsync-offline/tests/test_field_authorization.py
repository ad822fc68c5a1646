"""Directives decide which callers may read which fields (AppSync Developer Guide, "Additional authorization modes")."""

import pytest
from appsync_offline.authentication.caller import Caller
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider
from appsync_offline.testing.apis import BY_API_KEY, Function, an_api, ask, direct

BY_IAM = Caller(AuthMode.IAM, "arn:aws:iam::123456789012:user/anna", {})
BY_OIDC = Caller(AuthMode.OIDC, "oidc:1", {})
BY_LAMBDA = Caller(AuthMode.LAMBDA, "lambda-authorizer", {})
A_USER = Caller(AuthMode.COGNITO, "user:anna", {})
AN_ADMIN = Caller(AuthMode.COGNITO, "user:root", {}, frozenset({"admins", "others"}))
EVERYBODY = {
    "api key": BY_API_KEY, "iam": BY_IAM, "oidc": BY_OIDC, "lambda": BY_LAMBDA, "user": A_USER, "admin": AN_ADMIN
}  # fmt: skip

ALL_MODES = [AuthProvider(mode) for mode in AuthMode]
COGNITO_FIRST = [AuthProvider(AuthMode.COGNITO), AuthProvider(AuthMode.API_KEY)]
COGNITO_ALONE = [AuthProvider(AuthMode.COGNITO)]
COGNITO_DENIES = [AuthProvider(AuthMode.COGNITO, default_action="DENY"), AuthProvider(AuthMode.API_KEY)]
COGNITO_ALONE_DENIES = [AuthProvider(AuthMode.COGNITO, default_action="DENY")]

_GROUPS = '(cognito_groups: ["admins"])'
RULES = [
    ("no directive: the default mode only", "", "", ALL_MODES, {"api key"}),
    ("no directive: whichever the default is", "", "", COGNITO_FIRST, {"user", "admin"}),
    ("@aws_api_key", "", "@aws_api_key", COGNITO_FIRST, {"api key"}),
    ("@aws_iam", "", "@aws_iam", ALL_MODES, {"iam"}),
    ("@aws_oidc", "", "@aws_oidc", ALL_MODES, {"oidc"}),
    ("@aws_lambda", "", "@aws_lambda", ALL_MODES, {"lambda"}),
    ("@aws_cognito_user_pools", "", "@aws_cognito_user_pools", ALL_MODES, {"user", "admin"}),
    ("groups: one of the caller's", "", f"@aws_cognito_user_pools{_GROUPS}", ALL_MODES, {"admin"}),
    ("several directives are ORed", "", f"@aws_iam @aws_cognito_user_pools{_GROUPS}", ALL_MODES, {"iam", "admin"}),
    ("a type's directives count for its fields", "@aws_iam", "", ALL_MODES, {"iam"}),
    ("a field's directives replace its type's", "@aws_iam", "@aws_oidc", ALL_MODES, {"oidc"}),
    ("@aws_auth counts where Cognito is alone", "", f"@aws_auth{_GROUPS}", COGNITO_ALONE, {"admin"}),
    ("@aws_auth is ignored beside another mode", "", f"@aws_auth{_GROUPS}", COGNITO_FIRST, {"user", "admin"}),
    ("defaultAction DENY: no directive, no access", "", "", COGNITO_DENIES, set()),
    ("defaultAction DENY: a directive lets in", "", "@aws_cognito_user_pools", COGNITO_DENIES, {"user", "admin"}),
    ("defaultAction DENY: @aws_auth lets in", "", f"@aws_auth{_GROUPS}", COGNITO_ALONE_DENIES, {"admin"}),
    ("defaultAction DENY: ignored @aws_auth does not", "", f"@aws_auth{_GROUPS}", COGNITO_DENIES, set()),
]


@pytest.mark.parametrize(("fact", "of_type", "of_field", "modes", "allowed"), RULES, ids=[rule[0] for rule in RULES])
async def test_who_may_see_a_field(
    fact: str, of_type: str, of_field: str, modes: list[AuthProvider], allowed: set[str]
) -> None:
    api = an_api(f"type Query {of_type} {{ secret: String {of_field} }}", direct("Query.secret"), auth=modes)
    function = Function(lambda _event: "told")

    answers = {name: await ask(api, "{ secret }", function, caller=caller) for name, caller in EVERYBODY.items()}

    assert {name for name, answer in answers.items() if answer["data"] == {"secret": "told"}} == allowed
    assert len(function.payloads) == len(allowed)


async def test_a_denied_field_is_null_and_Unauthorized() -> None:
    api = an_api("type Query { secret: String @aws_iam }", direct("Query.secret"))

    assert await ask(api, "{ it: secret }") == {
        "data": {"it": None},
        "errors": [
            {
                "path": ["it"],
                "data": None,
                "errorType": "Unauthorized",
                "errorInfo": None,
                "locations": [{"line": 1, "column": 3, "sourceName": None}],
                "message": "Not Authorized to access secret on type Query",
            }
        ],
    }


async def test_directives_are_needed_on_returned_types_too() -> None:
    api = an_api("type Query { book: Book @aws_iam } type Book { title: String }", direct("Query.book"))

    answer = await ask(api, "{ book { title } }", Function(lambda _event: {"title": "Emma"}), caller=BY_IAM)

    assert answer["data"] == {"book": {"title": None}}
    assert answer["errors"][0]["message"] == "Not Authorized to access title on type Book"


async def test_a_field_that_a_Lambda_authorizer_denies_is_null() -> None:
    api = an_api("type Query { a: String b: String }", direct("Query.a"), auth=[AuthProvider(AuthMode.LAMBDA)])
    caller = Caller(AuthMode.LAMBDA, "lambda-authorizer", {}, denied_fields=frozenset({"Query.a"}))

    answer = await ask(api, "{ a b }", caller=caller)

    assert answer["data"] == {"a": None, "b": None}
    assert [error["path"] for error in answer["errors"]] == [["a"]]
