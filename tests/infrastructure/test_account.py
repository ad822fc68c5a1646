"""A stage is not deployed to an account whose Lambda concurrency the processor could exhaust."""

import boto3
import pytest
from botocore.stub import Stubber

from cdk.account import check_concurrency
from cdk.stages import InvalidSetting, stage_named

AWS_LAMBDA = boto3.client(
    "lambda", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)


@pytest.mark.parametrize(("stage", "limit"), [("dev", 10), ("staging", 10), ("production", 40)])
def test_a_stage_fits_where_its_processor_takes_no_more_than_half(stage: str, limit: int) -> None:
    with Stubber(AWS_LAMBDA) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": {"UnreservedConcurrentExecutions": limit}})

        check_concurrency(stage_named(stage), AWS_LAMBDA)


def test_production_is_refused_in_an_account_of_ten() -> None:
    with Stubber(AWS_LAMBDA) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": {"UnreservedConcurrentExecutions": 10}})

        with pytest.raises(InvalidSetting, match=r"needs a Lambda concurrency of 40, .* the account has 10"):
            check_concurrency(stage_named("production"), AWS_LAMBDA)


def test_what_cannot_be_read_is_said() -> None:
    with Stubber(AWS_LAMBDA) as stub:
        stub.add_client_error("get_account_settings", "AccessDeniedException", "not authorized")

        with pytest.raises(InvalidSetting, match=r"cannot be read: .*AccessDeniedException"):
            check_concurrency(stage_named("dev"), AWS_LAMBDA)
