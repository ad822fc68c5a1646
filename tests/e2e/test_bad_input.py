"""Bad input gets a clear, typed error in AppSync's own form and stores nothing."""

import json
from typing import Any

import pytest

from tests.e2e.clients import Api

CREATE = "mutation($input: CreateTaskInput!) { createTask(input: $input) { id } }"
LIST = """query($userId: ID!, $limit: Int, $nextToken: String) {
    tasksByUser(userId: $userId, limit: $limit, nextToken: $nextToken) { items { id } nextToken } }"""
RESOLVER_ERROR = {"path", "data", "errorType", "errorInfo", "locations", "message"}


def ask(api: Api, query: str, variables: object = None, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    credentials = {"x-api-key": api.stack.api_key} if headers is None else headers
    return api.post(body, {"content-type": "application/json", **credentials})


@pytest.mark.parametrize(
    ("query", "variables", "error_type", "field"),
    [
        (CREATE, {"input": {"userId": "bad", "title": ""}}, "ValidationError", "title"),
        (CREATE, {"input": {"userId": "bad", "title": "   "}}, "ValidationError", "title"),
        (CREATE, {"input": {"userId": "bad", "title": "x" * 201}}, "ValidationError", "title"),
        (
            CREATE,
            {"input": {"userId": "bad", "title": "x", "description": "x" * 1001}},
            "ValidationError",
            "description",
        ),
        (CREATE, {"input": {"title": "x"}}, "ValidationError", "userId"),
        (CREATE, {"input": {"userId": "bad", "title": "a\u0000b"}}, "ValidationError", "title"),
        (
            CREATE,
            {"input": {"userId": "bad", "title": "x", "clientToken": "t" * 300}},
            "ValidationError",
            "clientToken",
        ),
        (LIST, {"userId": "bad", "limit": 0}, "ValidationError", "limit"),
        (LIST, {"userId": "bad", "limit": -1}, "ValidationError", "limit"),
        (LIST, {"userId": "bad", "limit": 101}, "ValidationError", "limit"),
        (LIST, {"userId": "bad", "nextToken": "mangled"}, "ValidationError", "nextToken"),
        ('mutation { completeTask(id: "task-unknown") { id } }', {}, "TaskNotFound", None),
    ],
)
def test_a_typed_error_names_the_field(
    api: Api, query: str, variables: dict[str, Any], error_type: str, field: str | None
) -> None:
    status, answer, _ = ask(api, query, variables)

    (error,) = answer["errors"]
    assert (status, set(error), error["errorType"]) == (200, RESOLVER_ERROR, error_type)
    assert error["errorInfo"].get("field") == field
    assert ask(api, LIST, {"userId": "bad"})[1]["data"]["tasksByUser"]["items"] == []


async def test_another_users_page_token_is_refused(api: Api) -> None:
    async with api.http(api.with_key()) as http:
        for _ in range(2):
            await http.create("token-owner")
        token = (await http(LIST, userId="token-owner", limit=1))["tasksByUser"]["nextToken"]
        error = await http.refusal(LIST, userId="someone-else", limit=1, nextToken=token)

    assert (error["errorType"], error["errorInfo"]["field"]) == ("ValidationError", "nextToken")


@pytest.mark.parametrize(
    ("query", "variables", "words"),
    [
        (LIST, {"userId": "bad", "limit": "ten"}, "Variable 'limit' has an invalid value"),
        (LIST, {}, "Variable 'userId' has coerced Null value for NonNull type 'ID!'"),
        ("{ task(id: 1) { secret } }", {}, "Field 'secret' in type 'Task' is undefined @ 'task/secret'"),
    ],
)
def test_an_operation_that_cannot_run_says_why(api: Api, query: str, variables: dict[str, Any], words: str) -> None:
    status, answer, _ = ask(api, query, variables)

    assert (status, answer["data"]) == (200, None)
    assert words in answer["errors"][0]["message"]
    assert set(answer["errors"][0]) == {"path", "locations", "message"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Request body is empty."),
        (b"meow", "Unable to parse GraphQL query."),
        (b"{}", "Unable to parse GraphQL query."),
        (b"[]", "Unable to parse GraphQL query."),
        (b'{"query": 1}', "Unable to parse GraphQL query."),
        (b'{"query": "{ task"}', "Unable to parse GraphQL query."),
    ],
)
def test_a_malformed_request_is_refused(api: Api, body: bytes, message: str) -> None:
    status, answer, headers = api.post(body, {"content-type": "application/json", "x-api-key": api.stack.api_key})

    assert (status, answer) == (400, {"errors": [{"errorType": "MalformedHttpRequestException", "message": message}]})
    assert headers["x-amzn-errortype"] == "MalformedHttpRequestException"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "Valid authorization header not provided."),
        ({"x-api-key": "da2-of-nobody"}, "You are not authorized to make this call."),
        ({"authorization": "Bearer nonsense"}, "Valid authorization header not provided."),
        ({"authorization": "a.b.c"}, "Unable to parse JWT token."),
    ],
)
def test_strangers_are_refused(api: Api, headers: dict[str, str], message: str) -> None:
    status, answer, sent = ask(api, "{ __typename }", headers=headers)

    assert (status, answer) == (401, {"errors": [{"errorType": "UnauthorizedException", "message": message}]})
    assert sent["x-amzn-errortype"] == "UnauthorizedException"
