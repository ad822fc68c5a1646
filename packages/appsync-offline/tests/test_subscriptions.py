"""Subscriptions start, deliver, filter and end as in AppSync.

AppSync Developer Guide, "Using subscriptions for real-time data applications".
"""

import json
from functools import partial
from typing import Any

import pytest
from appsync_offline.authentication.caller import Caller
from appsync_offline.control_plane.deployed_api import AuthMode, DeployedApi, Resolver
from appsync_offline.execution.engine import Listening, Publication
from appsync_offline.realtime.filters import basic_filter
from appsync_offline.realtime.subscriptions import Subscription
from appsync_offline.testing.apis import BY_API_KEY, Function, a_gateway, an_api, coded, direct
from appsync_offline.testing.serving import Server, served
from websockets.exceptions import ConnectionClosed

SDL = """
type Query { none: String }
type Mutation {
  addBook(id: ID, title: String, shelf: String): Book
  dropBook(id: ID): Book
  evict(shelf: String, times: Int): Book
}
type Book { id: ID! title: String shelf: String author: Author secret: String @aws_iam }
type Author { name: String city: String }
type Subscription {
  onBook(id: ID, title: String, shelf: String): Book @aws_subscribe(mutations: ["addBook"])
  onAnything: Book @aws_subscribe(mutations: ["addBook", "dropBook"])
}
"""
ADDS = coded(
    "Mutation.addBook", request="return { payload: { author: { name: 'A', city: 'C' }, secret: 's', ...ctx.args } }"
)
DROPS = coded("Mutation.dropBook", request="return { payload: ctx.args.id ? ctx.args : null }")
EMMA = 'mutation { addBook(id: "1", title: "Emma") { id title shelf } }'


def library(*resolvers: Resolver) -> DeployedApi:
    return an_api(SDL, ADDS, DROPS, *resolvers)


async def payloads_after(
    server: Server, query: str, *mutations: str, variables: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Returns what a subscriber receives for these mutations, in order."""
    async with server.connected() as subscriber:
        assert (await subscriber.start("1", query, variables))["type"] == "start_ack"
        for mutation in mutations:
            await server.run(mutation)
        # The gateway sends the subscriber's messages before it answers the `stop`.
        await subscriber.send(id="1", type="stop")
        messages = []
        while (message := await subscriber.next())["type"] != "complete":
            messages.append(message["payload"])
        return messages


WHICH: list[Any] = [
    pytest.param("subscription { onBook { id } }", None, True, id="no argument: every event"),
    pytest.param('subscription { onBook(title: "Emma") { id } }', None, True, id="an argument equals"),
    pytest.param('subscription { onBook(title: "Lady Susan") { id } }', None, False, id="an argument differs"),
    pytest.param('subscription { onBook(title: "Emma", id: "2") { id } }', None, False, id="arguments are ANDed"),
    pytest.param("subscription { onBook(shelf: null) { id } }", None, True, id="null: the field is null"),
    pytest.param("subscription { onBook(title: null) { id } }", None, False, id="null: the field is not null"),
    pytest.param(
        "subscription($t: String) { onBook(title: $t) { id } }", {}, False, id="an unsupplied variable is a null"
    ),
    pytest.param(
        "subscription($t: String) { onBook(title: $t) { id } }", {"t": "Emma"}, True, id="a variable that is supplied"
    ),
]


@pytest.mark.parametrize(("query", "variables", "delivered"), WHICH)
async def test_basic_filtering(query: str, variables: dict[str, Any] | None, delivered: bool) -> None:
    async with served(library()) as server:
        messages = await payloads_after(server, query, EMMA, variables=variables)

    assert messages == ([{"data": {"onBook": {"id": "1"}}}] if delivered else [])


@pytest.mark.parametrize(
    ("mutation", "delivered"),
    [
        pytest.param(EMMA, True, id="a mutation that is named"),
        pytest.param('mutation { dropBook(id: "1") { id } }', False, id="a mutation that is not named"),
        pytest.param('mutation { mine: addBook(id: "1") { id } }', True, id="a mutation under an alias"),
        pytest.param("mutation { dropBook { id } }", False, id="a mutation that answers null"),
    ],
)
async def test_aws_subscribe(mutation: str, delivered: bool) -> None:
    async with served(library()) as server:
        messages = await payloads_after(server, "subscription { onBook { id } }", mutation)

    assert bool(messages) is delivered


async def test_a_mutation_that_answers_null_tells_nobody() -> None:
    async with served(library()) as server:
        assert await payloads_after(server, "subscription { onAnything { id } }", "mutation { dropBook { id } }") == []


SELECTIONS: list[Any] = [
    pytest.param(
        "subscription { onBook { id author { name city } } }",
        'mutation { addBook(id: "1") { id author { name } } }',
        {"data": {"onBook": {"id": "1", "author": {"name": "A", "city": None}}}},
        id="what the mutation did not select is null",
    ),
    pytest.param(
        "subscription { it: onBook { number: id } }",
        'mutation { addBook(id: "1") { id } }',
        {"data": {"it": {"number": "1"}}},
        id="the subscription's aliases are its own",
    ),
    pytest.param(
        "subscription { onBook { id author { name } } }",
        'mutation { addBook(id: "1") { id by: author { name } } }',
        {"data": {"onBook": {"id": "1", "author": None}}},
        id="a field that the mutation selected under an alias is null (appsync-community#160)",
    ),
    pytest.param(
        "subscription { onBook { author { name city } } }",
        'mutation { addBook(id: "1") { author { name } ...more } } fragment more on Book { author { city } }',
        {"data": {"onBook": {"author": {"name": "A", "city": "C"}}}},
        id="a field that the mutation selects twice has both selections",
    ),
]


@pytest.mark.parametrize(("query", "mutation", "payload"), SELECTIONS)
async def test_the_payload_is_the_subscription_s_selection_of_the_mutation_s(
    query: str, mutation: str, payload: dict[str, Any]
) -> None:
    async with served(library()) as server:
        assert await payloads_after(server, query, mutation) == [payload]


async def test_a_field_that_may_not_be_null_and_was_not_selected_is_an_error() -> None:
    async with served(library()) as server:
        (payload,) = await payloads_after(
            server, "subscription { onBook { id } }", 'mutation { addBook(id: "1") { title } }'
        )

    assert payload["data"] == {"onBook": None}
    assert payload["errors"][0]["message"] == (
        "Cannot return null for non-nullable type: 'ID' within parent 'Book' (/onBook/id)"
    )


async def test_a_field_that_the_subscriber_may_not_see_is_an_error_in_its_payload() -> None:
    async with served(library()) as server:
        (payload,) = await payloads_after(server, "subscription { onBook { id secret } }", EMMA)

    assert payload["data"] == {"onBook": {"id": "1", "secret": None}}
    assert payload["errors"][0]["message"] == "Not Authorized to access secret on type Book"


async def test_subscribers_hear_an_event_each_in_their_own_way() -> None:
    """A payload that is computed once is only shared by subscribers with the same operation and the same rights."""
    gateway = a_gateway(library())
    heard_: dict[str, Any] = {}
    by_iam = Caller(AuthMode.IAM, "arn:aws:iam::123456789012:user/anna", {})
    whole, skipping = "{ onBook { id secret } }", "($s: Boolean!) { onBook { id title @skip(if: $s) } }"
    for name, query, variables, caller in [
        ("key", whole, {}, BY_API_KEY),
        ("another key", whole, {}, BY_API_KEY),
        ("iam", "{ onBook { secret } }", {}, by_iam),
        ("key asks as iam", "{ onBook { secret } }", {}, BY_API_KEY),
        ("skips", skipping, {"s": True}, BY_API_KEY),
        ("skips not", skipping, {"s": False}, BY_API_KEY),
        ("alias", "{ it: onBook { id } }", {}, BY_API_KEY),
    ]:
        operation = gateway.engine.prepare(f"subscription {query}", variables, None)
        listening = Listening("onBook", basic_filter({}), None)
        hear = partial(heard_.__setitem__, name)
        gateway.subscriptions.add(Subscription(operation, caller, listening, hear, lambda: None))

    payload = {"id": "1", "title": "Emma", "secret": "s"}
    gateway.subscriptions.publish(gateway.engine, [Publication("addBook", payload)])

    data = {name: json.loads(text)["data"] for name, text in heard_.items()}
    assert data == {
        "key": {"onBook": {"id": "1", "secret": None}},
        "another key": {"onBook": {"id": "1", "secret": None}},
        "iam": {"onBook": None},
        "key asks as iam": {"onBook": {"secret": None}},
        "skips": {"onBook": {"id": "1"}},
        "skips not": {"onBook": {"id": "1", "title": "Emma"}},
        "alias": {"it": {"id": "1"}},
    }


def _filtering(filter_: str) -> Resolver:
    response = f"extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter({filter_})); return null"
    return coded("Subscription.onBook", request="return { payload: null }", response=response)


ENHANCED: list[Any] = [
    pytest.param("{ title: { beginsWith: 'Em' } }", "", True, id="it holds"),
    pytest.param("{ title: { beginsWith: 'x' } }", "", False, id="it does not hold"),
    pytest.param("{ title: { eq: 'Emma' } }", '(title: "x")', True, id="arguments no longer filter"),
    pytest.param("{ title: { eq: ctx.args.title } }", '(title: "x")', False, id="but where the resolver puts them in"),
    pytest.param("{ shelf: { eq: 'A' } }", "", False, id="a field that is null"),
]


@pytest.mark.parametrize(("filter_", "arguments", "delivered"), ENHANCED)
async def test_enhanced_filtering(filter_: str, arguments: str, delivered: bool) -> None:
    async with served(library(_filtering(filter_))) as server:
        messages = await payloads_after(server, f"subscription {{ onBook{arguments} {{ id }} }}", EMMA)

    assert bool(messages) is delivered


async def test_a_filter_reads_what_the_mutation_selected() -> None:
    async with served(library(_filtering("{ title: { eq: 'Emma' } }"))) as server:
        mutation = 'mutation { addBook(id: "1", title: "Emma") { id } }'

        assert await payloads_after(server, "subscription { onBook { id } }", mutation) == []


async def test_a_subscription_s_resolver_runs_at_start_with_the_caller_s_context() -> None:
    function = Function()
    async with served(library(direct("Subscription.onBook")), function) as server:
        await payloads_after(server, 'subscription { onBook(shelf: "A") { id } }', EMMA)

    (event,) = function.payloads
    assert event["arguments"] == {"shelf": "A"}
    assert (event["info"]["parentTypeName"], event["info"]["fieldName"]) == ("Subscription", "onBook")
    assert event["request"]["headers"]["host"] == "localhost"


@pytest.mark.parametrize(
    ("code", "error_type"),
    [("util.unauthorized()", "Unauthorized"), ("util.error('No', 'Closed')", "Closed"), ("return ctx.a.b", "Code")],
    ids=["util.unauthorized", "util.error", "a fault of its own"],
)
async def test_an_error_of_a_subscription_s_resolver_denies_it(code: str, error_type: str) -> None:
    async with served(library(coded("Subscription.onBook", request=code))) as server, server.connected() as client:
        refusal = await client.start("1", "subscription { onBook { id } }")

        assert (refusal["type"], refusal["id"]) == ("error", "1")
        assert refusal["payload"]["errors"][0]["errorType"] == error_type
        assert len(server.gateway.subscriptions) == 0


_INVALIDATED = coded(
    "Subscription.onBook",
    request="return { payload: null }",
    response=(
        "extensions.setSubscriptionInvalidationFilter(util.transform.toSubscriptionFilter("
        "{ shelf: { eq: ctx.args.shelf } })); return null"
    ),
)
_EVICTS = coded(
    "Mutation.evict",
    response=(
        "for (const n of [0, 1, 2, 3, 4, 5].slice(0, ctx.args.times ?? 1)) extensions.invalidateSubscriptions("
        "{ subscriptionField: 'onBook', payload: { shelf: ctx.args.shelf + (n || '') } }); return null"
    ),
)


async def test_an_invalidation_closes_the_connections_that_it_matches_and_no_other() -> None:
    async with (
        served(library(_INVALIDATED, _EVICTS)) as server,
        server.connected() as matched,
        server.connected() as other,
    ):
        await matched.start("1", 'subscription { onBook(shelf: "A") { id } }')
        await other.start("1", 'subscription { onBook(shelf: "B") { id } }')

        await server.run('mutation { evict(shelf: "A") { id } }')

        with pytest.raises(ConnectionClosed) as closed:
            await matched.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.reason == "Subscription complete."
        assert (await other.start("2", "subscription { onAnything { id } }"))["type"] == "start_ack"


async def test_a_request_invalidates_five_times_at_most() -> None:
    async with (
        served(library(_INVALIDATED, _EVICTS)) as server,
        server.connected() as fifth,
        server.connected() as sixth,
    ):
        await fifth.start("1", 'subscription { onBook(shelf: "A4") { id } }')
        await sixth.start("1", 'subscription { onBook(shelf: "A5") { id } }')

        await server.run('mutation { evict(shelf: "A", times: 6) { id } }')

        with pytest.raises(ConnectionClosed):
            await fifth.next()
        assert (await sixth.start("2", "subscription { onAnything { id } }"))["type"] == "start_ack"
