"""A strict gateway refuses what it would serve by a choice of its own (differences.md, "Not verified against AWS")."""

import asyncio
import base64
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from appsync_offline.back_ends.http_endpoints import HttpEndpoints
from appsync_offline.back_ends.requests import DataSourceFailed
from appsync_offline.commands.check import problems
from appsync_offline.control_plane.deployed_api import DataSource, DeployedApi
from appsync_offline.testing.apis import API_KEY, BY_API_KEY, Function, a_gateway, an_api, coded, direct
from appsync_offline.testing.serving import KEY, served

SDL = """
input Page { size: Int = 20, after: Page }
type Book { id: ID }
type Query { books(limit: Int = 10, page: Page): Book  book(id: ID!, page: Page): Book  plain(id: ID = 1): Book }
type Mutation { add(id: ID!): Book }
type Subscription { onAdd: Book @aws_subscribe(mutations: ["add"]) }
"""


def books(*resolvers: Any) -> DeployedApi:
    return an_api(SDL, *resolvers)


async def run(api: DeployedApi, query: str, function: Function | None = None, *, strict: bool = True) -> Any:
    return await a_gateway(api, function, strict=strict).answer(query, {}, None, BY_API_KEY, {})


@pytest.mark.parametrize(
    ("field", "named"), [("books", "limit has a default"), ("book(id: 1)", "page.size has a default")]
)
async def test_a_schema_default_that_a_resolver_would_receive(field: str, named: str) -> None:
    api = books(coded("Query.books", response="return {}"), coded("Query.book", response="return {}"))

    (error,) = (await run(api, f"{{ {field} {{ id }} }}"))["errors"]

    assert named in error["message"]
    assert "errors" not in await run(api, f"{{ {field} {{ id }} }}", strict=False)
    assert [line for line in problems(api, strict=True) if named in line]
    assert list(problems(api)) == []


async def test_a_default_without_a_resolver_is_served() -> None:
    assert await run(books(), "{ plain { id } }") == {"data": {"plain": None}}


async def test_a_batch_item_without_data() -> None:
    api = an_api(
        "type Query { books: [Book] } type Book { title: String }", coded("Query.books", response="return [{}]")
    )
    api = an_api(api.sdl, *api.resolvers.values(), direct("Book.title", max_batch_size=5))

    (error,) = (await run(api, "{ books { title } }", Function(lambda _payload: ["Emma"])))["errors"]

    assert (error["errorType"], error["path"]) == ("NotVerified", ["books", 0, "title"])


async def test_a_batch_of_events() -> None:
    request = "return { operation: 'BatchInvoke', invocationType: 'Event', payload: {} }"
    api = an_api("type Query { book: ID }", coded("Query.book", source="LAMBDA", request=request))

    (error,) = (await run(api, "{ book }"))["errors"]

    assert error["errorType"] == "NotVerified"


async def test_a_filter_without_any_condition() -> None:
    code = "extensions.setSubscriptionFilter({ filterGroup: [{ filters: [] }] }); return null"
    api = books(coded("Subscription.onAdd", response=code))

    for strict, kind in ((True, "error"), (False, "start_ack")):
        async with served(api, strict=strict) as server, server.connected() as client:
            host = {**KEY, "host": f"127.0.0.1:{server.port}"}
            assert (await client.start("1", "subscription { onAdd { id } }", authorization=host))["type"] == kind


async def test_another_host_in_a_handshake_and_a_start() -> None:
    async with served(books(), strict=True) as server:
        header = base64.b64encode(json.dumps({"host": "elsewhere", "x-api-key": API_KEY}).encode()).decode()
        async with server.client(f"/graphql?header={header}&payload=e30=") as client:
            await client.send(type="connection_init")
            refused = await client.next()
        async with server.connected() as client:
            started = await client.start("1", "subscription { onAdd { id } }", authorization={"x-api-key": API_KEY})

    assert refused["payload"]["errors"][0]["errorType"] == "NotVerified"
    assert started["payload"]["errors"][0]["errorType"] == "NotVerified"


async def test_a_mutation_by_get() -> None:
    async with served(books(coded("Mutation.add", response="return {}")), strict=True) as server:
        query = "mutation%20%7B%20add(id%3A%201)%20%7B%20id%20%7D%20%7D"
        status, _ = await _get(f"{server.url}?query={query}")
        answered, _ = await _get(f"{server.url}?query=%7B%20plain%20%7B%20id%20%7D%20%7D")

    assert (status, answered) == (405, 200)


async def test_an_unlisted_content_type_of_an_http_data_source() -> None:
    async with HttpEndpoints(strict=True) as endpoints:
        request = {"method": "GET", "resourcePath": "/", "params": {"headers": {"Content-Type": "application/pdf"}}}
        with pytest.raises(DataSourceFailed) as failed:
            await endpoints.run(DataSource("A", "HTTP", endpoint="http://127.0.0.1:1"), request)

    assert failed.value.error_type == "NotVerified"


async def _get(url: str) -> tuple[int, bytes]:
    def send() -> tuple[int, bytes]:
        request = urllib.request.Request(url, headers={"x-api-key": API_KEY})
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    return await asyncio.to_thread(send)
