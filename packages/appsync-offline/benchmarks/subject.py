"""The API with which the gateways are compared: books, which one Lambda function answers."""

import contextlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.session import Session

SCHEMA = Path(__file__).parent / "books.graphql"
_FIELDS = "id title author summary pages language publishedAt version"
FIND = f"query($id: ID!) {{ book(id: $id) {{ {_FIELDS} }} }}"
LISTEN = "subscription($author: String) { onAnnounced(author: $author) { id } }"
ANNOUNCE = f"mutation($book: BookInput!) {{ announce(book: $book) {{ {_FIELDS} }} }}"
BOOK = {
    "id": "book-1",
    "title": "Emma",
    "author": "Austen",
    "summary": "A matchmaker errs",
    "pages": 474,
    "language": "en",
    "publishedAt": "1815-12-23T00:00:00Z",
    "version": 1,
}
_NAME = "appsync-offline-benchmark"
_FUNCTION = f"BOOK = {BOOK!r}\n\ndef handler(event, context):\n    return {{**BOOK, 'id': event['arguments']['id']}}\n"
_INVOKE = """
export function request(ctx) { return { operation: 'Invoke', payload: { arguments: ctx.arguments } }; }
export function response(ctx) { return ctx.result; }
"""
_PASS = """
export function request(ctx) { return { payload: ctx.arguments.book }; }
export function response(ctx) { return ctx.result; }
"""


@dataclass(frozen=True)
class Subject:
    """The deployed API: where it is, its id, its key, and its function's name."""

    aws_endpoint: str
    api_id: str
    key: str
    function: str = _NAME


@contextlib.contextmanager
def deployed(aws_endpoint: str) -> Iterator[Subject]:
    """Deploys the API and its function, and deletes them afterwards."""
    session = Session()
    region = os.environ.get("AWS_REGION") or "us-east-1"
    with contextlib.ExitStack() as undo:
        functions = session.create_client("lambda", endpoint_url=aws_endpoint, region_name=region)
        appsync = session.create_client("appsync", endpoint_url=aws_endpoint, region_name=region)
        arn = _function(functions, undo.callback)
        yield _api(appsync, aws_endpoint, arn, undo.callback)


def _function(functions: Any, at_the_end: Callable[..., object]) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("books.py", _FUNCTION)
    created = functions.create_function(
        FunctionName=_NAME,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/benchmark",
        Handler="books.handler",
        Code={"ZipFile": package.getvalue()},
    )
    at_the_end(functions.delete_function, FunctionName=_NAME)
    return str(created["FunctionArn"])


def _api(appsync: Any, aws_endpoint: str, function_arn: str, at_the_end: Callable[..., object]) -> Subject:
    api_id = str(appsync.create_graphql_api(name=_NAME, authenticationType="API_KEY")["graphqlApi"]["apiId"])
    at_the_end(appsync.delete_graphql_api, apiId=api_id)
    appsync.start_schema_creation(apiId=api_id, definition=SCHEMA.read_bytes())
    role = "arn:aws:iam::000000000000:role/benchmark"
    appsync.create_data_source(
        apiId=api_id,
        name="Books",
        type="AWS_LAMBDA",
        serviceRoleArn=role,
        lambdaConfig={"lambdaFunctionArn": function_arn},
    )
    appsync.create_data_source(apiId=api_id, name="Nothing", type="NONE")
    for type_name, field_name, source, code in (
        ("Query", "book", "Books", _INVOKE),
        ("Mutation", "announce", "Nothing", _PASS),
    ):
        appsync.create_resolver(
            apiId=api_id,
            typeName=type_name,
            fieldName=field_name,
            dataSourceName=source,
            runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            code=code,
        )
    return Subject(aws_endpoint, api_id, str(appsync.create_api_key(apiId=api_id)["apiKey"]["id"]))


def body_of(query: str, **variables: object) -> bytes:
    """Returns the body of a request."""
    return json.dumps({"query": query, "variables": variables}).encode()
