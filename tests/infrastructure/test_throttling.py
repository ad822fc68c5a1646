"""Throttled callers learn the reason and when to retry (docs/contract.md, "Throttling")."""

import json
from collections.abc import Callable

import pytest

from cdk.stages import STAGES
from tests.infrastructure.conftest import Synthesized


@pytest.mark.parametrize("stage", STAGES)
def test_every_rule_that_counts_requests_answers_429_and_when_to_come_back(
    synthesized: Callable[[str], Synthesized], stage: str
) -> None:
    web_acl = synthesized(f"{stage}-Operations").the("AWS::WAFv2::WebACL")
    counting = [rule for rule in web_acl["Rules"] if "RateBasedStatement" in rule["Statement"]]

    assert counting
    for rule in counting:
        response = rule["Action"]["Block"]["CustomResponse"]
        headers = {header["Name"]: header["Value"] for header in response["ResponseHeaders"]}
        assert response["ResponseCode"] == 429
        assert int(headers["Retry-After"]) == rule["Statement"]["RateBasedStatement"]["EvaluationWindowSec"]
        body = web_acl["CustomResponseBodies"][response["CustomResponseBodyKey"]]
        assert body["ContentType"] == "APPLICATION_JSON"
        assert json.loads(body["Content"])["errors"][0]["errorType"] == "TooManyRequests"
