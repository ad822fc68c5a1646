"""Nonsense at every door: it is refused by a typed error, and nothing of anybody else comes out."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from appsync_offline.authentication.sigv4 import InvalidSignature, Signature
from appsync_offline.authentication.tokens import InvalidToken, TokenVerifier, claimed_issuer, token_in
from appsync_offline.control_plane.deployed_api import AuthMode, AuthProvider
from hypothesis import example, given, seed
from hypothesis import strategies as st

from adapters import page_token
from adapters.items import serialize
from adapters.task_items import task_item
from domain.errors import ValidationError
from domain.identifiers import UserId
from domain.lists import TaskQuery
from processor.consumer_handler import handler as consume
from processor.relay_handler import handler as relay
from tests.builders import a_created_task
from tests.integration.lambda_events import LambdaContext
from tests.trust.callers import PEOPLE, call
from tests.trust.cloud import Cloud, a_cloud
from tests.trust.nonsense import json_values, nasty
from tests.trust.scale import SEED, searched

REFUSALS = {"ValidationError", "TaskNotFound", "Unauthorized", "Conflict", "InvalidTransition"}
SECRET = "the secret of boris"
_CONTEXT: Any = LambdaContext()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Yields an account in which Boris has a task, for all examples of a test."""
    with a_cloud() as cloud:
        input_ = {"title": SECRET, "description": SECRET, "clientToken": "t"}
        call("Mutation.createTask", {"input": input_}, PEOPLE["boris"])
        yield cloud


FIELDS = st.sampled_from(
    [
        "Query.task",
        "Query.tasksByUser",
        "Query.taskChanges",
        "Query.taskEvents",
        "Query.taskStatistics",
        "Mutation.createTask",
        "Mutation.updateTask",
        "Mutation.startTask",
        "Mutation.completeTask",
        "Mutation.cancelTask",
        "Mutation.deleteTask",
    ]
)


def arguments_of(field: str, text: str, more: dict[str, Any]) -> dict[str, Any]:
    """Arguments that the schema lets through: texts, whole numbers and enums are of their types."""
    if field == "Query.tasksByUser":
        return {"userId": text} | {name: more[name] for name in ("limit", "nextToken", "status")}
    if field == "Query.taskChanges":
        return {"userId": text, "since": more["nextToken"], "limit": more["limit"]}
    if field == "Query.taskEvents":
        return {"userId": text} | {name: more[name] for name in ("limit", "nextToken")}
    if field == "Query.taskStatistics":
        return {"userId": text}
    if field == "Mutation.createTask":
        return {"input": {"userId": text} | {name: more[name] for name in ("title", "description", "clientToken")}}
    if field == "Mutation.updateTask":
        return {"input": {"id": text} | {name: more[name] for name in ("title", "description", "expectedVersion")}}
    return {"id": text}


int32 = st.integers(-(2**31), 2**31 - 1)
more_arguments = st.fixed_dictionaries(
    {
        "limit": st.none() | int32,
        "nextToken": st.none() | nasty,
        "status": st.none() | st.sampled_from(["PENDING", "COMPLETED"]),
        "title": nasty,
        "description": st.none() | nasty,
        "clientToken": st.none() | nasty,
        "expectedVersion": st.none() | int32,
    }
)


@seed(SEED)
@searched(150, 5000)
@given(field=FIELDS, text=nasty, more=more_arguments)
def test_any_argument_is_answered_or_refused_and_shows_nothing_of_another_user(
    cloud: Cloud, field: str, text: str, more: dict[str, Any]
) -> None:
    answer = call(field, arguments_of(field, text, more), PEOPLE["anna"])

    assert "data" in answer or answer["error"]["type"] in REFUSALS, answer
    assert SECRET not in json.dumps(answer)
    stored = cloud.tasks().values()
    assert {item["UserId"] for item in stored} <= {"anna", "boris"}
    assert [(item["Title"], item["Version"]) for item in stored if item["UserId"] == "boris"] == [(SECRET, 1)]


tokens = nasty | st.binary().map(lambda raw: urlsafe_b64encode(raw).decode())
tokens |= json_values.map(lambda value: urlsafe_b64encode(json.dumps(value).encode()).decode())


@seed(SEED)
@searched(300, 20_000)
@given(token=tokens)
@example(token=urlsafe_b64encode(b"[" * 370).decode())
def test_a_token_that_was_never_issued_is_a_validation_error(token: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        page_token.read(TaskQuery(UserId("anna")), token)

    assert refusal.value.info["field"] == "nextToken"


# The checksum has no secret: whoever asks for a list may forge any position in it.
moments = st.datetimes(timezones=st.none() | st.timezones() | st.just(timezone(timedelta(hours=23, minutes=59))))
positions = st.tuples(moments.map(datetime.isoformat) | nasty, st.just("task-1") | nasty)


@seed(SEED)
@searched(100, 3000)
@given(position=positions)
@example(position=("0001-01-01T00:00:00.000+23:59", "task-1"))
@example(position=("9999-12-31T23:59:59.999-23:59", "task-1"))
def test_a_token_that_is_forged_with_its_checksum_is_answered_or_refused(
    cloud: Cloud, position: tuple[str, str]
) -> None:
    query = TaskQuery(UserId("anna"))
    token = urlsafe_b64encode(json.dumps([*position, page_token._checksum(query, position)]).encode()).decode()

    answer = call("Query.tasksByUser", {"userId": "anna", "nextToken": token}, PEOPLE["anna"])

    assert "data" in answer or answer["error"]["info"]["field"] == "nextToken", answer


def record(body: str) -> dict[str, Any]:
    return {
        "messageId": "1",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
        "awsRegion": "us-east-1",
    }


messages = st.fixed_dictionaries(
    {"eventType": st.sampled_from(["TaskCreated", "TaskStatusChanged", "TaskDeleted"]) | nasty},
    optional={
        "eventId": json_values,
        "timestamp": json_values,
        "data": json_values | st.fixed_dictionaries({"task": json_values}),
        "correlationId": json_values,
    },
)


@seed(SEED)
@searched(150, 5000)
@given(body=nasty | (json_values | messages).map(json.dumps))
@example(body="[" * 100_000)
def test_any_message_fails_alone_or_is_dropped(cloud: Cloud, body: str) -> None:
    answer = consume({"Records": [record(body)]}, _CONTEXT)

    assert answer["batchItemFailures"] in ([], [{"itemIdentifier": "1"}])
    assert [(item["Title"], item["Version"]) for item in cloud.items()] == [(SECRET, 1)]


GOOD = serialize(task_item(a_created_task(), write_id="w", correlation_id=None))
attributes = st.fixed_dictionaries({"S": nasty}) | st.fixed_dictionaries({"N": st.integers().map(str)})
attributes |= st.sampled_from([{"NULL": True}, {"BOOL": True}, {"L": [{"S": "TaskPraised"}]}, {"M": {}}, {}, {"X": ""}])


@seed(SEED)
@searched(150, 5000)
@given(changed=st.dictionaries(st.sampled_from(sorted(GOOD)), attributes, min_size=1))
@example(changed={"Title": {"S": "\ud800"}})
@example(changed={"Description": {"S": "half a character \udfff"}})
def test_any_record_is_relayed_or_stops_the_relay_there(cloud: Cloud, changed: dict[str, dict[str, object]]) -> None:
    image = {"dynamodb": {"SequenceNumber": "7", "NewImage": GOOD | changed}}

    answer = relay({"Records": [image]}, _CONTEXT)

    assert answer["batchItemFailures"] in ([], [{"itemIdentifier": "7"}])


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Yields an event loop for all examples of a test."""
    with asyncio.Runner() as runner:
        yield runner


segments = st.binary(max_size=20).map(lambda raw: urlsafe_b64encode(raw).decode().rstrip("="))
segments |= json_values.map(lambda value: urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("="))
headers = st.fixed_dictionaries(
    {"alg": st.sampled_from(["none", "HS256", "RS256", "ES256", ""]) | json_values}, optional={"kid": json_values}
)
segments |= headers.map(lambda value: urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("="))
jwts = st.tuples(segments, segments, segments).map(".".join)


@seed(SEED)
@searched(300, 20_000)
@given(authorization=nasty | jwts | jwts.map("Bearer {}".format))
def test_any_token_proves_nothing_and_says_so(runner: asyncio.Runner, authorization: str) -> None:
    issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
    pool = AuthProvider(AuthMode.COGNITO, user_pool_id="us-east-1_pool", user_pool_region="us-east-1")
    verifier = TokenVerifier(pool, issuer=issuer, keys_url="http://127.0.0.1:9/jwks.json")
    token = token_in(authorization)
    if token is None:
        return

    with suppress(InvalidToken):
        assert isinstance(claimed_issuer(token), str)
    with pytest.raises(InvalidToken):
        runner.run(verifier.claims(token))


form = "AWS4-HMAC-SHA256 Credential={}/{}/{}/{}/aws4_request, SignedHeaders={}, Signature={}"
words = st.sampled_from(["AKID", "20261124", "us-east-1", "appsync", "host;x-amz-date", "0" * 64]) | nasty
signatures = st.tuples(*[words] * 6).map(lambda parts: form.format(*parts))
good_signatures = st.tuples(st.just("host") | st.lists(nasty.map(str.lower)).map(";".join)).map(
    lambda parts: form.format("AKID", "20261124", "us-east-1", "appsync", parts[0], "0" * 64)
)


hosts = st.sampled_from(["[::1", "[::1]", "127.0.0.1:99999999", "a]b", "localhost:-1", "::1", ""]) | nasty
hosts = hosts.map(lambda host: host.encode(errors="replace").decode())  # as both doors give it
dates = st.datetimes().map("{:%Y%m%dT%H%M%SZ}".format) | st.just("20261124T000000Z") | nasty


@seed(SEED)
@searched(300, 10_000)
@given(
    host=hosts,
    date=dates,
    names=st.lists(st.sampled_from(["host", "x-amz-date", "x-amz-content-sha256"])),
    hashed=nasty,
)
@example(host="[::1", date="20261124T000000Z", names=["host"], hashed="UNSIGNED-PAYLOAD")
def test_any_host_date_and_hash_of_a_signature_is_refused(host: str, date: str, names: list[str], hashed: str) -> None:
    sent = {"host": host, "x-amz-date": date, "x-amz-content-sha256": hashed.encode(errors="replace").decode()}
    signature = Signature("AKID", date[:8], "us-east-1", "appsync", tuple(names), "0" * 64)
    at = datetime(2026, 11, 24, tzinfo=UTC)

    with pytest.raises(InvalidSignature):
        signature.verify("s", region="us-east-1", path="/graphql", headers=sent, body=b"{}", now=at)


@seed(SEED)
@searched(300, 20_000)
@given(header=nasty | signatures | good_signatures, sent=st.dictionaries(nasty.map(str.lower), nasty), body=st.binary())
def test_any_signature_proves_nothing_and_says_so(header: str, sent: dict[str, str], body: bytes) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    sent = {"host": "127.0.0.1:4000", "x-amz-date": "20261124T000000Z"} | sent

    with pytest.raises(InvalidSignature):
        Signature.parse(header).verify("s", region="us-east-1", path="/graphql", headers=sent, body=body, now=at)
