"""Runs the requests of DynamoDB data sources.

AppSync Developer Guide, "JavaScript resolver function reference for DynamoDB".

Resolver code gives keys and values as DynamoDB's typed attributes, and receives plain JSON.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Self

from appsync_offline.back_ends.requests import DataSourceFailed, Request
from appsync_offline.control_plane.aws_api import ConcurrentAwsApi, Refused, Unreachable
from appsync_offline.control_plane.deployed_api import DataSource
from appsync_offline.text.json_text import parse_json

_CONCURRENT = 16
_TIMEOUT = 30  # seconds
_JSON = "application/x-amz-json-1.0"


class Tables:
    """The tables at an endpoint, which can be used within this context."""

    def __init__(self, aws_endpoint: str) -> None:
        self._dynamodb = ConcurrentAwsApi("dynamodb", aws_endpoint, connections=_CONCURRENT, timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Start without a connection."""
        await self._dynamodb.__aenter__()
        return self

    async def __aexit__(self, *ended: object) -> None:
        """End all connections."""
        await self._dynamodb.__aexit__(*ended)

    async def run(self, source: DataSource, request: Request) -> Any:
        """Returns the plain result of a request on the data source's table. Raises DataSourceFailed."""
        operation = request.get("operation")
        if not isinstance(operation, str) or operation not in _OPERATIONS:
            raise DataSourceFailed(f"{operation} is no operation of a DynamoDB request.", "Code")
        try:
            action, parameters, result = _OPERATIONS[operation](source.table_name or "", request)
        except (LookupError, TypeError, ValueError, AttributeError) as fault:
            raise DataSourceFailed(f"The {operation} request is malformed: {fault!r}", "Code") from fault
        headers = {"content-type": _JSON, "x-amz-target": f"DynamoDB_20120810.{action}"}
        body = json.dumps({name: value for name, value in parameters.items() if value is not None}).encode()
        try:
            response = await self._dynamodb.post("/", body, headers)
        except Refused as fault:
            raise DataSourceFailed(fault.message, f"DynamoDB:{fault.code}") from fault
        except Unreachable as fault:
            raise DataSourceFailed(str(fault), "DynamoDB:Unreachable") from fault
        return result(parse_json(response.body))


Call = tuple[str, Mapping[str, Any], Callable[[Mapping[str, Any]], Any]]
"""DynamoDB's action, its parameters, and how its response becomes the resolver's result."""


def _get(table: str, request: Request) -> Call:
    parameters = {
        "TableName": table,
        "Key": typed(request["key"]),
        "ConsistentRead": request.get("consistentRead"),
        **_expressions(ProjectionExpression=request.get("projection")),
    }
    return "GetItem", parameters, lambda response: _item(response.get("Item"))


def _put(table: str, request: Request) -> Call:
    item = {**typed(request["key"]), **typed(request.get("attributeValues") or {})}
    parameters = {"TableName": table, "Item": item, **_expressions(ConditionExpression=request.get("condition"))}
    return "PutItem", parameters, lambda _response: _item(item)


def _update(table: str, request: Request) -> Call:
    parameters = {
        "TableName": table,
        "Key": typed(request["key"]),
        "ReturnValues": "ALL_NEW",
        **_expressions(UpdateExpression=request.get("update"), ConditionExpression=request.get("condition")),
    }
    return "UpdateItem", parameters, lambda response: _item(response.get("Attributes"))


def _delete(table: str, request: Request) -> Call:
    parameters = {
        "TableName": table,
        "Key": typed(request["key"]),
        "ReturnValues": "ALL_OLD",
        **_expressions(ConditionExpression=request.get("condition")),
    }
    return "DeleteItem", parameters, lambda response: _item(response.get("Attributes"))


def _query(table: str, request: Request) -> Call:
    forward = request.get("scanIndexForward")
    return "Query", {**_page(table, request, request["query"]), "ScanIndexForward": forward}, _read_page


def _scan(table: str, request: Request) -> Call:
    segments = {"TotalSegments": request.get("totalSegments"), "Segment": request.get("segment")}
    return "Scan", {**_page(table, request, None), **segments}, _read_page


def _page(table: str, request: Request, key_condition: Request | None) -> dict[str, Any]:
    token = request.get("nextToken")
    return {
        "TableName": table,
        "IndexName": request.get("index"),
        "Limit": request.get("limit"),
        "ConsistentRead": request.get("consistentRead"),
        "Select": request.get("select"),
        "ExclusiveStartKey": parse_json(base64.b64decode(token, validate=True)) if token else None,
        **_expressions(
            KeyConditionExpression=key_condition,
            FilterExpression=request.get("filter"),
            ProjectionExpression=request.get("projection"),
        ),
    }


def _read_page(response: Mapping[str, Any]) -> Any:
    last = response.get("LastEvaluatedKey")
    return {
        "items": [_item(item) for item in response.get("Items", ())],
        "nextToken": base64.b64encode(json.dumps(last).encode()).decode() if last else None,
        "scannedCount": response.get("ScannedCount"),
    }


def _batch_get(_table: str, request: Request) -> Call:
    tables: Mapping[str, Any] = request["tables"]
    wanted = {name: [typed(key) for key in request_of_table["keys"]] for name, request_of_table in tables.items()}
    items = {
        name: {
            "Keys": wanted[name],
            **_present({"ConsistentRead": request_of_table.get("consistentRead")}),
            **_present(_expressions(ProjectionExpression=request_of_table.get("projection"))),
        }
        for name, request_of_table in tables.items()
    }

    def result(response: Mapping[str, Any]) -> Any:
        received = response.get("Responses", {})
        unprocessed = response.get("UnprocessedKeys", {})
        return {
            # In the order of the keys, with null for an item that is not there.
            "data": {name: [_with_key(received.get(name, ()), key) for key in keys] for name, keys in wanted.items()},
            "unprocessedKeys": {
                name: [_item(key) for key in unprocessed.get(name, {}).get("Keys", ())] for name in wanted
            },
        }

    return "BatchGetItem", {"RequestItems": items}, result


def _batch_put(_table: str, request: Request) -> Call:
    items = {name: [typed(item) for item in entries] for name, entries in request["tables"].items()}
    writes = {name: [{"PutRequest": {"Item": item}} for item in entries] for name, entries in items.items()}

    def result(response: Mapping[str, Any]) -> Any:
        left = response.get("UnprocessedItems", {})
        return {
            "data": {name: [_item(item) for item in entries] for name, entries in items.items()},
            "unprocessedItems": {
                name: [_item(write["PutRequest"]["Item"]) for write in left.get(name, ())] for name in items
            },
        }

    return "BatchWriteItem", {"RequestItems": writes}, result


def _batch_delete(_table: str, request: Request) -> Call:
    keys = {name: [typed(key) for key in entries] for name, entries in request["tables"].items()}
    writes = {name: [{"DeleteRequest": {"Key": key}} for key in entries] for name, entries in keys.items()}

    def result(response: Mapping[str, Any]) -> Any:
        left = response.get("UnprocessedItems", {})
        return {
            "data": {name: [_item(key) for key in entries] for name, entries in keys.items()},
            "unprocessedKeys": {
                name: [_item(write["DeleteRequest"]["Key"]) for write in left.get(name, ())] for name in keys
            },
        }

    return "BatchWriteItem", {"RequestItems": writes}, result


def _transact_get(_table: str, request: Request) -> Call:
    gets = [
        {
            "TableName": item["table"],
            "Key": typed(item["key"]),
            **_present(_expressions(ProjectionExpression=item.get("projection"))),
        }
        for item in request["transactItems"]
    ]

    def result(response: Mapping[str, Any]) -> Any:
        return {"items": [_item(entry.get("Item")) for entry in response["Responses"]], "cancellationReasons": None}

    return "TransactGetItems", {"TransactItems": [{"Get": get} for get in gets]}, result


def _transact_write(_table: str, request: Request) -> Call:
    items = request["transactItems"]
    keys = [_item(typed(item["key"])) for item in items]

    def result(_response: Mapping[str, Any]) -> Any:
        return {"keys": keys, "cancellationReasons": None}

    return "TransactWriteItems", {"TransactItems": [_transact_item(item) for item in items]}, result


def _transact_item(item: Request) -> Mapping[str, Any]:
    operation, key = item["operation"], typed(item["key"])
    condition = _expressions(ConditionExpression=item.get("condition"))
    if operation == "PutItem":
        put = {"Item": {**key, **typed(item.get("attributeValues") or {})}, **condition}
        return {"Put": _present({"TableName": item["table"], **put})}
    if operation == "UpdateItem":
        both = _expressions(UpdateExpression=item.get("update"), ConditionExpression=item.get("condition"))
        return {"Update": _present({"TableName": item["table"], "Key": key, **both})}
    name = {"DeleteItem": "Delete", "ConditionCheck": "ConditionCheck"}[operation]
    return {name: _present({"TableName": item["table"], "Key": key, **condition})}


_OPERATIONS: Mapping[str, Callable[[str, Request], Call]] = {
    "GetItem": _get,
    "PutItem": _put,
    "UpdateItem": _update,
    "DeleteItem": _delete,
    "Query": _query,
    "Scan": _scan,
    "BatchGetItem": _batch_get,
    "BatchPutItem": _batch_put,
    "BatchDeleteItem": _batch_delete,
    "TransactGetItems": _transact_get,
    "TransactWriteItems": _transact_write,
}


def _expressions(**expressions: Request | None) -> dict[str, Any]:
    """Returns DynamoDB's parameters of AppSync's expressions: {"expression", "expressionNames", "expressionValues"}."""
    texts: dict[str, Any] = {}
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    for parameter, content in expressions.items():
        if content and content.get("expression"):
            texts[parameter] = content["expression"]
            names |= content.get("expressionNames") or {}
            values |= typed(content.get("expressionValues") or {})
    return {**texts, "ExpressionAttributeNames": names or None, "ExpressionAttributeValues": values or None}


def _present(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def typed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns attributes in DynamoDB's JSON, where numbers are texts and NULL is true."""
    return {name: _typed(value) for name, value in attributes.items()}


def _typed(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    if kind == "N":
        return {"N": _number(content)}
    if kind == "NS":
        return {"NS": [_number(entry) for entry in content]}
    if kind == "NULL":
        return {"NULL": True}
    if kind == "L":
        return {"L": [_typed(entry) for entry in content]}
    if kind == "M":
        return {"M": typed(content)}
    return {kind: content}


def _number(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _item(attributes: Mapping[str, Any] | None) -> Any:
    """Returns an item as plain JSON; sets are lists, and binary values Base64."""
    return None if attributes is None else {name: _plain(value) for name, value in attributes.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "N":
        return _plain_number(content)
    if kind == "NS":
        return [_plain_number(entry) for entry in content]
    if kind == "NULL":
        return None
    if kind == "L":
        return [_plain(entry) for entry in content]
    return _item(content) if kind == "M" else content


def _plain_number(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def _with_key(items: Sequence[Mapping[str, Any]], key: Mapping[str, Any]) -> Any:
    plain = [_item(item) for item in items]
    wanted = _item(key)
    return next((item for item in plain if all(item.get(name) == value for name, value in wanted.items())), None)
