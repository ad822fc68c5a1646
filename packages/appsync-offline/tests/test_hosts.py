"""Which names and pages of this machine reach the gateway."""

from collections.abc import Mapping

import pytest
from appsync_offline.testing.apis import API_KEY, a_gateway, an_api
from appsync_offline.web.server import create_app
from starlette.testclient import TestClient

API = an_api("type Query { hello: String }")


def status(headers: Mapping[str, str], *, allowed: tuple[str, ...] = ()) -> int:
    return answer(headers, allowed=allowed)[0]


def answer(headers: Mapping[str, str], *, allowed: tuple[str, ...] = ()) -> tuple[int, str]:
    """Returns the status and the body."""
    client = TestClient(create_app(a_gateway(API), allowed_hosts=allowed), base_url="http://127.0.0.1:4000")
    response = client.post("/graphql", json={"query": "{ hello }"}, headers={"x-api-key": API_KEY, **headers})
    return response.status_code, response.text


@pytest.mark.parametrize("name", ["localhost:4000", "app.localhost:4000", "127.0.0.2", "[::1]:4000", "API.LocalHost"])
def test_loopback_names_are_served(name: str) -> None:
    assert status({"host": name}) == 200
    assert status({"origin": f"http://{name}"}) == 200


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "evillocalhost", "10.0.2.2:4000"])
def test_other_names_are_refused(name: str) -> None:
    assert status({"host": name}) == 403
    assert status({"origin": f"http://{name}"}) == 403


def test_an_allowed_name_is_served_and_no_name_that_contains_it() -> None:
    assert status({"host": "10.0.2.2:4000"}, allowed=("10.0.2.2",)) == 200
    assert status({"origin": "http://10.0.2.2:3000"}, allowed=("10.0.2.2",)) == 200
    assert status({"host": "110.0.2.2:4000"}, allowed=("10.0.2.2",)) == 403


def test_a_forwarded_name_of_a_codespace_is_refused_with_the_reason_unless_it_is_allowed() -> None:
    """The proxy sends its own name in place of the caller's, and rewrites the page's origin."""
    name = "cozy-couscous-4000.app.github.dev"
    forwarded = {"host": "localhost:4000", "x-forwarded-host": name, "origin": "http://localhost:4000"}

    code, body = answer(forwarded)

    assert code == 403
    assert f'"message": "{name} is not a name of this machine. Use a loopback name' in body
    assert status(forwarded, allowed=(name,)) == 200
    assert status({**forwarded, "x-forwarded-host": "127.0.0.1:4100"}) == 200


def test_a_page_may_ask_whether_it_may_call_this_machine() -> None:
    """Private Network Access: a browser asks before a page reaches a more private address space."""
    client = TestClient(create_app(a_gateway(API)), base_url="http://127.0.0.1:4000")

    answer = client.options(
        "/graphql",
        headers={
            "origin": "http://app.localhost:5173",
            "access-control-request-method": "POST",
            "access-control-request-private-network": "true",
        },
    )

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-private-network"] == "true"
