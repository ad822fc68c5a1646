"""AWS's rule groups of the firewall, and the versions to which a deployment pins them."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cdk.stages import InvalidSetting

COMMON_RULES = "AWSManagedRulesCommonRuleSet"
BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
# This group has no versions: AWS updates its addresses all the time (AWS WAF Developer Guide, "Version management with
# managed rule groups").
IP_REPUTATION = "AWSManagedRulesAmazonIpReputationList"


def rule_versions(describe: Callable[..., Mapping[str, Any]]) -> Mapping[str, str]:
    """Returns AWS's present default version of each group that has versions, by the group's name.

    A deployment pins them, so that AWS's change of a default reaches a stage with a deployment, staging first. A pinned
    version that has expired would be refused (same guide, "Version life cycle"); each deployment takes a present one.
    `describe` is `describe_managed_rule_group` of a client. Raises InvalidSetting if the versions cannot be read.
    """
    try:
        return {
            group: describe(VendorName="AWS", Name=group, Scope="REGIONAL")["VersionName"]
            for group in (COMMON_RULES, BAD_INPUTS)
        }
    except (BotoCoreError, ClientError) as fault:
        raise InvalidSetting(f"The versions of the firewall's rule groups cannot be read: {fault}") from fault


def pinned_versions(template: Mapping[str, Any]) -> Mapping[str, str]:
    """Returns the versions in a deployed template of the operations stack, by the group's name."""
    rules = [
        rule["Statement"].get("ManagedRuleGroupStatement", {})
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::WAFv2::WebACL"
        for rule in resource["Properties"]["Rules"]
    ]
    return {rule["Name"]: rule["Version"] for rule in rules if "Version" in rule}
