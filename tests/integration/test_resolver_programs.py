"""The JavaScript code of the resolvers does its work in the gateway's APPSYNC_JS runtime."""

from typing import Any

import pytest

from local.gateway.javascript import Evaluation, JavaScript, programs
from local.settings import ROOT
from tests.integration.lambda_events import ANNA, API_KEY, IAM, IDENTITY_POOL, LAMBDA_AUTHORIZER, field_event

TASK = {"id": "task-1", "userId": "anna"}


async def published_by(identity: dict[str, Any] | None) -> Evaluation:
    code = (ROOT / "resolvers" / "publish_resolver.js").read_text()
    program = programs([code])[code]
    assert isinstance(program, JavaScript)
    return await program.request(field_event("Mutation.publishTaskCompleted", {"task": TASK}, identity))


async def test_a_service_publishes_what_it_gives() -> None:
    evaluation = await published_by(IAM)

    assert (evaluation.error, evaluation.result) == (None, {"payload": TASK})


@pytest.mark.parametrize("identity", [API_KEY, ANNA, IDENTITY_POOL, LAMBDA_AUTHORIZER])
async def test_who_is_no_service_publishes_nothing(identity: dict[str, Any] | None) -> None:
    evaluation = await published_by(identity)

    assert evaluation.error is not None
    assert evaluation.error.error_type == "Unauthorized"
