"""Foreign web pages reach nothing on this machine, and local pages reach only what a frontend needs."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.description import StackDescription
from tests.e2e.clients import PATIENCE, Api
from tests.trust.scale import figures

FOREIGN = "https://evil.example"
JSON = {"content-type": "application/json"}
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "graphql-ws",
}
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,x-api-key"}
DOORS = ("embedded cloud", "gateway", "TLS port")


@dataclass(frozen=True)
class Request:
    """The request that a page sends to a port."""

    door: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    def __str__(self) -> str:
        return f"{self.door}: {self.method} {self.path} {self.headers.get('x-amz-target', '')}".strip()


def aws(target: str) -> dict[str, str]:
    return {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}


COGNITO = "AWSCognitoIdentityProviderService"


def for_frontends(stack: StackDescription) -> list[Request]:
    """Returns the requests of a frontend on another local port: to the API on both ports, and to sign in."""
    user = stack.users[0]
    sign_in = {
        "ClientId": stack.user_pool_client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": user.username, "PASSWORD": user.password},
    }
    key, query = {"x-api-key": stack.api_key}, '{"query": "{ __typename }"}'
    return [
        *(
            request
            for door in ("gateway", "TLS port")
            for request in (
                Request(door, "POST", "/graphql", JSON | key, query),
                Request(door, "GET", "/graphql?query=%7B__typename%7D", key),
                Request(door, "OPTIONS", "/graphql", PREFLIGHT),
                Request(door, "GET", "/graphql", UPGRADE | key),
                Request(door, "GET", "/graphql/realtime", UPGRADE | key),
            )
        ),
        Request("embedded cloud", "OPTIONS", "/", PREFLIGHT),
        Request("embedded cloud", "POST", "/", aws(f"{COGNITO}.InitiateAuth"), json.dumps(sign_in)),
        Request("embedded cloud", "GET", f"/{stack.user_pool_id}/.well-known/jwks.json"),
    ]


def for_nobody_else(stack: StackDescription) -> list[Request]:
    """Returns the requests that only the gateway's own pages may make.

    No page may make requests to the embedded cloud.
    """
    create = {
        "FunctionName": "evil",
        "Runtime": "python3.13",
        "Handler": "x.y",
        "Role": "arn:aws:iam::000000000000:role/x",
        "Code": {"ZipFile": ""},
    }
    text = {"content-type": "text/plain"}
    return [
        *(
            request
            for door in ("gateway", "TLS port")
            for request in (
                Request(door, "GET", "/"),
                Request(door, "GET", "/index.html"),
                Request(door, "HEAD", "/"),
                Request(door, "GET", "/config.json"),
                Request(door, "GET", "/health"),
                Request(door, "POST", "/_reload"),
                Request(door, "POST", "/_reload", text, "x"),
                Request(door, "OPTIONS", "/_reload", PREFLIGHT),
                Request(door, "GET", "/nothing"),
            )
        ),
        Request("embedded cloud", "POST", "/2015-03-31/functions", text, json.dumps(create)),
        Request("embedded cloud", "POST", f"/2015-03-31/functions/{stack.functions['relay']}/invocations", text, "{}"),
        Request("embedded cloud", "OPTIONS", "/2015-03-31/functions", PREFLIGHT),
        Request("embedded cloud", "DELETE", f"/2015-03-31/functions/{stack.functions['relay']}"),
        Request("embedded cloud", "POST", "/", aws("DynamoDB_20120810.ListTables"), "{}"),
        Request("embedded cloud", "POST", "/", aws(f"{COGNITO}.AdminCreateUser"), "{}"),
        Request("embedded cloud", "POST", "/?Action=ListTopics", aws(f"{COGNITO}.InitiateAuth"), "{}"),
        Request("embedded cloud", "POST", "/", text, "Action=ListTopics&Version=2010-03-31"),
        Request("embedded cloud", "GET", "/?Action=ListTopics&Version=2010-03-31"),
        Request("embedded cloud", "GET", "/_ministack/health"),
        Request("embedded cloud", "POST", "/_ministack/reset"),
        Request("embedded cloud", "PUT", "/a-bucket"),
        Request("embedded cloud", "HEAD", "/"),
        Request("embedded cloud", "GET", "/_aws/execute-api/x/y", UPGRADE),
    ]


def foreign(address: str) -> dict[str, dict[str, str]]:
    """Returns the headers with which a browser marks requests of foreign pages to this address."""
    port = address.rpartition(":")[2]
    rebound = f"evil.example:{port}"
    return {
        "another site": {"origin": FOREIGN, "sec-fetch-site": "cross-site"},
        "another site, in an old browser": {"origin": FOREIGN},
        "another site at our port": {"origin": f"http://{rebound}"},
        "no origin of its own": {"origin": "null"},
        "a file": {"origin": "file://"},
        "an extension": {"origin": "chrome-extension://abcdefghijklmnop"},
        "a name that begins as ours": {"origin": f"http://127.0.0.1.evil.example:{port}"},
        "a name that ends as ours": {"origin": f"http://evil-localhost:{port}"},
        "a user called as we are": {"origin": f"http://localhost:{port}@evil.example"},
        "two origins": {"origin": f"http://localhost:{port}, {FOREIGN}"},
        "an image or a script": {
            "sec-fetch-site": "cross-site",
            "sec-fetch-mode": "no-cors",
            "sec-fetch-dest": "image",
        },
        "a frame": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        "a rebound name": {"host": rebound, "origin": f"http://{rebound}", "sec-fetch-site": "same-origin"},
        "a rebound name, without origin": {"host": rebound, "sec-fetch-site": "same-origin"},
        "a rebound name, in an old browser": {"host": rebound},
        "a name that resolves to this machine": {"host": f"127.0.0.1.nip.io:{port}"},
        "half an address": {"host": "[::1"},
    }


LOCAL = ("http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:5173", "https://localhost:8443")


class Doors:
    """The stack's ports. The class sends requests byte for byte as a browser does."""

    def __init__(self, stack: StackDescription) -> None:
        self._trusted = stack.certificate_authority
        self.urls = dict(zip(DOORS, (stack.aws_endpoint_url, stack.graphql_url, stack.tls_graphql_url), strict=True))

    def address(self, door: str) -> str:
        return urlsplit(self.urls[door]).netloc

    def status(self, request: Request, said: Mapping[str, str]) -> tuple[int, http.client.HTTPMessage]:
        url = urlsplit(self.urls[request.door])
        connection = (
            http.client.HTTPSConnection(
                url.netloc, timeout=PATIENCE, context=ssl.create_default_context(cafile=self._trusted)
            )
            if url.scheme == "https"
            else http.client.HTTPConnection(url.netloc, timeout=PATIENCE)
        )
        headers = {"host": url.netloc, **request.headers, **said}
        try:
            connection.request(request.method, request.path, request.body.encode() or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers
        finally:
            connection.close()


@pytest.fixture
def doors(stack: StackDescription) -> Doors:
    return Doors(stack)


def test_a_page_from_elsewhere_gets_nothing_at_any_door(doors: Doors, api: Api, record_property: Any) -> None:
    requests = [*for_frontends(api.stack), *for_nobody_else(api.stack)]
    tried: dict[str, int] = dict.fromkeys(DOORS, 0)
    let_through = []
    for request in requests:
        for who, said in foreign(doors.address(request.door)).items():
            status, headers = doors.status(request, said)
            tried[request.door] += 1
            if status != 403 or "access-control-allow-origin" in headers:
                let_through.append((str(request), who, status))

    assert let_through == []
    record_property("cases", sum(tried.values()))
    figures.append(f"pages from elsewhere: {tried} requests tried, let through {len(let_through)}")


def test_a_page_of_another_local_port_has_the_api_and_the_user_pool(
    doors: Doors, api: Api, record_property: Any
) -> None:
    refused = []
    requests = for_frontends(api.stack)
    for request in requests:
        for origin in LOCAL:
            status, headers = doors.status(request, {"origin": origin, "sec-fetch-site": "cross-site"})
            readable = status == 101 or headers["access-control-allow-origin"] in ("*", origin)
            if status not in (101, 200) or not readable:
                refused.append((str(request), origin, status))

    assert refused == []
    record_property("cases", len(requests) * len(LOCAL))
    figures.append(f"local frontends: {len(requests) * len(LOCAL)} requests tried, let through all")


def test_a_page_of_another_local_port_has_nothing_else(doors: Doors, api: Api, record_property: Any) -> None:
    requests = for_nobody_else(api.stack)
    let_through = [
        (str(request), origin)
        for request in requests
        for origin in LOCAL
        if doors.status(request, {"origin": origin, "sec-fetch-site": "same-site"})[0] != 403
    ]

    assert let_through == []
    record_property("cases", len(requests) * len(LOCAL))
    figures.append(f"local frontends elsewhere: {len(requests) * len(LOCAL)} requests tried, let through 0")


OWN: list[Any] = [
    pytest.param("GET", "/", {"sec-fetch-site": "none"}, id="typed by the person"),
    pytest.param("GET", "/config.json", {"sec-fetch-site": "same-origin"}, id="the page's own configuration"),
    pytest.param("POST", "/_reload", {"origin": "SELF", "sec-fetch-site": "same-origin"}, id="the page's own call"),
    pytest.param("POST", "/_reload", {}, id="a program"),
    pytest.param(
        "GET",
        "/",
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        id="a link",
    ),
]


@pytest.mark.parametrize("door", ["gateway", "TLS port"])
@pytest.mark.parametrize(("method", "path", "said"), OWN)
def test_the_person_programs_and_the_gateways_own_pages_have_the_gateway(
    doors: Doors, door: str, method: str, path: str, said: dict[str, str]
) -> None:
    url = urlsplit(doors.urls[door])
    own = {name: f"{url.scheme}://{url.netloc}" if value == "SELF" else value for name, value in said.items()}

    assert doors.status(Request(door, method, path), own)[0] == 200


def sign_in() -> Request:
    """Returns a request that needs no credentials, and that the user pool refuses with 400."""
    return Request("embedded cloud", "POST", "/", aws(f"{COGNITO}.InitiateAuth"), "{}")


def test_a_browser_that_tells_no_site_is_no_program(doors: Doors) -> None:
    image = Request("embedded cloud", "GET", "/?Action=ListTopics&Version=2010-03-31")

    assert doors.status(image, {"user-agent": "Mozilla/5.0 (Macintosh) Version/15.0 Safari/605.1.15"})[0] == 403
    assert doors.status(sign_in(), {"user-agent": "Mozilla/5.0 (Macintosh) Version/15.0 Safari/605.1.15"})[0] == 403
    assert doors.status(sign_in(), {"user-agent": "Boto3/1.43"})[0] == 400


def test_the_embedded_cloud_answers_to_its_own_port_alone(doors: Doors) -> None:
    assert doors.status(sign_in(), {"host": doors.address("gateway")})[0] == 403
    assert doors.status(sign_in(), {})[0] == 400


def test_the_gateway_answers_to_every_port_that_is_forwarded_to_it(doors: Doors) -> None:
    assert doors.status(Request("gateway", "GET", "/health"), {"host": "localhost:5173"})[0] == 200


@pytest.mark.parametrize("door", ["gateway", "TLS port"])
def test_pages_cannot_be_embedded_and_run_their_own_scripts_only(doors: Doors, door: str) -> None:
    policies = {}
    for path in ("/", "/index.html", "/config.json", "/board/"):
        headers = doors.status(Request(door, "GET", path), {})[1]
        policies[path] = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert headers["cross-origin-resource-policy"] == "same-origin"

    assert {policy["frame-ancestors"] for policy in policies.values()} == {"'none'"}
    for policy in policies.values():
        assert "unsafe" not in policy["script-src"]
        assert policy["default-src"] == "'self'"
