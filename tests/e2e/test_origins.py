"""In Chromium, foreign pages reach nothing on this machine, and pages of this machine reach what a frontend needs."""

import json
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import boto3
import psutil
import pytest

from local import background
from local.clients import access
from local.settings import Settings
from tests.e2e.clients import PATIENCE, Api
from tests.e2e.conftest import ANDROID
from tests.e2e.javascript import node
from tests.e2e.test_console import HAS_BROWSER

in_a_browser = pytest.mark.skipif(
    not HAS_BROWSER, reason="install Chromium or Chrome: npm has one for x86-64 Linux only"
)


@pytest.fixture(scope="module")
def attempts(stack: Any, settings: Settings) -> Any:
    before = boto3.client("lambda", **access(settings)).list_functions()["Functions"]
    user = stack.users[0]
    tried = node.run(
        "origins.mjs",
        {
            "graphqlUrl": stack.graphql_url,
            "tlsGraphqlUrl": stack.tls_graphql_url,
            "consoleUrl": stack.console_url,
            "awsEndpointUrl": stack.aws_endpoint_url,
            "apiKey": stack.api_key,
            "clientId": stack.user_pool_client_id,
            "username": user.username,
            "password": user.password,
        },
    )
    assert boto3.client("lambda", **access(settings)).list_functions()["Functions"] == before
    return tried


def was_let_through(attempt: dict[str, Any]) -> bool:
    return bool(attempt["reached"] or set(attempt["statuses"]) - {403})


@in_a_browser
@pytest.mark.parametrize("pages", ["foreign", "elsewhere"])
def test_a_page_reaches_nothing_that_is_not_for_it(attempts: Any, pages: str) -> None:
    assert len(attempts[pages]) > 40
    assert [attempt for attempt in attempts[pages] if was_let_through(attempt)] == []
    assert sum(403 in attempt["statuses"] for attempt in attempts[pages]) > len(attempts[pages]) / 3


@in_a_browser
def test_a_frontend_of_another_local_port_uses_the_api_and_signs_in(attempts: Any, api: Api) -> None:
    assert len(attempts["frontends"]) == 18
    assert [attempt for attempt in attempts["frontends"] if not attempt["reached"]] == []


def test_an_android_emulator_uses_the_api_and_signs_in_by_its_name_for_this_machine(stack: Any) -> None:
    user = stack.users[0]
    sign_in = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": stack.user_pool_client_id,
        "AuthParameters": {"USERNAME": user.username, "PASSWORD": user.password},
    }
    to_cognito = {"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"}

    signed_in = post_to_android_name(stack.aws_endpoint_url, sign_in, to_cognito)
    token = signed_in["AuthenticationResult"]["AccessToken"]
    answer = post_to_android_name(stack.graphql_url, {"query": "{ __typename }"}, {"authorization": token})

    assert answer == {"data": {"__typename": "Query"}}


def post_to_android_name(url: str, body: object, headers: dict[str, str]) -> Any:
    """Returns the JSON of the answer to a request to the emulator's name for this machine."""
    host = f"{ANDROID}:{urlsplit(url).port}"
    headers = {"content-type": "application/x-amz-json-1.1", "host": host, **headers}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def test_nothing_listens_beyond_this_machine(stack: Any, settings: Settings) -> None:
    runner = background.runner(settings)
    assert runner
    listening = [
        connection.laddr
        for process in runner.children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert {settings.port, settings.tls_port, settings.ministack_port} == {address.port for address in listening}
