"""The web ACL before the API (AWS WAF Developer Guide)."""

from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from cdk import throttling
from cdk.stages import Stage

WINDOW = 300  # seconds over which requests are counted

# Bytes. WAF looks at the first 8 KB of an AppSync request's body; the largest operation of ours that makes sense, a
# creation with a full description in a script that takes four bytes a character, is half of it.
MAXIMUM_BODY = 8192


class Firewall(Construct):
    """Bounds how often one address may call and how large its requests are, and lets AWS's rules look for attacks.

    `web_acl` is associated with the API.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, api: appsync.IGraphqlApi) -> None:
        super().__init__(scope, construct_id)
        rate = waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                limit=stage.requests_per_address, evaluation_window_sec=WINDOW, aggregate_key_type="IP"
            )
        )
        size = waf.CfnWebACL.StatementProperty(
            size_constraint_statement=waf.CfnWebACL.SizeConstraintStatementProperty(
                comparison_operator="GT",
                size=MAXIMUM_BODY - 1,
                field_to_match=waf.CfnWebACL.FieldToMatchProperty(
                    body=waf.CfnWebACL.BodyProperty(oversize_handling="MATCH")
                ),
                text_transformations=[waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
            )
        )
        common = waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS", name="AWSManagedRulesCommonRuleSet"
            )
        )
        block = waf.CfnWebACL.RuleActionProperty(block={})
        self.web_acl = waf.CfnWebACL(
            self,
            "WebAcl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("WebAcl"),
            custom_response_bodies=dict(throttling.BODIES),
            rules=[
                waf.CfnWebACL.RuleProperty(
                    name="RatePerAddress",
                    priority=0,
                    statement=rate,
                    action=throttling.refusal(WINDOW),
                    visibility_config=_visibility("RatePerAddress"),
                ),
                waf.CfnWebACL.RuleProperty(
                    name="BodySize", priority=1, statement=size, action=block, visibility_config=_visibility("BodySize")
                ),
                waf.CfnWebACL.RuleProperty(
                    name="CommonRules",
                    priority=2,
                    statement=common,
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    visibility_config=_visibility("CommonRules"),
                ),
            ],
        )
        waf.CfnWebACLAssociation(self, "Association", resource_arn=api.arn, web_acl_arn=self.web_acl.attr_arn)


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # No sampled requests: they would keep what callers sent.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
