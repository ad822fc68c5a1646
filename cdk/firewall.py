"""The web ACL in front of the API (AWS WAF Developer Guide).

The web ACL inspects every request before AppSync authorizes it, including the requests of the event processor. Of a
WebSocket it sees only the registration of a subscription (AppSync Developer Guide, "Using AWS WAF to protect your
APIs"), whose refusal reaches the client as an error message instead of an acknowledgement.
"""

from collections.abc import Mapping

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_appsync as appsync
from aws_cdk import aws_iam as iam
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from cdk import throttling
from cdk.log_group import StageLogGroup
from cdk.rule_groups import BAD_INPUTS, COMMON_RULES, IP_REPUTATION
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

# Counted as well: the package `ws`, with which docs/frontends.md connects, sends no User-Agent, and neither did AWS's
# own Swift SDK (amplify-swift#2678).
COUNTED_HEADER_RULES = ("NoUserAgent_HEADER",)
# Rule groups that count until their log shows that they block no caller of ours.
COUNTED_GROUPS = (BAD_INPUTS, IP_REPUTATION)
# What identifies a caller is not logged: headers, the query of a WebSocket's URL, and the subprotocol, which holds the
# same.
REDACTED_HEADERS = ("authorization", "x-api-key", "x-amz-security-token", "sec-websocket-protocol", "cookie")

_AS_IT_IS = waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")


class Firewall(Construct):
    """Limits the request rate of each address and each caller and the size of requests. Applies AWS's managed rules.

    The web ACL `web_acl`, whose name is `name`, is associated with the API. `versions` pins the versions of AWS's rule
    groups; a group without one follows AWS's default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        api: appsync.IGraphqlApi,
        versions: Mapping[str, str],
    ) -> None:
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
                _rule(
                    0,
                    "RatePerAddress",
                    _rate_per_address(stage.requests_per_address, _not(_signed())),
                    throttling.refusal(WINDOW),
                ),
                _rule(1, "RatePerCaller", _rate_per_caller(stage.requests_per_caller), throttling.refusal(WINDOW)),
                # A forged signature costs an authorization. Services, which share addresses, stay far below the limit.
                _rule(
                    2,
                    "RateOfSigned",
                    _rate_per_address(stage.signed_requests_per_address, _signed()),
                    throttling.refusal(WINDOW),
                ),
                _rule(3, "BodySize", _announced_length(), waf.CfnWebACL.RuleActionProperty(block={})),
                waf.CfnWebACL.RuleProperty(
                    name="CommonRules",
                    priority=4,
                    statement=_common_rules(versions.get(COMMON_RULES)),
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    visibility_config=_visibility("CommonRules"),
                ),
                *(
                    waf.CfnWebACL.RuleProperty(
                        name=group.removeprefix("AWSManagedRules"),
                        priority=5 + number,
                        statement=waf.CfnWebACL.StatementProperty(
                            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                                vendor_name="AWS", name=group, version=versions.get(group)
                            )
                        ),
                        override_action=waf.CfnWebACL.OverrideActionProperty(count={}),
                        visibility_config=_visibility(group.removeprefix("AWSManagedRules")),
                    )
                    for number, group in enumerate(COUNTED_GROUPS)
                ),
            ],
        )
        waf.CfnWebACLAssociation(self, "Association", resource_arn=api.arn, web_acl_arn=self.web_acl.attr_arn)
        self._log(stage)

    def _log(self, stage: Stage) -> None:
        # WAF writes to groups whose names begin with aws-waf-logs- (AWS WAF Developer Guide, "Sending web ACL traffic
        # logs to an Amazon CloudWatch Logs log group"). It never logs a body.
        group = StageLogGroup(self, "Logs", stage=stage, name=f"aws-waf-logs-tasks-{stage.name}")
        group.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[f"{group.log_group_arn}:log-stream:*"],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        logging = waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.web_acl.attr_arn,
            log_destination_configs=[
                Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=f"aws-waf-logs-tasks-{stage.name}",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            redacted_fields=[
                *(
                    waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
                    for name in REDACTED_HEADERS
                ),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
            ],
            # Requests that pass all rules are AppSync's to log.
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")],
                    }
                ],
            },
        )
        logging.node.add_dependency(group)


def _rule(
    priority: int,
    name: str,
    statement: waf.CfnWebACL.StatementProperty,
    action: waf.CfnWebACL.RuleActionProperty,
) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name, priority=priority, statement=statement, action=action, visibility_config=_visibility(name)
    )


def _rate_per_address(limit: int, counted: waf.CfnWebACL.StatementProperty) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
            limit=limit, evaluation_window_sec=WINDOW, aggregate_key_type="IP", scope_down_statement=counted
        )
    )


def _rate_per_caller(limit: int) -> waf.CfnWebACL.StatementProperty:
    # The rule does not count requests without the header, which use an API key, or signed requests, whose header always
    # differs.
    # Spellings of one token by case and white space are one caller.
    header = waf.CfnWebACL.RateLimitHeaderProperty(
        name="authorization",
        text_transformations=[
            waf.CfnWebACL.TextTransformationProperty(priority=0, type="COMPRESS_WHITE_SPACE"),
            waf.CfnWebACL.TextTransformationProperty(priority=1, type="LOWERCASE"),
        ],
    )
    return waf.CfnWebACL.StatementProperty(
        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
            limit=limit,
            evaluation_window_sec=WINDOW,
            aggregate_key_type="CUSTOM_KEYS",
            custom_keys=[waf.CfnWebACL.RateBasedStatementCustomKeyProperty(header=header)],
            scope_down_statement=_not(_signed()),
        )
    )


def _signed() -> waf.CfnWebACL.StatementProperty:
    """Returns what matches a signed request: the algorithm and a credential. AppSync verifies the signature."""
    return waf.CfnWebACL.StatementProperty(
        and_statement=waf.CfnWebACL.AndStatementProperty(
            statements=[_authorization("STARTS_WITH", SIGNED), _authorization("CONTAINS", "Credential=")]
        )
    )


def _authorization(constraint: str, text: str) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": "authorization"}),
            positional_constraint=constraint,
            search_string=text,
            text_transformations=[_AS_IT_IS],
        )
    )


def _not(statement: waf.CfnWebACL.StatementProperty) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(not_statement=waf.CfnWebACL.NotStatementProperty(statement=statement))


def _announced_length() -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        size_constraint_statement=waf.CfnWebACL.SizeConstraintStatementProperty(
            comparison_operator="GT",
            size=LENGTH_DIGITS,
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(single_header={"Name": "content-length"}),
            text_transformations=[_AS_IT_IS],
        )
    )


def _common_rules(version: str | None) -> waf.CfnWebACL.StatementProperty:
    count = waf.CfnWebACL.RuleActionProperty(count={})
    return waf.CfnWebACL.StatementProperty(
        managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
            vendor_name="AWS",
            name=COMMON_RULES,
            version=version,
            rule_action_overrides=[
                waf.CfnWebACL.RuleActionOverrideProperty(name=name, action_to_use=count)
                for name in (*COUNTED_BODY_RULES, *COUNTED_HEADER_RULES)
            ],
        )
    )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Sampled requests are disabled because they would store what callers sent. The log redacts it.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
