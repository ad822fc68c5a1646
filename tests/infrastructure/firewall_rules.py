"""The web ACL's arithmetic: which of a template's rules block a request (AWS WAF Developer Guide)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INSPECTED = 8192  # bytes of a body that AppSync hands to WAF

# The rules of AWSManagedRulesCommonRuleSet that a POST to /graphql can meet, as AWS describes them, and read strictly:
# a body with any of these words is held to match ("Baseline rule groups", Core rule set).
_TEXTS = {
    "CrossSiteScripting_BODY": rb"<script|javascript:|onerror=",
    "GenericLFI_BODY": rb"\.\./|/etc/passwd",
    "GenericRFI_BODY": rb"https?://\d+\.\d+\.\d+\.\d+",
    "EC2MetaDataSSRF_BODY": rb"169\.254\.169\.254",
}


@dataclass(frozen=True)
class Request:
    """A request as WAF sees it. Names of headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes


def blocking(rules: Any, request: Request) -> list[str]:
    """The rules that block the request, a rule of rates when it would count it."""
    return [name for rule in rules for name in _blocking(rule, request)]


def counted(rules: Any, name: str, request: Request) -> str | None:
    """The key that a rule of rates counts the request under; None when it does not."""
    (statement,) = (rule["Statement"]["RateBasedStatement"] for rule in rules if rule["Name"] == name)
    if not _matches(statement["ScopeDownStatement"], request):
        return None
    if statement["AggregateKeyType"] == "IP":
        return "the address"
    ((header,),) = [[key["Header"]["Name"] for key in statement["CustomKeys"]]]
    return request.headers.get(header)


def _blocking(rule: Any, request: Request) -> Iterator[str]:
    statement = rule["Statement"]
    if "ManagedRuleGroupStatement" in statement:
        overrides = statement["ManagedRuleGroupStatement"].get("RuleActionOverrides", [])
        relaxed = {override["Name"] for override in overrides if "Count" in override["ActionToUse"]}
        yield from (name for name in _common_rules(request) if name not in relaxed)
    elif "RateBasedStatement" not in statement and _matches(statement, request):
        yield rule["Name"]


def _matches(statement: Any, request: Request) -> bool:
    if "NotStatement" in statement:
        return not _matches(statement["NotStatement"]["Statement"], request)
    if "ByteMatchStatement" in statement:
        match = statement["ByteMatchStatement"]
        assert match["PositionalConstraint"] == "STARTS_WITH"
        return _header(match, request).startswith(match["SearchString"])
    constraint = statement["SizeConstraintStatement"]
    assert constraint["ComparisonOperator"] == "GT"
    if "Body" in constraint["FieldToMatch"]:
        is_oversize = len(request.body) > INSPECTED
        return is_oversize or len(request.body) > constraint["Size"]
    return len(_header(constraint, request)) > int(constraint["Size"])


def _header(statement: Any, request: Request) -> str:
    return request.headers.get(statement["FieldToMatch"]["SingleHeader"]["Name"], "")


def _common_rules(request: Request) -> Iterator[str]:
    if "user-agent" not in request.headers:
        yield "NoUserAgent_HEADER"
    if len(request.body) > INSPECTED:
        yield "SizeRestrictions_BODY"
    yield from (name for name, text in _TEXTS.items() if re.search(text, request.body[:INSPECTED], re.IGNORECASE))
