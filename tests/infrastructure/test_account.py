"""A deployment fits the account, pins the firewall's rule groups, and says which alarms reach nobody."""

import boto3
import pytest
from botocore.stub import Stubber

from cdk.account import check_concurrency, unconfirmed_topics
from cdk.rule_groups import BAD_INPUTS, COMMON_RULES, pinned_versions, rule_versions
from cdk.stages import InvalidSetting, stage_named

AWS_LAMBDA = boto3.client(
    "lambda", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)
SNS = boto3.client("sns", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
WAF = boto3.client("wafv2", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.mark.parametrize(("stage", "limit"), [("dev", 10), ("staging", 10), ("production", 300)])
def test_a_stage_fits_where_its_processor_takes_no_more_than_half(stage: str, limit: int) -> None:
    with Stubber(AWS_LAMBDA) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}})

        check_concurrency(stage_named(stage), AWS_LAMBDA)


def test_production_is_refused_in_an_account_of_ten() -> None:
    with Stubber(AWS_LAMBDA) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 10}})

        with pytest.raises(InvalidSetting, match=r"needs a Lambda concurrency of 300; the account has 10"):
            check_concurrency(stage_named("production"), AWS_LAMBDA)


def test_what_cannot_be_read_is_said() -> None:
    with Stubber(AWS_LAMBDA) as stub:
        stub.add_client_error("get_account_settings", "AccessDeniedException", "not authorized")

        with pytest.raises(InvalidSetting, match=r"cannot be read: .*AccessDeniedException"):
            check_concurrency(stage_named("dev"), AWS_LAMBDA)


def test_a_topic_whose_address_is_not_confirmed_is_named() -> None:
    def subscription(topic: str, arn: str) -> dict[str, str]:
        return {"TopicArn": f"arn:aws:sns:us-east-1:123456789012:{topic}", "SubscriptionArn": arn}

    subscriptions = [
        subscription("TasksApi-staging-Operations-Page", "PendingConfirmation"),
        subscription("TasksApi-staging-Operations-Ticket", "arn:aws:sns:us-east-1:123456789012:Ticket:1"),
        subscription("TasksApi-production-Operations-Page", "PendingConfirmation"),
    ]
    with Stubber(SNS) as stub:
        stub.add_response("list_subscriptions", {"Subscriptions": subscriptions})

        assert unconfirmed_topics(stage_named("staging"), SNS) == ["TasksApi-staging-Operations-Page"]


def test_a_deployment_pins_the_present_versions_and_a_comparison_the_deployed_ones() -> None:
    with Stubber(WAF) as stub:
        for group in (COMMON_RULES, BAD_INPUTS):
            parameters = {"VendorName": "AWS", "Name": group, "Scope": "REGIONAL"}
            stub.add_response("describe_managed_rule_group", {"VersionName": f"Version of {group}"}, parameters)
        versions = rule_versions(WAF.describe_managed_rule_group)
    rules = [
        {"Statement": {"ManagedRuleGroupStatement": {"Name": name, "Version": version}}}
        for name, version in versions.items()
    ]
    rules.append({"Statement": {"RateBasedStatement": {}}})

    template = {"Resources": {"WebAcl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": rules}}}}

    assert versions == {COMMON_RULES: f"Version of {COMMON_RULES}", BAD_INPUTS: f"Version of {BAD_INPUTS}"}
    assert pinned_versions(template) == versions


def test_versions_that_cannot_be_read_stop_the_deployment() -> None:
    with Stubber(WAF) as stub:
        stub.add_client_error("describe_managed_rule_group", "AccessDeniedException", "not authorized")

        with pytest.raises(InvalidSetting, match=r"rule groups cannot be read: .*AccessDeniedException"):
            rule_versions(WAF.describe_managed_rule_group)
