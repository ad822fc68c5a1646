"""The web ACL in front of the API (AWS WAF Developer Guide).

The web ACL inspects every request before AppSync authorizes it, including the requests of the event processor.
"""

from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from cdk import throttling
from cdk.stages import Stage

WINDOW = 300  # seconds over which requests are counted
# The start of the `Authorization` header of requests that are signed with IAM credentials, which the processor and
# services send.
SIGNED = "AWS4-HMAC-SHA256 "
# Maximum digits of Content-Length. WAF inspects the first 8,192 bytes of a body and cannot measure a larger one, and
# the largest valid task in escaped JSON is larger. Therefore the rule refuses bodies of 100,000 bytes or more by their
# announced length.
LENGTH_DIGITS = 5
# Rules of the core rule set that inspect the body. They count instead of blocking, because a title or a description is
# free text that may contain a script tag, a path or an address and is never executed. A body over 8 KB is valid.
COUNTED_BODY_RULES = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "EC2MetaDataSSRF_BODY",
)

_AS_IT_IS = waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")


class Firewall(Construct):
    """Limits the request rate of each address and each caller and the size of requests. Applies AWS's managed rules.

    The web ACL `web_acl`, whose name is `name`, is associated with the API.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, api: appsync.IGraphqlApi) -> None:
        super().__init__(scope, construct_id)
        self.name = f"tasks-{stage.name}"  # the dimension of its metrics
        self.web_acl = waf.CfnWebACL(
            self,
            "WebAcl",
            name=self.name,
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("WebAcl"),
            custom_response_bodies=dict(throttling.BODIES),
            rules=[
                _rule(0, "RatePerAddress", _rate_per_address(stage.requests_per_address), throttling.refusal(WINDOW)),
                _rule(1, "RatePerCaller", _rate_per_caller(stage.requests_per_caller), throttling.refusal(WINDOW)),
                _rule(2, "BodySize", _announced_length(), waf.CfnWebACL.RuleActionProperty(block={})),
                waf.CfnWebACL.RuleProperty(
                    name="CommonRules",
                    priority=3,
                    statement=_common_rules(),
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    visibility_config=_visibility("CommonRules"),
                ),
            ],
        )
        waf.CfnWebACLAssociation(self, "Association", resource_arn=api.arn, web_acl_arn=self.web_acl.attr_arn)


def _rule(
    priority: int,
    name: str,
    statement: waf.CfnWebACL.StatementProperty,
    action: waf.CfnWebACL.RuleActionProperty,
) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name, priority=priority, statement=statement, action=action, visibility_config=_visibility(name)
    )


def _rate_per_address(limit: int) -> waf.CfnWebACL.StatementProperty:
    # A request with a forged signature passes this rule, and AppSync refuses it before any resolver runs.
    return waf.CfnWebACL.StatementProperty(
        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
            limit=limit, evaluation_window_sec=WINDOW, aggregate_key_type="IP", scope_down_statement=_not_signed()
        )
    )


def _rate_per_caller(limit: int) -> waf.CfnWebACL.StatementProperty:
    # The rule does not count requests without the header, which use an API key, or signed requests, whose header always
    # differs.
    header = waf.CfnWebACL.RateLimitHeaderProperty(name="authorization", text_transformations=[_AS_IT_IS])
    return waf.CfnWebACL.StatementProperty(
        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
            limit=limit,
            evaluation_window_sec=WINDOW,
            aggregate_key_type="CUSTOM_KEYS",
            custom_keys=[waf.CfnWebACL.RateBasedStatementCustomKeyProperty(header=header)],
            scope_down_statement=_not_signed(),
        )
    )


def _not_signed() -> waf.CfnWebACL.StatementProperty:
    signed = waf.CfnWebACL.StatementProperty(
        byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": "authorization"}),
            positional_constraint="STARTS_WITH",
            search_string=SIGNED,
            text_transformations=[_AS_IT_IS],
        )
    )
    return waf.CfnWebACL.StatementProperty(
        not_statement=waf.CfnWebACL.NotStatementProperty(statement=signed),
    )


def _announced_length() -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        size_constraint_statement=waf.CfnWebACL.SizeConstraintStatementProperty(
            comparison_operator="GT",
            size=LENGTH_DIGITS,
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": "content-length"}),
            text_transformations=[_AS_IT_IS],
        )
    )


def _common_rules() -> waf.CfnWebACL.StatementProperty:
    count = waf.CfnWebACL.RuleActionProperty(count={})
    return waf.CfnWebACL.StatementProperty(
        managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
            vendor_name="AWS",
            name="AWSManagedRulesCommonRuleSet",
            rule_action_overrides=[
                waf.CfnWebACL.RuleActionOverrideProperty(name=name, action_to_use=count) for name in COUNTED_BODY_RULES
            ],
        )
    )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Sampled requests are disabled because they would store what callers sent.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
