"""Operations that schemathesis generates cause no 5xx, no hang and no fault, with any kind of credentials.

There are no exceptions. Every refusal has one of the API's own error types or is a validation error.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from local.description import StackDescription
from tests.e2e.clients import Api
from tests.trust.scale import SEED, figures, scaled

OWN_TYPES = {"ValidationError", "TaskNotFound", "WebhookNotFound", "InvalidTransition", "Conflict", "Unauthorized"}

schemathesis.graphql.scalar("AWSDate", st.dates().map(lambda day: nodes.String(day.isoformat())))
schemathesis.graphql.scalar(
    "AWSDateTime", st.datetimes().map(lambda at: nodes.String(at.isoformat(timespec="milliseconds") + "Z"))
)
schemathesis.graphql.scalar("AWSURL", st.sampled_from(["https://hooks.example.invalid/"]).map(nodes.String))


def signed(stack: StackDescription, body: bytes) -> dict[str, str]:
    request = AWSRequest("POST", stack.graphql_url, data=body, headers={"content-type": "application/json"})
    key = Credentials(stack.aws_access_key_id, stack.aws_secret_access_key)
    SigV4Auth(key, "appsync", stack.region).add_auth(request)
    return dict(request.headers)


@pytest.fixture(params=["key", "user", "admin", "iam", "nobody"])
def headers(request: pytest.FixtureRequest, api: Api) -> Callable[[bytes], dict[str, str]]:
    """Returns a function that makes the headers of this kind of caller for a body."""
    match request.param:
        case "key":
            return lambda _body: {"x-api-key": api.stack.api_key}
        case "iam":
            return lambda body: signed(api.stack, body)
        case "nobody":
            return lambda _body: {"x-api-key": "da2-of-nobody"}
        case kind:
            token = api.token("alice" if kind == "user" else "ada")
            return lambda _body: {"authorization": token}


@pytest.mark.cases(scaled(25, 400))
def test_no_generated_operation_meets_a_fault(api: Api, headers: Callable[[bytes], dict[str, str]]) -> None:
    schema = schemathesis.graphql.from_url(api.stack.graphql_url, headers={"x-api-key": api.stack.api_key})
    operations = [operation.ok() for operation in schema.get_all_operations() if isinstance(operation, Ok)]
    sent: list[int] = []

    @seed(SEED)
    @settings(
        max_examples=scaled(25, 400),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of([operation.as_strategy() for operation in operations]))
    def send(case: Any) -> None:
        # AppSync refuses these two characters in a document, but not their escapes.
        query = case.body.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        body = json.dumps({"query": query}).encode()
        status, answer, _ = api.post(body, {"content-type": "application/json", **headers(body)})
        sent.append(status)
        assert status in {200, 401}, answer
        for error in answer.get("errors", []):
            error_type = error.get("errorType")
            assert error_type in OWN_TYPES | {"UnauthorizedException", None}, (case.body, error)

    send()
    assert sent
    figures.append(f"generated operations: {len(sent)} sent, 0 faults")
