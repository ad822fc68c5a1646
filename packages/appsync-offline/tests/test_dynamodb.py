"""DynamoDB data sources run APPSYNC_JS requests on tables (moto's), and the helpers make such requests.

AppSync Developer Guide, "JavaScript resolver function reference for DynamoDB" and "DynamoDB built-in module".
"""

import dataclasses
import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from appsync_offline.back_ends.dynamodb import Tables
from appsync_offline.back_ends.requests import DataSourceFailed
from appsync_offline.cloud_formation.reader import CloudFormationTemplates, without_endpoint
from appsync_offline.control_plane.deployed_api import DataSource
from appsync_offline.resolver_code.evaluation import JavaScript, programs
from appsync_offline.testing.apis import API_KEY, BY_API_KEY, a_gateway, an_api, ask, code, coded
from botocore.exceptions import ClientError
from moto import mock_aws

SHOP = Path(__file__).parent / "apps" / "shop"
PRODUCTS = DataSource("Products", "AMAZON_DYNAMODB", table_name="shop-products")
HELPERS = "import * as ddb from '@aws-appsync/utils/dynamodb';\n"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yields the address of moto's DynamoDB with the tables of the shop."""
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        client: Any = boto3.client("dynamodb")
        for table in ("shop-products", "shop-orders"):
            client.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )

        class DynamoDb(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                parameters = json.loads(self.rfile.read(int(self.headers["content-length"])))
                action = self.headers["x-amz-target"].partition(".")[2]
                status = 200
                try:
                    answer = client._make_api_call(action, parameters)
                except ClientError as fault:
                    error = fault.response["Error"]
                    status, answer = 400, {"__type": f"com.amazonaws#{error['Code']}", "message": error["Message"]}
                answer.pop("ResponseMetadata", None)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's parameter name
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), DynamoDb)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
async def tables(endpoint: str) -> AsyncIterator[Tables]:
    async with Tables(endpoint) as tables:
        yield tables


async def request_of(call: str, **arguments: Any) -> Any:
    """Returns the request that resolver code makes by `ddb.…`."""
    text = HELPERS + code(f"return {call}")
    program = programs([text])[text]
    assert isinstance(program, JavaScript), program
    evaluation = await program.request({"arguments": arguments, "stash": {}})
    assert evaluation.error is None, evaluation.error
    return evaluation.result


async def run(tables: Tables, call: str) -> Any:
    """Returns the result of a request that is made by `ddb.…` on the table of products."""
    return await tables.run(PRODUCTS, await request_of(call))


async def put(tables: Tables, **item: Any) -> None:
    await tables.run(PRODUCTS, await request_of("ddb.put({ key: { id: ctx.args.id }, item: ctx.args })", **item))


class TestShop:
    """An app of two tables and pipelines of functions from assets is served whole."""

    API = CloudFormationTemplates(SHOP, region="us-east-1", api_key=API_KEY).read()

    async def test_it_sells_what_is_in_stock(self, tables: Tables) -> None:
        gateway = a_gateway(self.API, back_ends={"AMAZON_DYNAMODB": tables.run})

        async def run(query: str) -> Any:
            return await gateway.answer(query, {}, None, BY_API_KEY, {})

        add = 'mutation { addProduct(input: { id: "1", name: "Tea", price: 2.5, stock: 3 }) { name stock } }'
        order = 'mutation { order(product: "%s", count: 2) { total product { stock } } }'
        assert await run(add) == {"data": {"addProduct": {"name": "Tea", "stock": 3}}}
        assert (await run(add))["errors"][0]["errorType"] == "DynamoDB:ConditionalCheckFailedException"
        assert await run(order % 1) == {"data": {"order": {"total": 5.0, "product": {"stock": 1}}}}
        assert (await run(order % 1))["errors"][0]["errorType"] == "OutOfStock"
        assert (await run(order % 9))["errors"][0]["errorType"] == "NotFound"
        assert await run('{ product(id: "1") { stock } orders { count } }') == {
            "data": {"product": {"stock": 1}, "orders": [{"count": 2}]}
        }

    async def test_without_an_endpoint_its_fields_say_so(self) -> None:
        (error,) = (await ask(without_endpoint(self.API), '{ product(id: "1") { name } }'))["errors"]

        assert "its table needs an endpoint" in error["message"]


ITEM = {"id": "1", "n": 1, "list": ["a"], "map": {"x": 1, "y": None}, "flag": True, "f": 1.5}
UPDATES: list[tuple[str, dict[str, Any]]] = [
    ("{ n: 7 }", {"n": 7}),
    ("{ n: null }", {"n": None}),
    ("{ n: ddb.operations.increment() }", {"n": 2}),
    ("{ n: ddb.operations.decrement(3) }", {"n": -2}),
    ("{ list: ddb.operations.append(['b']) }", {"list": ["a", "b"]}),
    ("{ list: ddb.operations.prepend(['b']) }", {"list": ["b", "a"]}),
    ("{ list: ddb.operations.updateListItem('z', 0) }", {"list": ["z"]}),
    ("{ map: { x: 2 } }", {"map": {"x": 2, "y": None}}),
    ("{ map: ddb.operations.replace({ z: 1 }) }", {"map": {"z": 1}}),
    ("{ new: ddb.operations.add({ a: ['b'] }) }", {"new": {"a": ["b"]}}),
]


@pytest.mark.parametrize(("update", "changes"), UPDATES)
async def test_update_returns_the_new_item(tables: Tables, update: str, changes: dict[str, Any]) -> None:
    await put(tables, **ITEM)

    assert await run(tables, f"ddb.update({{ key: {{ id: '1' }}, update: {update} }})") == {**ITEM, **changes}


async def test_update_removes_an_attribute(tables: Tables) -> None:
    await put(tables, **ITEM)

    updated = await run(tables, "ddb.update({ key: { id: '1' }, update: { flag: ddb.operations.remove() } })")

    assert updated == {name: value for name, value in ITEM.items() if name != "flag"}


async def test_get_put_and_remove(tables: Tables) -> None:
    await put(tables, **ITEM)

    assert await run(tables, "ddb.get({ key: { id: '1' } })") == ITEM
    assert await run(tables, "ddb.get({ key: { id: '1' }, projection: ['n', 'map.x'] })") == {"n": 1, "map": {"x": 1}}
    assert await run(tables, "ddb.remove({ key: { id: '1' } })") == ITEM
    assert await run(tables, "ddb.remove({ key: { id: '1' } })") is None
    assert await run(tables, "ddb.get({ key: { id: '1' } })") is None


async def test_query_and_scan_have_pages(tables: Tables) -> None:
    for id_ in "123":
        await put(tables, id=id_, n=int(id_))

    queried = await run(tables, "ddb.query({ query: { id: { eq: '2' } } })")
    first = await run(tables, "ddb.scan({ limit: 2 })")
    second = await run(tables, f"ddb.scan({{ nextToken: '{first['nextToken']}' }})")
    large = await run(tables, "ddb.scan({ filter: { n: { ge: 2 } } })")

    assert (queried["items"], queried["nextToken"], queried["scannedCount"]) == ([{"id": "2", "n": 2}], None, 1)
    assert sorted(item["id"] for item in first["items"] + second["items"]) == ["1", "2", "3"]
    assert sorted(item["id"] for item in large["items"]) == ["2", "3"]


async def test_batches_keep_the_order_of_their_keys(tables: Tables) -> None:
    written = await run(tables, "ddb.batchPut({ tables: { 'shop-orders': [{ id: '1' }, { id: '2' }] } })")
    keys = "[{ id: '2' }, { id: '9' }, { id: '1' }]"
    read = await run(tables, f"ddb.batchGet({{ tables: {{ 'shop-orders': {{ keys: {keys} }} }} }})")
    deleted = await run(tables, "ddb.batchDelete({ tables: { 'shop-orders': [{ id: '1' }] } })")

    assert written == {"data": {"shop-orders": [{"id": "1"}, {"id": "2"}]}, "unprocessedItems": {"shop-orders": []}}
    assert read == {"data": {"shop-orders": [{"id": "2"}, None, {"id": "1"}]}, "unprocessedKeys": {"shop-orders": []}}
    assert deleted == {"data": {"shop-orders": [{"id": "1"}]}, "unprocessedKeys": {"shop-orders": []}}


async def test_transactions_write_all_or_nothing(tables: Tables) -> None:
    await put(tables, id="1", n=1)
    write = """ddb.transactWrite({ items: [
      { putItem: { table: 'shop-orders', key: { id: 'o' }, item: { product: '1' } } },
      { updateItem: { table: 'shop-products', key: { id: '1' }, update: { n: ddb.operations.decrement() },
                      condition: { n: { ge: 1 } } } },
    ] })"""
    both = """ddb.transactGet({ items: [
      { table: 'shop-orders', key: { id: 'o' } }, { table: 'shop-products', key: { id: '1' } },
    ] })"""

    assert await run(tables, write) == {"keys": [{"id": "o"}, {"id": "1"}], "cancellationReasons": None}
    with pytest.raises(DataSourceFailed) as failed:
        await run(tables, write)
    assert failed.value.error_type == "DynamoDB:TransactionCanceledException"
    assert await run(tables, both) == {
        "items": [{"id": "o", "product": "1"}, {"id": "1", "n": 0}],
        "cancellationReasons": None,
    }


@pytest.mark.parametrize(
    ("request_", "error_type"),
    [
        ({"operation": "Nothing"}, "Code"),
        ({"operation": ["GetItem"]}, "Code"),
        ({"operation": "GetItem"}, "Code"),
        ({"operation": "GetItem", "key": {"id": "1"}}, "Code"),
        ({"operation": "Scan", "nextToken": "?"}, "Code"),
        ({"operation": "GetItem", "key": {"other": {"S": "1"}}}, "DynamoDB:ValidationException"),
    ],
)
async def test_a_request_that_cannot_run_is_an_error_with_a_type(
    tables: Tables, request_: dict[str, Any], error_type: str
) -> None:
    with pytest.raises(DataSourceFailed) as failed:
        await tables.run(PRODUCTS, request_)

    assert failed.value.error_type == error_type


async def test_an_endpoint_that_is_away_is_an_error_of_the_handler() -> None:
    request = "return { operation: 'Scan' }"
    response = "return `${ctx.error.type}`"
    sources = {"TABLE": DataSource("TABLE", "AMAZON_DYNAMODB", table_name="t")}
    api = dataclasses.replace(
        an_api("type Query { a: String }", coded("Query.a", request=request, response=response, source="TABLE")),
        data_sources=sources,
    )
    async with Tables("http://127.0.0.1:9") as tables:
        gateway = a_gateway(api, back_ends={"AMAZON_DYNAMODB": tables.run})

        assert await gateway.answer("{ a }", {}, None, BY_API_KEY, {}) == {"data": {"a": "DynamoDB:Unreachable"}}
