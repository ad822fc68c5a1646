"""Another user of this machine, and any program without the stack's secret, runs no code and reads no key.

The other user is `nobody`, whom a process of root can become.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local import deployment
from local.api_keys import newest_key
from local.clients import access
from local.description import StackDescription
from local.settings import Settings
from tests.trust.other_user import as_another_user, processes_of_nobody, send
from tests.trust.scale import figures

FUNCTIONS = "/2015-03-31/functions"
REFUSALS = {
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "RequestTimeTooSkewed",
    "AuthFailure",
}


def functions(settings: Settings) -> set[str]:
    listed = boto3.client("lambda", **access(settings)).list_functions()["Functions"]
    return {function["FunctionName"] for function in listed}


@pytest.fixture(scope="module", autouse=True)
def functions_before(stack: StackDescription, settings: Settings) -> set[str]:
    """Returns the Lambdas before any attempt."""
    assert set(stack.functions.values()) < functions(settings)
    return functions(settings)


UNSIGNED = [
    ("GET", FUNCTIONS, {}, b""),
    ("POST", FUNCTIONS, {"content-type": "application/json"}, b"{}"),
    ("POST", "/", {"x-amz-target": "DynamoDB_20120810.ListTables"}, b"{}"),
    ("POST", "/", {"x-amz-target": "AWSCognitoIdentityProviderService.AdminCreateUser"}, b"{}"),
    ("POST", "/?Action=CreateUser", {"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"}, b"{}"),
    ("POST", FUNCTIONS, {"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"}, b"{}"),
    ("POST", "/", {"content-type": "application/x-www-form-urlencoded"}, b"Action=ListTopics&Version=2010-03-31"),
    ("GET", "/?Action=ListUsers&Version=2010-05-08", {}, b""),
    ("PUT", "/a-bucket", {}, b""),
    ("GET", "/_ministack/health", {}, b""),
    ("POST", "/_ministack/reset", {}, b""),
    ("POST", "/_ministack/config", {}, b"{}"),
    ("PUT", "/_ministack/cfn-response/x", {}, b"{}"),
    ("GET", "/_localstack/health", {}, b""),
    ("HEAD", "/", {}, b""),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), UNSIGNED)
def test_an_unsigned_request_is_refused(
    stack: StackDescription, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    assert send(stack.aws_endpoint_url, method, path, headers, body)[0] in {400, 403}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("lambda", "list_functions"),
        ("dynamodb", "list_tables"),
        ("sns", "list_topics"),
        ("sqs", "list_queues"),
        ("iam", "list_users"),
        ("sts", "get_caller_identity"),
        ("s3", "list_buckets"),
        ("cloudformation", "list_stacks"),
        ("appsync", "list_graphql_apis"),
    ],
)
@pytest.mark.parametrize("key", ["test", "000000000000", "111122223333", "AKIAIOSFODNN7EXAMPLE"])
def test_a_guessed_secret_is_refused(
    stack: StackDescription, settings: Settings, service: Any, operation: str, key: str
) -> None:
    trust = str(settings.trusted) if settings.trusted else None
    guessing: Any = boto3.client(
        service,
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        verify=trust,
        aws_access_key_id=key,
        aws_secret_access_key="test",
    )

    with pytest.raises(ClientError) as refused:
        getattr(guessing, operation)()

    assert refused.value.response["Error"]["Code"] in REFUSALS


def signed(stack: StackDescription, body: bytes = b"{}", *, at: datetime | None = None) -> dict[str, str]:
    """Returns the headers of a rightly signed request for the list of tables."""
    headers = {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"}
    request = AWSRequest("POST", f"{stack.aws_endpoint_url}/", data=body, headers=headers)
    signer: Any = SigV4Auth(Credentials(stack.aws_access_key_id, stack.aws_secret_access_key), "dynamodb", stack.region)
    if at:
        request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        to_sign = signer.string_to_sign(request, signer.canonical_request(request))
        signer._inject_signature_to_request(request, signer.signature(to_sign, request))
    else:
        signer.add_auth(request)
    return {"host": urlsplit(stack.aws_endpoint_url).netloc, **dict(request.headers)}


def tables(stack: StackDescription, headers: dict[str, str], path: str = "/", body: bytes = b"{}") -> int:
    return send(stack.aws_endpoint_url, "POST", path, headers, body)[0]


def test_the_holder_of_the_secret_is_served(stack: StackDescription) -> None:
    assert tables(stack, signed(stack)) == 200
    assert tables(stack, signed(stack, at=datetime.now(UTC) - timedelta(minutes=10))) == 200


ALTERED: dict[str, Callable[[dict[str, str]], Any]] = {
    "another operation": lambda headers: headers.update({"x-amz-target": "DynamoDB_20120810.DeleteTable"}),
    "another digest": lambda headers: headers.update({"x-amz-content-sha256": "0" * 64}),
    "no digest at all": lambda headers: headers.update({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}),
    "a session": lambda headers: headers.update({"x-amz-security-token": "x"}),
    "an unknown key": lambda headers: headers.update(
        {"Authorization": headers["Authorization"].replace("=test/", "=AKIAIOSFODNN7EXAMPLE/")}
    ),
    "two keys": lambda headers: headers.update(
        {"Authorization": headers["Authorization"].replace("Credential=", "Credential=test/a/b/c/d, Credential=")}
    ),
    "no key": lambda headers: headers.update({"Authorization": headers["Authorization"].replace("=test/", "=/")}),
    "fewer signed headers": lambda headers: headers.update(
        {"Authorization": headers["Authorization"].replace("host;", "")}
    ),
    "another algorithm": lambda headers: headers.update(
        {"Authorization": headers["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")}
    ),
    "the old algorithm": lambda headers: headers.update({"Authorization": "AWS test:c2lnbmF0dXJl"}),
}


@pytest.mark.parametrize("alteration", ALTERED)
def test_an_altered_request_is_refused(stack: StackDescription, alteration: str) -> None:
    headers = signed(stack)
    ALTERED[alteration](headers)

    assert tables(stack, headers) in {400, 403}


def test_a_signature_is_for_one_body_one_address_and_some_minutes(stack: StackDescription) -> None:
    assert tables(stack, signed(stack), body=b'{"Limit": 1}') in {400, 403}
    assert tables(stack, signed(stack), path="/?a=b") in {400, 403}
    assert tables(stack, signed(stack, at=datetime.now(UTC) - timedelta(hours=1))) in {400, 403}


def test_signatures_in_the_query_string_are_refused(stack: StackDescription, settings: Settings) -> None:
    url = boto3.client("s3", **access(settings)).generate_presigned_url("list_buckets")

    assert send(stack.aws_endpoint_url, "GET", url.removeprefix(stack.aws_endpoint_url))[0] in {400, 403}


@pytest.fixture(scope="module")
def nobody() -> Iterator[Any]:
    with processes_of_nobody() as pool:
        yield pool


def can_read(path: str) -> bool:
    try:
        Path(path).read_bytes()
    except OSError:
        return False
    return True


@as_another_user
@pytest.mark.parametrize("path", ["/", "/board/", "/board/config.json", "/index.html", "/main.js", "/nothing"])
def test_another_user_reads_no_page_that_holds_keys(nobody: Any, stack: StackDescription, path: str) -> None:
    for url in (stack.graphql_url, stack.tls_graphql_url):
        assert nobody.apply(send, (url, "GET", path))[0] == 403
    assert nobody.apply(send, (stack.graphql_url, "POST", "/_reload"))[0] == 403
    assert nobody.apply(send, (stack.graphql_url, "GET", "/health"))[0] == 200
    assert send(stack.graphql_url, "GET", "/board/config.json")[0] == 200


@as_another_user
def test_another_user_needs_credentials_for_the_api_as_on_the_internet(nobody: Any, stack: StackDescription) -> None:
    query = json.dumps({"query": "{ __typename }"}).encode()
    with_key = {"content-type": "application/json", "x-api-key": stack.api_key}

    assert nobody.apply(send, (stack.graphql_url, "POST", "/graphql", {}, query))[0] == 401
    assert nobody.apply(send, (stack.graphql_url, "POST", "/graphql", with_key, query))[0] == 200


def test_the_short_key_that_the_embedded_cloud_makes_is_refused(stack: StackDescription, settings: Settings) -> None:
    query = json.dumps({"query": "{ __typename }"}).encode()
    key = newest_key(boto3.client("appsync", **access(settings)), deployment.outputs(settings)["ApiId"]) or ""
    headers = {"content-type": "application/json", "x-api-key": key}

    assert len(stack.api_key) == len("da2-") + 26
    assert key not in stack.api_key
    assert send(stack.graphql_url, "POST", "/graphql", headers, query)[0] == 401


@as_another_user
def test_another_user_reads_no_file_of_the_stack_and_no_process_environment(
    nobody: Any, stack: StackDescription, settings: Settings
) -> None:
    files = [file for file in settings.data.rglob("*") if file.is_file() and "unpacked" not in file.parts]
    runner = int(settings.process_file.read_text())

    assert settings.stack_file in files
    assert [file for file in files if nobody.apply(can_read, (str(file),))] == []
    assert not nobody.apply(can_read, (f"/proc/{runner}/environ",))
    figures.append(f"another user: {len(files)} files of the stack tried, read 0")


@as_another_user
def test_no_command_line_holds_a_secret(stack: StackDescription) -> None:
    secrets = [stack.aws_secret_access_key, stack.api_key, *(user.password for user in stack.users)]
    command_lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if can_read(str(file))]

    assert [line for line in command_lines if any(secret.encode() in line for secret in secrets)] == []


def test_no_attempt_left_a_function_behind(settings: Settings, functions_before: set[str]) -> None:
    assert functions(settings) == functions_before
