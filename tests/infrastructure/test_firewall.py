"""The web ACL allows every valid task, both as a client sends it and as the event processor publishes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from adapters.appsync_live_updates import AppSyncLiveUpdates, connections
from cdk.rule_groups import BAD_INPUTS, COMMON_RULES, IP_REPUTATION
from cdk.stages import STAGES
from domain.details import TaskDetails
from domain.identifiers import UserId
from domain.task import Task
from tests.builders import NOON, an_id, changes_of, later
from tests.infrastructure.conftest import Synthesized
from tests.infrastructure.firewall_rules import Request, blocking, counted

TITLE, DESCRIPTION, TOKEN, USER = 200, 1000, 128, 128  # characters; the limits of the schema and the domain
SCRIPTS = {
    "ASCII": "a",
    "German": "ß",
    "Japanese": "字",
    "emoji": "😀",
    "text that looks like an attack": "<script>../../etc/passwd http://169.254.169.254/ ",
}
CREATE = """mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) { id userId title description status createdAt updatedAt completedAt version }
}"""


@pytest.fixture(params=STAGES)
def rules(request: pytest.FixtureRequest, synthesized: Callable[[str], Synthesized]) -> Any:
    return synthesized(f"{request.param}-Operations").the("AWS::WAFv2::WebACL")["Rules"]


@pytest.fixture(params=SCRIPTS)
def text(request: pytest.FixtureRequest) -> Callable[[int], str]:
    return lambda length: (SCRIPTS[request.param] * length)[:length]


def a_request(body: bytes, **headers: str) -> Request:
    defaults = {"content-type": "application/json", "content-length": str(len(body)), "user-agent": "a client"}
    return Request(defaults | {name.replace("_", "-"): value for name, value in headers.items()}, body)


def from_a_client(text: Callable[[int], str], *, is_escaped: bool = True) -> Request:
    task = {
        "userId": "u" * USER,
        "title": text(TITLE),
        "description": text(DESCRIPTION),
        "clientToken": "t" * TOKEN,
    }
    body = json.dumps({"query": CREATE, "variables": {"input": task}}, ensure_ascii=is_escaped).encode()
    return a_request(body, authorization="eyJraWQiOiJ…")


def from_the_processor(text: Callable[[int], str], monkeypatch: pytest.MonkeyPatch) -> Request:
    import tests.integration.conftest  # noqa: F401 - it sets the environment that the adapter reads

    sent: list[tuple[bytes, dict[str, str]]] = []

    def answer(
        _pool: object, _method: str, _url: str, body: bytes, headers: dict[str, str], retries: urllib3.Retry
    ) -> urllib3.HTTPResponse:
        assert retries.total == 2
        sent.append((body, headers))
        return urllib3.HTTPResponse(b'{"data": {}}', status=200)

    monkeypatch.setattr(urllib3.PoolManager, "request", answer)
    details = TaskDetails(title=text(TITLE), description=text(DESCRIPTION))
    task = Task.create(task_id=an_id(), user_id=UserId("u" * USER), details=details, at=NOON)
    task.complete(later())
    live_updates = AppSyncLiveUpdates("https://api.example.com/graphql", connections(1))
    for change in changes_of(task):
        live_updates.publish(change, None)
    body, headers = max(sent, key=lambda request: len(request[0]))
    return a_request(body, **{name.lower().replace("-", "_"): value for name, value in headers.items()})


@pytest.mark.parametrize("is_escaped", [True, False], ids=["escaped", "UTF-8"])
def test_the_largest_valid_task_of_a_client_passes(rules: Any, text: Callable[[int], str], is_escaped: bool) -> None:
    assert blocking(rules, from_a_client(text, is_escaped=is_escaped)) == []


def test_the_largest_live_update_of_the_processor_passes(
    rules: Any, text: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert blocking(rules, from_the_processor(text, monkeypatch)) == []


def test_the_processor_is_counted_by_the_rate_of_signed_requests_alone(
    rules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = from_the_processor(lambda length: "a" * length, monkeypatch)

    assert published.headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert [counted(rules, name, published) for name in ("RatePerAddress", "RatePerCaller")] == [None, None]
    assert counted(rules, "RateOfSigned", published) == "the address"


@pytest.mark.parametrize("header", ["AWS4-HMAC-SHA256 x", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0"])
def test_the_start_of_a_signature_without_credentials_leaves_no_rate(rules: Any, header: str) -> None:
    request = a_request(b"{}", authorization=header)

    assert counted(rules, "RatePerAddress", request) == "the address"
    assert counted(rules, "RateOfSigned", request) is None


def test_spellings_of_one_token_are_one_caller(rules: Any) -> None:
    spellings = ["Bearer ey.A.b", "bearer ey.A.b", "Bearer  ey.A.b", "BEARER \t ey.A.b"]

    assert {counted(rules, "RatePerCaller", a_request(b"{}", authorization=spelling)) for spelling in spellings} == {
        "bearer ey.a.b"
    }


@pytest.mark.parametrize(
    "request_",
    [
        Request({"content-type": "application/json", "user-agent": "curl/8", "transfer-encoding": "chunked"}, b"{}"),
        Request({"upgrade": "websocket", "sec-websocket-protocol": "graphql-ws"}, b""),  # the package `ws`
        Request({"upgrade": "websocket", "user-agent": "aws-amplify/6", "sec-websocket-protocol": "graphql-ws"}, b""),
        Request({"user-agent": "gql", "x-api-key": "da2-a", "content-length": "2"}, b"{}"),
    ],
    ids=["a body without a length", "a subscription of ws", "a subscription of Amplify", "an API key"],
)
def test_requests_of_every_documented_client_pass(rules: Any, request_: Request) -> None:
    assert blocking(rules, request_) == []


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_blocked_or_counted_is_logged_without_what_identifies_a_caller(
    synthesized: Callable[[str], Synthesized], stage: str
) -> None:
    logging = synthesized(f"{stage}-Operations").the("AWS::WAFv2::LoggingConfiguration")

    redacted = {field["SingleHeader"]["Name"] for field in logging["RedactedFields"] if "SingleHeader" in field}
    assert {"authorization", "x-api-key", "sec-websocket-protocol"} <= redacted
    assert {"QueryString": {}} in logging["RedactedFields"], "a WebSocket's URL holds a token"
    assert f"aws-waf-logs-tasks-{stage}" in json.dumps(logging["LogDestinationConfigs"])
    (log_filter,) = logging["LoggingFilter"]["Filters"]
    assert [condition["ActionCondition"]["Action"] for condition in log_filter["Conditions"]] == ["BLOCK", "COUNT"]


def test_new_rule_groups_count_before_they_block(rules: Any) -> None:
    groups = {rule["Name"]: rule["OverrideAction"] for rule in rules if "OverrideAction" in rule}

    assert groups == {
        "CommonRules": {"None": {}},
        "KnownBadInputsRuleSet": {"Count": {}},
        "AmazonIpReputationList": {"Count": {}},
    }


def test_rule_groups_with_versions_are_pinned(rules: Any) -> None:
    groups = [rule["Statement"].get("ManagedRuleGroupStatement", {}) for rule in rules]

    assert {group["Name"]: group.get("Version") for group in groups if group} == {
        COMMON_RULES: "Version_1.2",
        BAD_INPUTS: "Version_3.4",
        IP_REPUTATION: None,
    }


def test_a_client_is_counted_by_its_address_and_by_its_credentials(rules: Any) -> None:
    request = a_request(b"{}", authorization="a token")

    assert counted(rules, "RatePerAddress", request) == "the address"
    assert counted(rules, "RatePerCaller", request) == "a token"
    assert counted(rules, "RatePerCaller", a_request(b"{}", x_api_key="da2-a")) is None


def test_a_body_that_holds_no_valid_operation_is_blocked(rules: Any) -> None:
    assert blocking(rules, a_request(b"x" * 100_000)) == ["BodySize"]
