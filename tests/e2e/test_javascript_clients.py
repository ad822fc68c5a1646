"""The npm releases of AWS Amplify, Apollo Client and urql create, subscribe, complete and receive the completion."""

from typing import Any
from urllib.parse import urljoin

import pytest

from local.description import StackDescription
from tests.e2e.clients import Api
from tests.e2e.javascript import node

MODES = ["apiKey", "userPool", "iam"]


def use(client: str, url: str, mode: str, api: Api) -> Any:
    """Returns what the client's script observed, as alice or on her behalf."""
    settings = {
        "graphqlUrl": url,
        "healthUrl": urljoin(api.stack.console_url, "health"),
        "region": api.stack.region,
        "authMode": mode,
        "userId": api.sub("alice"),
        "apiKey": api.stack.api_key,
        "token": api.token("alice") if mode == "userPool" else None,
        "credentials": {
            "accessKeyId": api.stack.aws_access_key_id,
            "secretAccessKey": api.stack.aws_secret_access_key,
        },
    }
    return node.run(f"{client}.mjs", settings, NODE_EXTRA_CA_CERTS=api.stack.certificate_authority)


def assert_that_it_heard_of_the_completion(seen: Any) -> None:
    created, completed, update = seen["created"], seen["completed"], seen["heard"]
    assert (created["status"], completed["status"], update["status"]) == ("PENDING", "COMPLETED", "COMPLETED")
    assert created["id"] == completed["id"] == update["id"]
    assert (created["title"], update["title"]) == ("Buy milk", "Buy milk")
    assert update["completedAt"] is not None
    assert update["version"] == created["version"] + 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("client", ["amplify", "apollo"])
def test_a_client_hears_of_a_completion_over_tls(api: Api, client: str, mode: str) -> None:
    seen = use(client, api.stack.tls_graphql_url, mode, api)

    assert_that_it_heard_of_the_completion(seen)


@pytest.mark.parametrize("mode", MODES)
def test_apollo_needs_no_tls(api: Api, mode: str) -> None:
    seen = use("apollo", api.stack.graphql_url, mode, api)

    assert_that_it_heard_of_the_completion(seen)


@pytest.mark.parametrize("mode", ["apiKey", "userPool"])
def test_urql_queries_by_get_and_hears_of_a_completion_in_fifteen_lines(api: Api, mode: str) -> None:
    seen = use("urql", api.stack.graphql_url, mode, api)

    assert_that_it_heard_of_the_completion(seen)
    assert seen["methods"] == ["POST", "POST", "GET", "GET"]
    assert seen["read"]["id"] == seen["created"]["id"]
    assert seen["refusal"] == {"errorType": "TaskNotFound", "message": "There is no such task."}


@pytest.mark.parametrize("client", ["amplify", "apollo"])
def test_a_client_is_told_the_type_of_an_error(stack: StackDescription, api: Api, client: str) -> None:
    seen = use(client, stack.tls_graphql_url, "apiKey", api)

    assert seen["refusal"] == {"errorType": "TaskNotFound", "message": "There is no such task."}
