"""HTTP data sources send the requests of APPSYNC_JS to their endpoint, and only there.

AppSync Developer Guide, "JavaScript resolver function reference for HTTP" and "HTTP resolver tutorials (JavaScript)".
"""

import json
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from appsync_offline.back_ends.http_endpoints import HttpEndpoints
from appsync_offline.back_ends.requests import DataSourceFailed
from appsync_offline.cloud_formation.reader import CloudFormationTemplates
from appsync_offline.control_plane.deployed_api import DataSource, Signing
from appsync_offline.control_plane.endpoints import with_endpoints
from appsync_offline.control_plane.reader import CannotRead
from appsync_offline.testing.apis import BY_API_KEY, a_gateway, an_api, ask, coded

SDL = "type Query { user(id: ID!): String }"
GET_USER = """return {
  method: 'GET',
  resourcePath: `/v1/users/${ctx.args.id}`,
  params: { headers: { 'Content-Type': 'application/json', 'X-Who': 'me' }, query: { page: '1', deep: 'a b&c' } },
}"""

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Api": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": {"Name": "users", "AuthenticationType": "API_KEY"},
        },
        "Schema": {
            "Type": "AWS::AppSync::GraphQLSchema",
            "Properties": {"ApiId": {"Fn::GetAtt": ["Api", "ApiId"]}, "Definition": SDL},
        },
        "Users": {
            "Type": "AWS::AppSync::DataSource",
            "Properties": {
                "ApiId": {"Fn::GetAtt": ["Api", "ApiId"]},
                "Name": "Users",
                "Type": "HTTP",
                "HttpConfig": {"Endpoint": "https://users.example"},
            },
        },
        "Steps": {
            "Type": "AWS::AppSync::DataSource",
            "Properties": {
                "ApiId": {"Fn::GetAtt": ["Api", "ApiId"]},
                "Name": "Steps",
                "Type": "HTTP",
                "HttpConfig": {
                    "Endpoint": {"Fn::Sub": "https://states.${AWS::Region}.amazonaws.com/"},
                    "AuthorizationConfig": {
                        "AuthorizationType": "AWS_IAM",
                        "AwsIamConfig": {"SigningRegion": {"Ref": "AWS::Region"}, "SigningServiceName": "states"},
                    },
                },
            },
        },
    }
}


class Service:
    """An HTTP server that answers with what it received."""

    def __init__(self) -> None:
        service = self
        self.requests: list[dict[str, Any]] = []
        self.status, self.headers, self.body = 200, {"Content-Type": "application/json"}, b""

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                received = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": content}
                service.requests.append(received)
                body = service.body or json.dumps(received).encode()
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815 - the base class names the methods

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's parameter name
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.source = DataSource("Users", "HTTP", endpoint=f"http://127.0.0.1:{self.port}")
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


@pytest.fixture
async def endpoints() -> AsyncIterator[HttpEndpoints]:
    async with HttpEndpoints() as endpoints:
        yield endpoints


def get(path: str = "/", **params: Any) -> dict[str, Any]:
    return {"method": "GET", "resourcePath": path, "params": params}


async def test_a_resolver_gets_status_headers_and_body(service: Service, endpoints: HttpEndpoints) -> None:
    respond = "return `${ctx.result.statusCode} ${ctx.result.headers['Content-Type']} ${ctx.result.body}`"
    resolver = coded("Query.user", source="Users", request=GET_USER, response=respond)
    api = replace(an_api(SDL, resolver), data_sources={"Users": service.source})
    service.status, service.body = 201, b'{"name": "Emma"}'

    gateway = a_gateway(api, back_ends={"HTTP": endpoints.run})
    answer = await gateway.answer('{ user(id: "7") }', {}, None, BY_API_KEY, {})

    assert answer == {"data": {"user": '201 application/json {"name": "Emma"}'}}
    (request,) = service.requests
    assert (request["method"], request["path"]) == ("GET", "/v1/users/7?page=1&deep=a+b%26c")
    assert request["headers"]["X-Who"] == "me"
    assert "User-Agent" not in request["headers"]


async def test_a_body_is_a_text_or_becomes_json(service: Service, endpoints: HttpEndpoints) -> None:
    for body in ("text", {"name": "Emma"}, [1]):
        params = {"headers": {"Content-Type": "text/plain"}, "body": body} if body == "text" else {"body": body}
        await endpoints.run(service.source, {"method": "POST", "resourcePath": "/", "params": params})

    assert [request["body"] for request in service.requests] == ["text", '{"name": "Emma"}', "[1]"]
    types = [
        request["headers"]["Content-Type" if number == 0 else "content-type"]
        for number, request in enumerate(service.requests)
    ]
    assert types == ["text/plain", "application/json", "application/json"]


async def test_headers_that_appsync_sets_itself_are_left_out(service: Service, endpoints: HttpEndpoints) -> None:
    forbidden = {"Host": "elsewhere", "User-Agent": "me", "Content-Length": "7", "Transfer-Encoding": "chunked"}

    await endpoints.run(service.source, get(headers=forbidden))

    headers = service.requests[0]["headers"]
    assert headers["Host"] == f"127.0.0.1:{service.port}"
    assert not forbidden.keys() - {"Host"} & headers.keys()


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"resourcePath": "/"}, "The method"),
        ({"method": "TRACE", "resourcePath": "/"}, "The method"),
        ({"method": "GET"}, "The resourcePath"),
        ({"method": "GET", "resourcePath": "users"}, "The resourcePath"),
        ({"method": "GET", "resourcePath": "@evil.example/"}, "The resourcePath"),
        ({"method": "GET", "resourcePath": "/", "params": []}, None),
        ({"method": "GET", "resourcePath": "/", "params": "x"}, "The params"),
        (get(query={"a": ["1"]}), "a of the query"),
        (get(headers={"a": "1\r\nb: 2"}), "'a' is no header"),
        (get(headers={"a b": "1"}), "'a b' is no header"),
    ],
)
async def test_a_malformed_request_is_not_sent(
    service: Service, endpoints: HttpEndpoints, request_: dict[str, Any], why: str | None
) -> None:
    if why is None:  # an empty list is no parameter at all
        await endpoints.run(service.source, request_)
        return
    with pytest.raises(DataSourceFailed, match=why) as failed:
        await endpoints.run(service.source, request_)

    assert failed.value.error_type == "Code"
    assert service.requests == []


@pytest.mark.parametrize("path", ["//evil.example/", "/@evil.example", "/#fragment", "/a b/ü", "/%2e%2e/x", "/\\evil"])
async def test_no_path_leaves_the_endpoint(service: Service, endpoints: HttpEndpoints, path: str) -> None:
    await endpoints.run(service.source, get(path))

    assert service.requests[0]["headers"]["Host"] == f"127.0.0.1:{service.port}"


async def test_a_redirect_is_the_response(service: Service, endpoints: HttpEndpoints) -> None:
    service.status, service.headers = 302, {"Location": f"http://127.0.0.1:{service.port}/elsewhere"}

    result = await endpoints.run(service.source, get())

    assert (result["statusCode"], len(service.requests)) == (302, 1)


async def test_only_a_name_of_this_machine_leads_to_this_machine(
    service: Service, endpoints: HttpEndpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", service.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: here)

    with pytest.raises(DataSourceFailed, match="an address of this machine"):
        await endpoints.run(replace(service.source, endpoint=f"http://api.example:{service.port}"), get())
    result = await endpoints.run(replace(service.source, endpoint=f"http://users.localhost:{service.port}"), get())

    assert result["statusCode"] == 200
    assert len(service.requests) == 1


async def test_a_response_is_bounded(service: Service, endpoints: HttpEndpoints) -> None:
    service.body = b"x" * 5_000_001

    with pytest.raises(DataSourceFailed, match="exceeds 5000000 bytes"):
        await endpoints.run(service.source, get())


async def test_resolver_code_receives_why_an_endpoint_does_not_answer(endpoints: HttpEndpoints) -> None:
    resolver = coded(
        "Query.user", source="Users", request=GET_USER, response="return `${ctx.error.type}: ${ctx.error.message}`"
    )
    source = DataSource("Users", "HTTP", endpoint="http://127.0.0.1:1")
    gateway = a_gateway(
        replace(an_api(SDL, resolver), data_sources={"Users": source}), back_ends={"HTTP": endpoints.run}
    )

    answer = await gateway.answer('{ user(id: "7") }', {}, None, BY_API_KEY, {})

    assert answer["data"]["user"].startswith("HttpRequestException: http://127.0.0.1:1 does not answer")


async def test_a_content_type_that_appsync_does_not_list_is_logged(
    service: Service, endpoints: HttpEndpoints, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await endpoints.run(service.source, get(headers={"content-type": "application/vnd.api+json; charset=utf-8"}))
        assert not caplog.records
        await endpoints.run(service.source, get(headers={"content-type": "application/pdf"}))

    assert "application/pdf" in caplog.text


async def test_requests_of_aws_services_are_signed(service: Service, endpoints: HttpEndpoints) -> None:
    source = replace(service.source, signing=Signing("eu-west-1", "states"))

    await endpoints.run(source, {"method": "POST", "resourcePath": "/", "params": {"body": {"a": 1}}})

    authorization = service.requests[0]["headers"]["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256")
    assert "/eu-west-1/states/aws4_request" in authorization


async def test_an_error_type_is_a_text() -> None:
    resolver = coded("Query.user", response="util.appendError('no', 404)")

    (error,) = (await ask(an_api(SDL, resolver), '{ user(id: "7") }'))["errors"]

    assert error["errorType"] == "404"


class TestWhereDataSourcesAre:
    @pytest.fixture
    def api(self, tmp_path: Path) -> Any:
        file = tmp_path / "template.json"
        file.write_text(json.dumps(TEMPLATE))
        return CloudFormationTemplates(file, region="eu-west-1").read()

    def test_templates_name_endpoint_and_signature(self, api: Any) -> None:
        assert api.data_sources["Users"] == DataSource("Users", "HTTP", endpoint="https://users.example")
        assert api.data_sources["Steps"].endpoint == "https://states.eu-west-1.amazonaws.com/"
        assert api.data_sources["Steps"].signing == Signing("eu-west-1", "states")

    def test_services_of_aws_are_at_the_emulator_or_nowhere(self, api: Any) -> None:
        assert (
            with_endpoints(api, {}, "http://127.0.0.1:4566").data_sources["Steps"].endpoint == "http://127.0.0.1:4566"
        )
        assert "--http-endpoint Steps=URL" in with_endpoints(api, {}, None).data_sources["Steps"].missing

    def test_a_stand_in_replaces_an_endpoint(self, api: Any) -> None:
        located = with_endpoints(api, {"Users": "http://127.0.0.1:9000", "Steps": "http://127.0.0.1:9001"}, None)

        assert [source.endpoint for source in located.data_sources.values()] == [
            "http://127.0.0.1:9000",
            "http://127.0.0.1:9001",
        ]

    def test_an_unknown_name_is_refused(self, api: Any) -> None:
        with pytest.raises(CannotRead, match="Orders is no HTTP data source of users; it has Steps, Users"):
            with_endpoints(api, {"Orders": "http://127.0.0.1:9000"}, None)
