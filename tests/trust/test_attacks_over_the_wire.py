"""Forged credentials and giant operations gain nothing at the endpoints, and nobody receives others' updates."""

from __future__ import annotations

import json
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import botocore.auth
import jwt
import pytest
import pytest_asyncio
from appsync_offline.testing.apis import API_KEY
from appsync_offline.testing.identity_provider import POOL_ISSUER, IdentityProvider
from appsync_offline.testing.serving import KEY
from appsync_offline.text.one_line import OneLine
from cryptography.hazmat.primitives.asymmetric import rsa

from cdk.stages import stage_named
from resolvers import telemetry
from tests.trust.callers import PEOPLE, call
from tests.trust.cloud import Cloud, a_cloud
from tests.trust.product import CLIENT, Product, a_product

SECRET = "the most private plan"
TASK = "query($id: ID!) { task(id: $id) { title } }"
LIST = 'query { tasksByUser(userId: "boris") { items { title } } }'
CHANGED = "subscription($user: ID) { onTaskChanged(userId: $user) { task { title } } }"
COMPLETED = "subscription($user: ID) { onTaskCompleted(userId: $user) { title } }"
SNAPSHOT = {
    "id": "task-1",
    "userId": "boris",
    "title": SECRET,
    "description": "",
    "status": "COMPLETED",
    "version": 2,
    **dict.fromkeys(("createdAt", "updatedAt", "completedAt"), "2026-11-24T00:00:00.000Z"),
}
PUBLISH: dict[str, tuple[str, dict[str, Any]]] = {
    "publishTaskChange": (
        "mutation($change: TaskChangeInput!) { publishTaskChange(change: $change) { event task { title userId } } }",
        {"change": {"event": "COMPLETED", "task": SNAPSHOT}},
    ),
    "publishTaskCompleted": (
        "mutation($task: TaskSnapshotInput!) { publishTaskCompleted(task: $task) { title userId } }",
        {"task": SNAPSHOT},
    ),
}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with a_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def issuer() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    yield provider
    provider.close()


@pytest_asyncio.fixture
async def product(cloud: Cloud, issuer: IdentityProvider) -> AsyncIterator[Product]:
    async with a_product(issuer) as product:
        yield product


@pytest_asyncio.fixture
async def production(cloud: Cloud, issuer: IdentityProvider) -> AsyncIterator[Product]:
    async with a_product(issuer, "production") as product:
        yield product


def private_task() -> str:
    """Returns the id of a task of boris."""
    answer = call("Mutation.createTask", {"input": {"title": SECRET, "description": SECRET}}, PEOPLE["boris"])
    return str(answer["data"]["id"])


def part(**content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def altered(product: Product, **claims: Any) -> str:
    """Returns a token of anna with other claims under its old signature."""
    head, body, signature = product.token("anna").split(".")
    content = jwt.decode(f"{head}.{body}.{signature}", options={"verify_signature": False})
    return f"{head}.{part(**content | claims)}.{signature}"


def self_signed(product: Product, **header: Any) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(product.token("boris"), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1"} | header)


def with_public_key_as_secret(product: Product) -> str:
    claims = jwt.decode(product.token("boris"), options={"verify_signature": False})
    return jwt.encode(claims, product.issuer.keys["keys"][0]["n"], algorithm="HS256", headers={"kid": "1"})


def unsigned(product: Product, algorithm: str) -> str:
    return f"{part(alg=algorithm, kid='1')}.{product.token('boris').split('.')[1]}."


FORGED: dict[str, Callable[[Product], str]] = {
    "of another user, signature of one's own": lambda product: altered(product, sub="boris"),
    "made admin, signature of one's own": lambda product: altered(product, **{"cognito:groups": ["admins"]}),
    "signed by one's own key": self_signed,
    "that names where to fetch its key": lambda product: self_signed(product, jku="http://127.0.0.1:9/keys"),
    "that brings its key": lambda product: self_signed(product, jwk=product.issuer.keys["keys"][0]),
    "with a key id that is a path": lambda product: self_signed(product, kid="../../dev/null"),
    "signed with the public key as a secret": with_public_key_as_secret,
    "alg none": lambda product: unsigned(product, "none"),
    "alg nOnE": lambda product: unsigned(product, "nOnE"),
    "expired": lambda product: product.token("boris", exp=int(time.time()) - 1),
    "without an expiry": lambda product: product.token("boris", exp=None),
    "of another pool": lambda product: product.token("boris", iss=POOL_ISSUER + "2"),
    "of another issuer": lambda product: product.token("boris", iss="https://elsewhere.example.com"),
    "of another client": lambda product: product.token("boris", client_id="other"),
    "of a client whose name begins alike": lambda product: product.token("boris", client_id=CLIENT + "2"),
    "an ID token of another client": lambda product: product.token(
        "boris", token_use="id", client_id=None, aud="other"
    ),
    "a refresh token": lambda product: product.token("boris", token_use="refresh"),
    "of nobody": lambda product: product.issuer.pool_token(sub=None),
}


def signature_of_other_body(product: Product) -> dict[str, str]:
    return product.signed(b"{}")


STOLEN: dict[str, Callable[[Product], dict[str, str]]] = {
    "no credentials": lambda _: {},
    "a guessed API key": lambda _: {"x-api-key": API_KEY[:-1] + "b"},
    "a signature over another body": signature_of_other_body,
    "a signature by a guessed secret": lambda product: product.signed(b"{}", secret="guess"),
}
CREDENTIALS: dict[str, Callable[[Product], dict[str, str]]] = {
    **{
        f"a token {name}": lambda product, forge=forge: {"authorization": forge(product)}  # type: ignore[misc]
        for name, forge in FORGED.items()
    },
    **STOLEN,
}


@pytest.mark.parametrize("name", CREDENTIALS)
async def test_forged_credentials_open_nothing(product: Product, name: str) -> None:
    private_task()
    headers = CREDENTIALS[name](product)

    status, answer = await product.post(headers, LIST)
    connection = await connect(product, headers)
    async with product.server.connected() as client:
        started = await client.start("1", CHANGED, authorization=headers)

    assert status in {401, 403}
    assert "data" not in answer
    assert connection["type"] == "connection_error"
    assert started["type"] == "error"
    assert product.resolver.payloads == []


async def connect(product: Product, headers: dict[str, str]) -> dict[str, Any]:
    """Returns the first message to a connection with these headers."""
    sent = {name: value for name, value in headers.items() if name != "content-type"}
    async with product.server.client(headers=sent) as client:
        await client.send(type="connection_init")
        return await client.next()


async def test_an_id_token_is_the_same_person_and_no_more(product: Product) -> None:
    foreign = private_task()
    id_token = product.token(
        "anna", token_use="id", client_id=None, aud=CLIENT, **{"cognito:username": "boris", "custom:sub": "boris"}
    )
    for token in (product.token("anna"), id_token):
        headers = {"authorization": token}
        own = await product.post(headers, 'mutation { createTask(input: { title: "mine" }) { userId } }')
        other = await product.post(headers, TASK, id=foreign)

        assert own == (200, {"data": {"createTask": {"userId": "anna"}}})
        assert other[1]["errors"][0]["errorType"] == "TaskNotFound"


async def test_a_stolen_signature_is_good_for_its_own_request_only(product: Product) -> None:
    create = 'mutation { createTask(input: { userId: "boris", title: "x", clientToken: "t" }) { id } }'
    body = json.dumps({"query": create}).encode()
    stolen = product.signed(body)

    once, again = await product.send(stolen, body), await product.send(stolen, body)
    other_body = await product.send(stolen, json.dumps({"query": LIST}).encode())
    unsigned_header = await product.send({**stolen, "host": "elsewhere"}, body)

    assert once[0] == again[0] == 200
    assert once[1] == again[1], "a repeated creation makes one task"
    assert other_body[0] == unsigned_header[0] == 403
    assert (await connect(product, stolen))["type"] == "connection_error"


@pytest.mark.parametrize("age", [6 * 60, -6 * 60], ids=["stale", "of the future"])
async def test_a_signature_of_another_time_is_refused(
    product: Product, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    body = json.dumps({"query": LIST}).encode()
    at = datetime.now(UTC) - timedelta(seconds=age)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: at)

    status, answer = await product.send(product.signed(body), body)

    assert (status, answer["errors"][0]["errorType"]) == (403, "InvalidSignatureException")


PEOPLE_WHO_ARE_NO_SERVICE: dict[str, Callable[[Product], dict[str, str]]] = {
    "the API key": lambda _: KEY,
    "a user": lambda product: {"authorization": product.token("anna")},
    "an admin": lambda product: {"authorization": product.token("ada", **{"cognito:groups": ["admins"]})},
}


@pytest.mark.parametrize("field", PUBLISH)
@pytest.mark.parametrize("who", PEOPLE_WHO_ARE_NO_SERVICE)
async def test_nobody_but_a_service_makes_an_update_up(product: Product, who: str, field: str) -> None:
    mutation, variables = PUBLISH[field]
    async with product.server.connected() as client:
        await client.start("1", CHANGED)
        await client.start("2", COMPLETED)
        _, answer = await product.post(PEOPLE_WHO_ARE_NO_SERVICE[who](product), mutation, **variables)
        await client.send(type="stop", id="1")
        frame = await client.next()

    assert answer["data"] == {field: None}
    assert answer["errors"][0]["errorType"] == "Unauthorized"
    assert frame == {"type": "complete", "id": "1"}, "no update came before it"


async def test_a_key_is_good_for_nothing_in_production(production: Product) -> None:
    status, answer = await production.post(KEY, LIST)

    assert (status, answer["errors"][0]["errorType"]) == (401, "UnauthorizedException")
    assert (await connect(production, KEY))["type"] == "connection_error"


OTHERS_UPDATES: list[Any] = [
    pytest.param(CHANGED, {"user": "boris"}, id="by argument"),
    pytest.param(COMPLETED, {"user": "boris"}, id="by argument, completions"),
    pytest.param('subscription { onTaskChanged(userId: "boris") { task { title } } }', {}, id="by literal"),
    pytest.param('subscription { x: onTaskChanged(userId: "boris") { task { title } } }', {}, id="by alias"),
    pytest.param(
        'subscription { ...on Subscription { onTaskChanged(userId: "boris") { task { title } } } }',
        {},
        id="by fragment",
    ),
    pytest.param(CHANGED, {"user": ["boris"]}, id="by list"),
    pytest.param(CHANGED, {"user": {"ne": "anna"}}, id="by a filter of one's own"),
    pytest.param(CHANGED, {"user": "boris\n"}, id="by a look-alike"),
]


@pytest.mark.parametrize(("query", "variables"), OTHERS_UPDATES)
async def test_a_user_does_not_subscribe_to_another_users_updates(
    product: Product, query: str, variables: dict[str, Any]
) -> None:
    authorization = {"host": "localhost", "authorization": product.token("anna")}
    async with product.server.connected(headers=authorization) as client:
        answer = await client.start("1", query, variables, authorization)

        assert answer["type"] == "error"
        assert len(product.server.gateway.subscriptions) == 0


@pytest.mark.parametrize("variables", [{}, {"user": None}, {"user": "anna"}, {"userId": "boris"}])
async def test_a_user_hears_of_no_update_of_another(product: Product, variables: dict[str, Any]) -> None:
    anna, boris = ({"host": "localhost", "authorization": product.token(name)} for name in ("anna", "boris"))
    mutation, arguments = PUBLISH["publishTaskChange"]
    body = json.dumps({"query": mutation, "variables": arguments}).encode()
    async with product.server.connected(headers=anna) as client, product.server.connected(headers=boris) as owner:
        await client.start("1", CHANGED, variables, anna)
        await owner.start("1", CHANGED, {}, boris)
        assert (await product.send(product.signed(body), body))[0] == 200
        await client.send(type="stop", id="1")

        assert SECRET in json.dumps(await owner.next())
        assert await client.next() == {"type": "complete", "id": "1"}, "no update came before it"


async def test_a_connection_of_one_user_is_no_way_to_subscribe_as_another(product: Product) -> None:
    authorization = {"host": "localhost", "authorization": product.token("anna")}
    async with product.server.connected(headers=authorization) as client:
        forged = {"host": "localhost", "authorization": altered(product, sub="boris")}
        answer = await client.start("1", CHANGED, {}, forged)

    assert answer["type"] == "error"
    assert answer["payload"]["errors"][0]["errorType"] == "UnauthorizedException"


DEEP = "query { __schema { types { " + "fields { type { " * 40 + "name" + " } }" * 40 + " } } }"
CYCLE = "query { __schema { ...A } } fragment A on __Schema { types { name } ...B } fragment B on __Schema { ...A }"
TOO_MUCH: dict[str, str] = {
    "deep": DEEP,
    "deeper than a parser goes": "query { " + "task { " * 5000 + "id" + " }" * 5000 + " }",
    "deep in a value": "query { task(id: " + "[" * 5000 + "]" * 5000 + ") { id } }",
    "a circle of fragments": CYCLE,
    "of 20,000 fields": "query { " + "__typename " * 20_000 + "}",
    "of 4,000 directives": "query { __typename " + "@skip(if: false) " * 4000 + "}",
    "of 2,000 operations": " ".join(f"query q{number} {{ __typename }}" for number in range(2000)),
    "of 3,000 variables": "query(" + " ".join(f"$v{number}: ID" for number in range(3000)) + ") { __typename }",
}


# These texts exceed the parser's bounds. AppSync answers 400 to a text that is not a document.
NO_DOCUMENTS = {"deeper than a parser goes", "deep in a value", "of 20,000 fields", "of 4,000 directives"}


@pytest.mark.parametrize("name", TOO_MUCH)
@pytest.mark.parametrize("stage", ["dev", "production"])
async def test_an_operation_that_is_too_much_is_refused_before_it_costs_anything(
    cloud: Cloud, issuer: IdentityProvider, name: str, stage: str
) -> None:
    async with a_product(issuer, stage) as product:
        status, answer = await product.post({"authorization": product.token("anna")}, TOO_MUCH[name])

        assert status == (400 if name in NO_DOCUMENTS else 200)
        assert answer.get("data") is None
        assert answer["errors"]
        assert product.resolver.payloads == []


async def test_of_a_thousand_aliases_as_many_are_resolved_as_the_limit_says(product: Product) -> None:
    headers = {"authorization": product.token("anna")}
    own = (await product.post(headers, 'mutation { createTask(input: { title: "x" }) { id } }'))[1]
    id_ = own["data"]["createTask"]["id"]
    product.resolver.payloads.clear()

    aliases = " ".join(f"a{number}: task(id: $id) {{ id }}" for number in range(1000))
    status, answer = await product.post(headers, f"query($id: ID!) {{ {aliases} }}", id=id_)

    assert status == 200
    limit = stage_named("dev").resolver_count_limit
    assert len(product.resolver.payloads) == limit
    assert sum(value is not None for value in answer["data"].values()) == limit
    assert {error["errorType"] for error in answer["errors"]} == {"LimitExceeded"}


HUGE: dict[str, Any] = {
    "a text": "x" * 900_000,
    "a list": ["x"] * 100_000,
    "a deep list": json.loads("[" * 400 + "]" * 400),
    "an object of many keys": {f"k{number}": number for number in range(50_000)},
    "a number": 10**4000,
}


@pytest.mark.parametrize("name", HUGE)
async def test_a_huge_variable_is_refused_by_a_typed_error(product: Product, cloud: Cloud, name: str) -> None:
    create = "mutation($title: String!) { createTask(input: { title: $title }) { id } }"
    status, answer = await product.post({"authorization": product.token("anna")}, create, title=HUGE[name])

    assert status == 200
    assert not any((answer["data"] or {}).values())
    assert len(json.dumps(answer)) < 10_000, "what was sent is not sent back"
    assert cloud.items() == []


async def test_a_body_beyond_the_limit_or_too_deep_is_refused(product: Product) -> None:
    headers = {"authorization": product.token("anna")}
    bodies = {"large": b'{"query": "' + b"x" * 2_000_000 + b'"}', "deep": b"[" * 200_000}

    statuses = {name: (await product.send(headers, body))[0] for name, body in bodies.items()}

    assert statuses == {"large": 413, "deep": 400}


INTROSPECTION = [
    "{ __schema { types { name } } }",
    '{ __type(name: "Task") { fields { name } } }',
    "{ a: __schema { queryType { name } } }",
    "query { ...on Query { __schema { types { name } } } }",
    "query { ...F } fragment F on Query { __schema { types { name } } }",
    'query A { __typename } query B { __type(name: "Task") { name } }',
    "mutation { __schema { types { name } } }",
    "mutation { __typename ...on Mutation { __schema { types { name } } } }",
]


@pytest.mark.parametrize("query", INTROSPECTION)
async def test_production_does_not_show_its_schema(production: Product, query: str) -> None:
    headers = {"authorization": production.token("anna")}
    body = json.dumps({"query": query, "operationName": "B" if "query B" in query else None}).encode()

    _, answer = await production.send(headers, body)

    assert answer["data"] is None
    assert "FieldUndefined" in json.dumps(answer)
    assert "createdAt" not in json.dumps(answer)


async def test_production_does_not_show_its_schema_over_the_websocket(production: Product) -> None:
    headers = {"host": "localhost", "authorization": production.token("anna")}
    async with production.server.connected(headers=headers) as client:
        answer = await client.start("1", "subscription { __schema { types { name } } }", {}, headers)

    assert answer["type"] == "error"
    assert "createdAt" not in json.dumps(answer)


async def test_a_misspelled_name_is_told_no_right_one(production: Product) -> None:
    headers = {"authorization": production.token("anna")}
    _, answer = await production.post(headers, '{ tasksByUsr(userID: "anna") { item { titel } } }')

    assert "Did you mean" not in json.dumps(answer)
    assert "tasksByUser" not in json.dumps(answer)


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Yields everything that the gateway and the resolver Lambda log at every level."""
    written = StringIO()
    monkeypatch.setattr(telemetry.logger.registered_handler, "stream", written)
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneLine("%(asctime)s %(message)s"))
    gateway = logging.getLogger("appsync_offline")
    before = gateway.level
    gateway.addHandler(handler)
    gateway.setLevel(logging.DEBUG)
    yield written
    gateway.removeHandler(handler)
    gateway.setLevel(before)


FORGED_LINE = "\n12:00:00 mutation deleteTask by user:boris: 1 ms\x1b[2K\r\u2028"


@pytest.mark.parametrize("place", ["operationName", "query", "variable", "user name", "message type", "id"])
async def test_no_input_forges_a_line_of_the_gateways_log(product: Product, logs: StringIO, place: str) -> None:
    name = "anna" + FORGED_LINE if place == "user name" else "anna"
    headers = {"host": "localhost", "authorization": product.token("anna", username=name)}
    line = FORGED_LINE
    body = {
        "query": line
        if place == "query"
        else 'query($v: Int) { tasksByUser(limit: $v, userId: "anna") { nextToken } }',
        "variables": {"v": line if place == "variable" else 1},
        "operationName": line if place == "operationName" else None,
    }
    await product.send({"authorization": headers["authorization"]}, json.dumps(body).encode())
    async with product.server.connected(headers=headers) as client:
        await client.start(line if place == "id" else "1", CHANGED, {}, headers)
        await client.send(type=line if place == "message type" else "ping", id="2")
        await client.next()

    lines = logs.getvalue().split("\n")
    assert len(lines) > 3
    assert not any(line.startswith("12:00:00") for line in lines)
    assert all(line.isprintable() for line in lines)


async def test_no_log_holds_what_people_wrote_or_how_they_proved_who_they_are(product: Product, logs: StringIO) -> None:
    token = product.token("anna")
    headers = {"authorization": token, "x-amz-user-agent": SECRET}
    create = "mutation($title: String!) { createTask(input: { title: $title, description: $title }) { id title } }"
    for title in (SECRET, SECRET * 20, {"a": SECRET}, [SECRET], 1, None):
        await product.post(headers, create, title=title)
    for query in (f'{{ task(id: "{SECRET}") {{ id }} }}', f'{{ tasksByUser(limit: "{SECRET}") {{ x }} }}', SECRET):
        await product.post(headers, query)
    for forged in FORGED.values():
        await product.post({"authorization": forged(product)}, LIST)
    await product.post(KEY, LIST)
    body = json.dumps({"query": PUBLISH["publishTaskChange"][0], "variables": PUBLISH["publishTaskChange"][1]}).encode()
    signed = product.signed(body)
    subscriber = {"host": "localhost", "authorization": token}
    async with product.server.connected(headers=subscriber) as client:
        await client.start("1", CHANGED, {"user": SECRET}, subscriber)
        await client.start("2", CHANGED, {}, subscriber)
        await product.send(signed, body)

    logged = logs.getvalue()
    assert "createTask" in logged
    for secret in (
        SECRET,
        token,
        token.split(".")[2],
        API_KEY,
        "its secret",
        signed["authorization"].rpartition("=")[2],
    ):
        assert secret not in logged
